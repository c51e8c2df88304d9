import { existsSync, readFileSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import type { Family } from '../../model/family.ts';
import type { Problem } from '../../model/problem.ts';
import { UserError } from '../../model/user-error.ts';
import { ruleFiles } from '../rule-files.ts';
import { writeFile } from '../write-output.ts';
import { compileScenario } from './compile-scenario.ts';
import { diffRules, type SectionDiff } from './diff-rules.ts';
import { findScenarios } from './find-scenarios.ts';

/** What is wrong with one golden file; text is what it should hold. */
export type Finding =
  | {
      readonly state: 'different';
      readonly file: string;
      readonly text: string;
      readonly diffs: readonly SectionDiff[];
    }
  | { readonly state: 'missing'; readonly file: string; readonly text: string }
  /** No scenario makes it any more. */
  | { readonly state: 'orphaned'; readonly file: string };

export interface GoldenReport {
  readonly scenarios: number;
  readonly files: number;
  readonly findings: readonly Finding[];
  readonly problems: readonly Problem[];
  /** One message for each scenario whose input cannot be read. */
  readonly broken: readonly string[];
}

/** Recompiles every scenario below `root` and compares. @throws UserError when there is no scenario. */
export function checkGoldens(root: string): GoldenReport {
  const { scenarios, ruleFiles: present } = findScenarios(root);
  const wanted = new Map<string, string>();
  const problems: Problem[] = [];
  const broken: string[] = [];
  const brokenFolders: string[] = [];
  for (const folder of scenarios) {
    try {
      const compiled = compileScenario(folder);
      for (const [file, text] of compiled.files) wanted.set(file, text);
      problems.push(...compiled.problems);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      broken.push(error.message.includes(folder) ? error.message : `${folder}: ${error.message}`);
      brokenFolders.push(`${folder}/`);
    }
  }
  const findings = [...wanted].flatMap(([file, text]) => compareFile(file, text));
  for (const file of present) {
    // What a broken scenario would make is not known.
    const unknown = brokenFolders.some((folder) => file.startsWith(folder));
    if (!wanted.has(file) && !unknown) findings.push({ state: 'orphaned', file });
  }
  return { scenarios: scenarios.length, files: wanted.size, findings, problems, broken };
}

function compareFile(file: string, text: string): Finding[] {
  if (!existsSync(file)) return [{ state: 'missing', file, text }];
  const before = readFileSync(file, 'utf8');
  const family: Family = basename(file) === ruleFiles.ipv6 ? 'ipv6' : 'ipv4';
  return before === text ? [] : [{ state: 'different', file, text, diffs: diffRules(before, text, family) }];
}

/** Writes, or removes, the files that the findings are about. */
export function updateGoldens(findings: readonly Finding[]): void {
  for (const finding of findings) {
    if (finding.state === 'orphaned') rmSync(finding.file);
    else writeFile(finding.file, [finding.text]);
  }
}
