import type { Command } from 'commander';
import { oneLine } from '../../model/problem.ts';
import { printProblems } from '../print-problems.ts';
import { checkGoldens, type GoldenReport, updateGoldens } from './check-goldens.ts';
import { renderFindings } from './render-findings.ts';

const different = 1;
const unusable = 2;

const about = `
A scenario is a folder with manifests (.yaml, .yml, .json), and a KubeProxyConfiguration among them if there is one.
Its rules lie beside them as iptables.rules and ip6tables.rules; with several Nodes, in a folder for each.
Neither root nor a cluster is needed.`;

/** Adds `golden check` and `golden update`: rules kept in a repository, reviewed as a diff. */
export function addGoldenCommand(program: Command): Command[] {
  const golden = program
    .command('golden')
    .description('keep rules beside manifests, and show what a change does to them');
  const check = golden
    .command('check')
    .description('recompile every scenario and show what differs, service by service')
    .argument('<folder>', 'a scenario, or a folder of them')
    .addHelpText('after', `${about}\nExit codes: 0 same, 1 different, 2 broken input.`)
    .action((folder: string) => runCheck(folder));
  const update = golden
    .command('update')
    .description('recompile every scenario and rewrite what differs')
    .argument('<folder>', 'a scenario, or a folder of them')
    .addHelpText('after', `${about}\nExit codes: 0 all are up to date now, 2 broken input.`)
    .action((folder: string) => runUpdate(folder));
  return [golden, check, update];
}

function runCheck(folder: string): void {
  const report = checkGoldens(folder);
  process.stdout.write(renderFindings(report.findings));
  conclude(report, report.findings.length === 0 ? 'same' : `${report.findings.length} different`);
  if (report.findings.length > 0 && report.broken.length === 0) process.exitCode = different;
}

function runUpdate(folder: string): void {
  const report = checkGoldens(folder);
  updateGoldens(report.findings);
  for (const { state, file } of report.findings) {
    process.stdout.write(`${state === 'orphaned' ? 'removed' : 'written'} ${file}\n`);
  }
  conclude(report, report.findings.length === 0 ? 'nothing to do' : `${report.findings.length} updated`);
}

function conclude({ problems, broken, scenarios, files }: GoldenReport, outcome: string): void {
  printProblems(problems);
  for (const message of broken) process.stderr.write(`kube-chains: ${oneLine(message)}\n`);
  const count = broken.length > 0 ? `, ${broken.length} broken` : '';
  process.stderr.write(
    `${scenarios} scenario${scenarios === 1 ? '' : 's'}, ${files} rule files: ${outcome}${count}\n`,
  );
  if (broken.length > 0) process.exitCode = unusable;
}
