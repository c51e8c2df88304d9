import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ManifestSource } from '../compile.ts';
import { UserError } from '../model/user-error.ts';

const manifestName = /\.(ya?ml|json)$/;
// Node cannot make a longer string of a file.
const maxBytes = 512 * 1024 * 1024;

/**
 * Reads what `-f` names: files, folders of .yaml, .yml and .json files (not the folders below them), `-` for
 * standard input. One file at a time is held, as it is asked for.
 *
 * @throws UserError when something named cannot be read.
 */
export function* readInput(paths: readonly string[]): Generator<ManifestSource> {
  for (const path of paths) {
    if (path === '-') yield { file: 'standard input', text: readText(0, 'standard input') };
    else if (isFolder(path)) yield* readFolder(path);
    else yield { file: path, text: readText(path, path) };
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function* readFolder(folder: string): Generator<ManifestSource> {
  const names = manifestNames(folder);
  if (names.length === 0) throw new UserError(`${folder}: no .yaml, .yml or .json file in it`);
  for (const name of names)
    yield { file: join(folder, name), text: readText(join(folder, name), join(folder, name)) };
}

/** The manifests that lie in a folder, sorted. */
export function manifestNames(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory() && manifestName.test(entry.name))
      .map((entry) => entry.name)
      .sort();
  } catch (cause) {
    throw unreadable(folder, cause);
  }
}

/** The text of a file (0: standard input) called `name` in errors. */
export function readText(path: string | 0, name: string): string {
  try {
    if (path !== 0 && statSync(path).size > maxBytes)
      throw new UserError(`${name}: larger than ${maxBytes / 1024 / 1024} MiB`);
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw cause instanceof UserError ? cause : unreadable(name, cause);
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EISDIR: 'is a folder',
  EAGAIN: 'nothing to read',
  ERR_STRING_TOO_LONG: 'too large',
};

function unreadable(name: string, cause: unknown): UserError {
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  return new UserError(`${name}: cannot be read: ${reasons[code] ?? (cause as Error).message}`, { cause });
}
