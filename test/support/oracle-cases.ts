// The recordings of the real kube-proxy, as texts.
import { readdirSync, readFileSync } from 'node:fs';

const folder = new URL('../oracle/', import.meta.url);

export const caseNames: readonly string[] = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();

export const readCase = (name: string, file: string): string =>
  readFileSync(new URL(`${name}/${file}`, folder), 'utf8');
