// Holds the shape of the project: which folder may import which, and who owns each outside module.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const src = resolve(import.meta.dirname, '../src');

/** What each folder may import of ours, beside itself. A file right in src/ is a folder of its own here. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  model: [],
  template: [],
  kube: ['model'],
  plan: ['model'],
  iptables: ['model', 'plan', 'template'],
  'compile.ts': ['model', 'kube', 'plan', 'iptables'],
  'index.ts': ['model', 'kube', 'plan', 'iptables', 'compile.ts'],
  cli: ['model', 'kube', 'plan', 'iptables', 'compile.ts'],
};

/** Outside modules, and the one file or folder that may import each. */
const owners: Readonly<Record<string, string>> = {
  handlebars: 'template/template.ts',
  'ip-num': 'model/address.ts',
  'js-yaml': 'kube/parse-manifest.ts',
  zod: 'kube',
  commander: 'cli',
  diff: 'cli/golden/diff-rules.ts',
  picocolors: 'cli',
};

interface Import {
  readonly from: string;
  readonly specifier: string;
}

function* sourceFiles(folder: string): Generator<string> {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* sourceFiles(path);
    else if (path.endsWith('.ts')) yield path;
  }
}

function importsOf(path: string): Import[] {
  const text = readFileSync(path, 'utf8').replaceAll(/^ \*.*$/gm, '');
  const found = text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g);
  return [...found].map(([, specifier]) => ({ from: relative(src, path), specifier: specifier as string }));
}

const folderOf = (path: string): string => path.split('/')[0] as string;
const files = [...sourceFiles(src)];
const imports = files.flatMap(importsOf);

describe('imports', () => {
  test('are found at all', () => {
    expect(imports.length).toBeGreaterThan(100);
  });

  test('go one way only', () => {
    const wrong = imports
      .filter(({ specifier }) => specifier.startsWith('.'))
      .map(({ from, specifier }) => ({ from, to: join(dirname(from), specifier) }))
      .filter(({ from, to }) => {
        const allowed = mayImport[folderOf(from)];
        return folderOf(from) !== folderOf(to) && !allowed?.includes(folderOf(to));
      });
    expect(wrong).toEqual([]);
  });

  test('of outside modules stay with their owner', () => {
    const wrong = imports
      .filter(({ specifier }) => !specifier.startsWith('.') && !specifier.startsWith('node:'))
      .filter(({ from, specifier }) => {
        const owner = owners[specifier];
        return owner === undefined || !(from === owner || from.startsWith(`${owner}/`));
      });
    expect(wrong).toEqual([]);
  });

  test('make no circle between files, types aside', () => {
    const graph = new Map<string, string[]>();
    for (const path of files) {
      const text = readFileSync(path, 'utf8').replaceAll(/import type [^;]+;/g, '');
      const targets = [...text.matchAll(/\bfrom '(\.[^']+)'/g)].map(([, to]) =>
        join(dirname(relative(src, path)), to as string),
      );
      graph.set(relative(src, path), targets);
    }
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]): void => {
      expect(path).not.toContain(file);
      if (done.has(file)) return;
      for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
      done.add(file);
    };
    for (const file of graph.keys()) visit(file, []);
  });

  test('every dependency has an owner, and every owner a dependency', () => {
    const { dependencies } = JSON.parse(readFileSync(join(src, '../package.json'), 'utf8'));
    expect(Object.keys(dependencies).sort()).toEqual(Object.keys(owners).sort());
  });
});

describe('names', () => {
  test('say what a file is for', () => {
    const vague = /(^|[-/])(manager|helpers?|utils?|common|data|process)(\.ts$|[-/])/;
    expect(files.map((path) => relative(src, path)).filter((path) => vague.test(path))).toEqual([]);
  });

  test('no source file is over 300 lines', () => {
    const long = files.filter((path) => readFileSync(path, 'utf8').split('\n').length > 300);
    expect(long.map((path) => relative(src, path))).toEqual([]);
  });
});
