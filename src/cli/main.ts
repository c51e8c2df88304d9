#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { oneLine } from '../model/problem.ts';
import { UserError } from '../model/user-error.ts';
import { addCompileCommand } from './compile-command.ts';
import { findPackage } from './find-package.ts';
import { addGoldenCommand } from './golden/golden-command.ts';

const unusable = 2;

function makeProgram(): Command {
  const { version, description } = JSON.parse(readFileSync(findPackage(), 'utf8'));
  const program = new Command('kube-chains')
    .description(description)
    .version(version)
    .exitOverride()
    .showHelpAfterError('(see kube-chains COMMAND --help)')
    .configureHelp({ sortSubcommands: false });
  for (const command of [addCompileCommand(program), ...addGoldenCommand(program)]) {
    command.exitOverride().showHelpAfterError('(see --help)');
  }
  return program;
}

/** Runs the command line; what goes wrong by the user's doing is one line on standard error and exit code 2. */
async function main(): Promise<void> {
  // A reader that has seen enough (head, less) closes the pipe; that is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.stdout.destroy();
  });
  try {
    await makeProgram().parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : unusable;
    else if (error instanceof UserError) {
      process.stderr.write(`kube-chains: ${oneLine(error.message)}\n`);
      process.exitCode = unusable;
    } else throw error;
  }
}

await main();
