import pc from 'picocolors';
import { type Problem, problemLine } from '../model/problem.ts';

/** Prints a line for each problem to standard error, and returns how many there were. */
export function printProblems(problems: readonly Problem[]): number {
  const { yellow } = pc.createColors(pc.isColorSupported && process.stderr.isTTY);
  for (const problem of problems) process.stderr.write(`${yellow('warning:')} ${problemLine(problem)}\n`);
  return problems.length;
}
