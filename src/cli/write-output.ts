import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { UserError } from '../model/user-error.ts';

/** Writes pieces to standard output, no faster than they are taken; a reader that leaves early is no error. */
export async function writeStdout(pieces: Iterable<string>): Promise<void> {
  for (const piece of pieces) {
    if (process.stdout.destroyed) return;
    if (!process.stdout.write(piece))
      await Promise.race([once(process.stdout, 'drain'), once(process.stdout, 'close')]);
  }
}

/**
 * Writes pieces to a file, whole or not at all: the file appears when all of it is there.
 *
 * @throws UserError when the folder or the file cannot be written.
 */
export function writeFile(path: string, pieces: Iterable<string>): void {
  const partial = `${path}.${process.pid}.part`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(partial, 'w');
    try {
      for (const piece of pieces) writeSync(file, piece);
    } finally {
      closeSync(file);
    }
    renameSync(partial, path);
  } catch (cause) {
    rmSync(partial, { force: true });
    const { code, message } = cause as NodeJS.ErrnoException;
    // A rule that does not print is ours to mend, not the user's.
    if (code === undefined) throw cause;
    throw new UserError(`${path}: cannot be written: ${message}`, { cause });
  }
}
