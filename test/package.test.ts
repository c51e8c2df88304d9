// What npm publishes: the packed command and library work from an empty folder.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'kube-chains-pack-'));
const run = (file: string, args: readonly string[]) => execa(file, args, { cwd: folder });
const scenario = join(root, 'golden/three-pods');
const expected = readFileSync(join(scenario, 'iptables.rules'), 'utf8').trimEnd();

beforeAll(async () => {
  // Built by npm test before; packing builds again where it is called by hand.
  const { stdout } = await execa(
    'npm',
    ['pack', '--ignore-scripts', '--json', '--pack-destination', folder],
    { cwd: root },
  );
  const [{ filename }] = JSON.parse(stdout);
  writeFileSync(join(folder, 'package.json'), '{"name":"somebody","version":"1.0.0","type":"module"}');
  await run('npm', ['install', '--no-audit', '--no-fund', join(folder, filename)]);
});
afterAll(() => rmSync(folder, { recursive: true }));

test('the packed command runs', async () => {
  const args = [
    'compile',
    '-f',
    join(scenario, 'cluster.yaml'),
    '--config',
    join(scenario, 'kube-proxy.yaml'),
    '--family',
    'ipv4',
  ];
  const { stdout } = await run(join(folder, 'node_modules/.bin/kube-chains'), args);
  expect(stdout).toBe(expected);
});

test('the packed library is imported by name, with types', async () => {
  writeFileSync(
    join(folder, 'use.ts'),
    `import { readFileSync } from 'node:fs';
import { compile, type CompileResult } from 'kube-chains';
const text: string = readFileSync(process.argv[2] as string, 'utf8');
const result: CompileResult = compile({ manifests: [{ text }], overrides: { clusterCIDR: '10.244.0.0/16' }, families: ['ipv4'] });
for (const family of result.families) process.stdout.write([...family.print()].join(''));
`,
  );
  const typeArgs = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2023',
    '--types',
    'node',
    '--typeRoots',
    join(root, 'node_modules/@types'),
    join(folder, 'use.ts'),
  ];
  const { stdout: typeErrors } = await execa(
    join(root, 'node_modules/.bin/tsc'),
    ['--ignoreConfig', ...typeArgs],
    { cwd: folder, reject: false },
  );
  expect(typeErrors).toBe('');
  const { stdout } = await run(process.execPath, [
    '--import',
    import.meta.resolve('tsx'),
    'use.ts',
    join(scenario, 'cluster.yaml'),
  ]);
  expect(stdout).toBe(expected);
});
