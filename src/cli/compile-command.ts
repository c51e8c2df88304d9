import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { type CompiledFamily, type CompileResult, compile } from '../compile.ts';
import type { Family } from '../model/family.ts';
import { families } from '../model/family.ts';
import { UserError } from '../model/user-error.ts';
import { printProblems } from './print-problems.ts';
import { addProxyFlags, overridesFrom, type ProxyFlags } from './proxy-flags.ts';
import { readInput, readText } from './read-input.ts';
import { ruleFiles } from './rule-files.ts';
import { summarize } from './summary.ts';
import { writeFile, writeStdout } from './write-output.ts';

interface CompileFlags extends ProxyFlags {
  readonly filename: readonly string[];
  readonly config?: string;
  readonly family?: Family;
  readonly output?: string;
  readonly quiet?: boolean;
  readonly strict?: boolean;
}

const more = `
Examples:
  kubectl get services,endpointslices,nodes,servicecidrs -A -o yaml | kube-chains compile -f - --node node-1 --family ipv4
  kube-chains compile -f cluster.yaml --config kube-proxy.yaml -o rules/
  kube-chains compile -f cluster.yaml --family ipv4 -q | iptables-restore --noflush

The printed rules are for a node that has none of ours; the jumps from the built-in chains are among them.
Exit codes: 0 compiled (what could not be used is left out, with a warning); 2 input, flags or configuration that
cannot be used, or with --strict any warning.`;

/** Adds `compile`: manifests in, a node's rules out. */
export function addCompileCommand(program: Command): Command {
  const command = program
    .command('compile')
    .description("print a node's rules for a cluster's Services, without touching the node")
    .requiredOption(
      '-f, --filename <path>',
      'file, folder or - (standard input); may be given again',
      (path: string, before: readonly string[] = []) => [...before, path],
    )
    .option('--config <file>', 'KubeProxyConfiguration, YAML or JSON')
    .addOption(new Option('--family <family>', 'one IP family instead of both').choices(families))
    .option(
      '-o, --output <folder>',
      `write ${ruleFiles.ipv4} and ${ruleFiles.ipv6} there instead of printing`,
    )
    .option('-q, --quiet', 'no summary, only warnings')
    .option('--strict', 'exit with 2, and print no rules, when there is any warning');
  return addProxyFlags(command)
    .addHelpText('after', more)
    .action((flags: CompileFlags) => runCompile(flags));
}

async function runCompile(flags: CompileFlags): Promise<void> {
  const result = compile({
    manifests: readInput(flags.filename),
    ...(flags.config === undefined
      ? {}
      : { config: readText(flags.config, flags.config), configFile: flags.config }),
    overrides: overridesFrom(flags),
    ...(flags.family === undefined ? {} : { families: [flags.family] }),
  });
  const warnings = printProblems(result.problems);
  if (flags.strict && warnings > 0) {
    throw new UserError(`${warnings} warning${warnings === 1 ? '' : 's'}, and --strict takes none`);
  }
  await output(result, flags.output);
  if (!flags.quiet) process.stderr.write(`${summarize(result)}\n`);
}

async function output({ families: compiled }: CompileResult, folder: string | undefined): Promise<void> {
  if (folder === undefined)
    return writeStdout(compiled.length > 1 ? bothParts(compiled) : (compiled[0]?.print() ?? []));
  for (const { family, print } of compiled) writeFile(join(folder, ruleFiles[family]), print());
}

function* bothParts(compiled: readonly CompiledFamily[]): Generator<string> {
  for (const { family, print } of compiled) {
    const tool = family === 'ipv4' ? 'iptables-restore' : 'ip6tables-restore';
    yield `# ${family}: input for ${tool} --noflush\n`;
    yield* print();
  }
}
