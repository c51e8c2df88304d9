import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { families } from '../../model/family.ts';
import { UserError } from '../../model/user-error.ts';
import { manifestNames } from '../read-input.ts';
import { ruleFiles } from '../rule-files.ts';

/** What lies in a golden folder. */
export interface GoldenFolder {
  /** Folders with manifests, sorted. */
  readonly scenarios: readonly string[];
  /** Rule files, wherever they lie, sorted. */
  readonly ruleFiles: readonly string[];
}

const ruleFileNames = new Set(families.map((family) => ruleFiles[family]));
const skipped: ReadonlySet<string> = new Set(['node_modules', '.git']);

/**
 * Finds scenarios: every folder in `root`, or `root` itself, that holds manifests.
 *
 * @throws UserError when the folder cannot be read or holds no scenario.
 */
export function findScenarios(root: string): GoldenFolder {
  const scenarios: string[] = [];
  const found: string[] = [];
  const visit = (folder: string): void => {
    if (manifestNames(folder).length > 0) scenarios.push(folder);
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory() && !skipped.has(entry.name)) visit(join(folder, entry.name));
      else if (ruleFileNames.has(entry.name)) found.push(join(folder, entry.name));
    }
  };
  visit(root);
  if (scenarios.length === 0)
    throw new UserError(`${root}: no scenario in it: no folder with .yaml or .json manifests`);
  return { scenarios: scenarios.sort(), ruleFiles: found.sort() };
}
