import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCli } from './run-cli.ts';

const golden = join(import.meta.dirname, '../../golden');
const cluster = join(golden, 'three-pods/cluster.yaml');
const config = join(golden, 'three-pods/kube-proxy.yaml');
const rules = (name: string): string => readFileSync(join(golden, name), 'utf8').trimEnd();
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kube-chains-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('compile', () => {
  test('with one family prints just the input of iptables-restore', async () => {
    const { exitCode, stdout, stderr } = await runCli(
      'compile',
      '-f',
      cluster,
      '--config',
      config,
      '--family',
      'ipv4',
    );
    expect(exitCode).toBe(0);
    expect(stdout).toBe(rules('three-pods/iptables.rules'));
    expect(stderr).toBe('node-1: 1 service; ipv4 1 service port, 3 endpoints, 14 chains, 34 rules');
  });

  test('with both families prints the two under a comment line each', async () => {
    const { stdout } = await runCli('compile', '-f', cluster, '--config', config, '-q');
    expect(stdout).toBe(
      [
        '# ipv4: input for iptables-restore --noflush',
        rules('three-pods/iptables.rules'),
        '# ipv6: input for ip6tables-restore --noflush',
        rules('three-pods/ip6tables.rules'),
      ].join('\n'),
    );
  });

  test('-o writes a file for each family, and nothing to stdout; -q is silent', async () => {
    const result = await runCli('compile', '-f', cluster, '--config', config, '-o', folder, '-q');
    expect(result).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(readFileSync(join(folder, 'iptables.rules'), 'utf8').trimEnd()).toBe(
      rules('three-pods/iptables.rules'),
    );
    expect(readFileSync(join(folder, 'ip6tables.rules'), 'utf8').trimEnd()).toBe(
      rules('three-pods/ip6tables.rules'),
    );
  });

  test('reads standard input, YAML or JSON', async () => {
    const input = readFileSync(cluster, 'utf8');
    const { stdout } = await runCli(
      'compile',
      '-f',
      '-',
      '--cluster-cidr',
      '10.244.0.0/16',
      '--family',
      'ipv4',
      { input },
    );
    expect(stdout).toBe(rules('three-pods/iptables.rules'));
  });

  test("kube-proxy's flags override the configuration", async () => {
    const { stdout } = await runCli(
      'compile',
      '-f',
      cluster,
      '--config',
      config,
      '--family',
      'ipv4',
      '--masquerade-all',
      '--iptables-masquerade-bit=17',
      '--iptables-localhost-nodeports=false',
    );
    expect(stdout).toContain('-A KUBE-SVC-6W2MNHZMXQQWLLR5 -d 10.96.44.7/32 -p tcp');
    expect(stdout).toContain('-A KUBE-MARK-MASQ -j MARK --or-mark 0x20000\n');
    expect(stdout).toContain('-A KUBE-SERVICES ! -d 127.0.0.0/8 ');
  });

  test('asks for the node where there are two', async () => {
    const two = join(golden, 'two-nodes/cluster.yaml');
    expect(await runCli('compile', '-f', two)).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: 'kube-chains: name the node with --node: the input has node-1, node-2',
    });
    const { stdout } = await runCli(
      'compile',
      '-f',
      two,
      '--node',
      'node-2',
      '--cluster-cidr',
      '10.244.0.0/16',
      '--family',
      'ipv4',
    );
    expect(stdout).toBe(rules('two-nodes/node-2/iptables.rules'));
  });

  test('what cannot be used as a flag is one line and exit code 2', async () => {
    for (const [args, message] of [
      [['compile'], /-f, --filename/],
      [['compile', '-f', cluster, '--family', 'ipv5'], /ipv5/],
      [['compile', '-f', cluster, '--cluster-cidr', '10.0.0.0'], /clusterCIDR: "10.0.0.0"/],
      [['compile', '-f', cluster, '--iptables-masquerade-bit', '32'], /from 0 to 31/],
      [['compile', '-f', cluster, '--nodeport-addresses', '10.0.0.1'], /nodePortAddresses\[0\]/],
      [['compile', '-f', cluster, '--node', 'nobody'], /unknown node "nobody": the input has node-1/],
      [['compiel'], /compiel/],
    ] as const) {
      const { exitCode, stdout, stderr } = await runCli(...args);
      expect({ args, exitCode, stdout }).toEqual({ args, exitCode: 2, stdout: '' });
      expect(stderr).toMatch(message);
      expect(stderr).not.toContain('    at ');
    }
  });
});

test('--version and --help', async () => {
  const { version } = JSON.parse(readFileSync(join(golden, '../package.json'), 'utf8'));
  expect(await runCli('--version')).toEqual({ exitCode: 0, stdout: version, stderr: '' });
  const { exitCode, stdout } = await runCli('compile', '--help');
  expect(exitCode).toBe(0);
  expect(stdout).toContain('--hostname-override');
});
