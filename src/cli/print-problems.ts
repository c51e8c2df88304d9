import pc from 'picocolors';
import { type Problem, problemLine } from '../model/problem.ts';

/** Prints a line for each problem to standard error, the same line once; returns how many there were. */
export function printProblems(problems: readonly Problem[]): number {
  const lines = new Set(problems.map(problemLine));
  const { yellow } = pc.createColors(pc.isColorSupported && process.stderr.isTTY);
  for (const line of lines) process.stderr.write(`${yellow('warning:')} ${line}\n`);
  return lines.size;
}
