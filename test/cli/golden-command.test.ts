import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCli } from './run-cli.ts';

const bundled = join(import.meta.dirname, '../../golden');
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kube-chains-golden-'));
  cpSync(join(bundled, 'three-pods'), join(root, 'three-pods'), { recursive: true });
  cpSync(join(bundled, 'two-nodes'), join(root, 'two-nodes'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

const edit = (file: string, from: string | RegExp, to: string): void => {
  const path = join(root, file);
  const before = readFileSync(path, 'utf8');
  const after = before.replace(from, to);
  expect(after).not.toBe(before);
  writeFileSync(path, after);
};

describe('golden check', () => {
  test('says same, and exits with 0', async () => {
    expect(await runCli('golden', 'check', root)).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: '2 scenarios, 6 rule files: same',
    });
  });

  test('shows a changed manifest as a diff of the rules, by service, and exits with 1', async () => {
    edit('three-pods/cluster.yaml', /port: 8080/, 'port: 8081');
    const { exitCode, stdout, stderr } = await runCli('golden', 'check', root);
    expect(exitCode).toBe(1);
    expect(stderr).toBe('2 scenarios, 6 rule files: 1 different');
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      `--- ${root}/three-pods/iptables.rules`,
      `+++ ${root}/three-pods/iptables.rules (recompiled)`,
      '# default/sample-clusterip',
    ]);
    const changed = stdout
      .split('\n')
      .slice(2)
      .filter((line) => /^[-+]/.test(line));
    expect(changed).toHaveLength(4);
    expect(changed[0]).toMatch(/^-A KUBE-SERVICES|^--A KUBE-SERVICES -d 10\.96\.44\.7\/32 .* --dport 8080 /);
    expect(changed[1]).toMatch(/--dport 8081|--dport 8080/);
  });

  test('is coloured where colour is wanted', async () => {
    edit('three-pods/cluster.yaml', /port: 8080/, 'port: 8081');
    const { stdout } = await runCli('golden', 'check', root, { env: { NO_COLOR: '', FORCE_COLOR: '1' } });
    expect(stdout).toContain('\u001b[32m+');
    expect(stdout).toContain('\u001b[31m-');
  });

  test('shows the lines of a file whose rules mean the same', async () => {
    edit('three-pods/iptables.rules', 'COMMIT\n', 'COMMIT\n# a note\n');
    const { exitCode, stdout } = await runCli('golden', 'check', root);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('# whole file\n');
    expect(stdout).toContain('-# a note');
  });

  test('reports missing and orphaned files', async () => {
    rmSync(join(root, 'three-pods/ip6tables.rules'));
    mkdirSync(join(root, 'two-nodes/node-3'));
    writeFileSync(join(root, 'two-nodes/node-3/iptables.rules'), '');
    const { exitCode, stdout } = await runCli('golden', 'check', root);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('three-pods/ip6tables.rules: missing');
    expect(stdout).toContain('two-nodes/node-3/iptables.rules: orphaned');
  });

  test('exits with 2 on input that cannot be read, and still shows the other scenarios', async () => {
    writeFileSync(join(root, 'two-nodes/cluster.yaml'), 'a: [');
    edit('three-pods/cluster.yaml', /port: 8080/, 'port: 8081');
    const { exitCode, stdout, stderr } = await runCli('golden', 'check', root);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('two-nodes/cluster.yaml: not YAML');
    expect(stderr).not.toContain('    at ');
    expect(stdout).toContain('three-pods/iptables.rules');
    expect(stdout).not.toContain('two-nodes');
  });

  test('exits with 2 where there is no scenario', async () => {
    const empty = join(root, 'three-pods/empty');
    mkdirSync(empty);
    expect(await runCli('golden', 'check', empty)).toMatchObject({ exitCode: 2, stdout: '' });
  });
});

describe('golden update', () => {
  test('makes check say same: writes what is different or missing, removes what is orphaned', async () => {
    edit('three-pods/cluster.yaml', /port: 8080/, 'port: 8081');
    rmSync(join(root, 'three-pods/ip6tables.rules'));
    mkdirSync(join(root, 'two-nodes/node-3'));
    writeFileSync(join(root, 'two-nodes/node-3/iptables.rules'), '');
    const { exitCode, stdout } = await runCli('golden', 'update', root);
    expect(exitCode).toBe(0);
    expect(stdout.split('\n').sort()).toEqual([
      `removed ${root}/two-nodes/node-3/iptables.rules`,
      `written ${root}/three-pods/ip6tables.rules`,
      `written ${root}/three-pods/iptables.rules`,
    ]);
    expect(await runCli('golden', 'check', root)).toMatchObject({ exitCode: 0, stdout: '' });
  });
});
