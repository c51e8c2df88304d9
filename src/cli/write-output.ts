import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UserError } from '../model/user-error.ts';

// One write for each piece would be one system call for each service.
const batchLength = 256 * 1024;

function* inBatches(pieces: Iterable<string>): Generator<string> {
  let batch = '';
  for (const piece of pieces) {
    batch += piece;
    if (batch.length < batchLength) continue;
    yield batch;
    batch = '';
  }
  if (batch !== '') yield batch;
}

/** Writes pieces to standard output, no faster than they are taken; a reader that leaves early is no error. */
export async function writeStdout(pieces: Iterable<string>): Promise<void> {
  try {
    await pipeline(Readable.from(inBatches(pieces)), process.stdout, { end: false });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EPIPE' && code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
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
      for (const batch of inBatches(pieces)) writeSync(file, batch);
    } finally {
      closeSync(file);
    }
    renameSync(partial, path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    // A rule that does not print is ours to mend, not the user's.
    if (code === undefined) throw cause;
    throw new UserError(`${path}: cannot be written: ${message}`, { cause });
  } finally {
    rmSync(partial, { force: true });
  }
}
