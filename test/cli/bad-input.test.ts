// What a person gets for input that is wrong: what, where and what was done, on one line, and the other
// services' rules as if nothing were wrong.
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CompileResult } from '../../src/compile.ts';
import { problemLine } from '../../src/model/problem.ts';
import {
  compileObjects,
  endpoints,
  file,
  type Json,
  node,
  pod,
  service,
  slice,
  textOf,
} from '../kube/objects.ts';

const root = join(import.meta.dirname, '../..');

/** Service other/good, and its slice. */
const good = [
  node('n1', 'a', ['172.18.0.2']),
  service(
    { type: 'NodePort', clusterIP: '10.96.9.9', ports: [{ port: 443, nodePort: 30443 }] },
    { name: 'good', namespace: 'other' },
  ),
  slice(
    { endpoints: [{ addresses: ['10.9.0.1'], nodeName: 'n1' }, { addresses: ['10.9.0.2'] }] },
    { name: 'good-1', namespace: 'other', labels: { 'kubernetes.io/service-name': 'good' } },
  ),
];

/** The text of each section of the rules that belongs to other/good. */
function goodSections(result: CompileResult): string[] {
  return textOf(result)
    .split(/^(?=# |COMMIT)/m)
    .filter((section) => section.startsWith('# other/good\n'));
}

const healthy = compileObjects(good);
const healthyText = textOf(healthy);

interface BadCase {
  readonly what: string;
  readonly objects: readonly unknown[];
  /** What the lines must contain, one after another: each list belongs to one line. */
  readonly lines: readonly (readonly string[])[];
  /** Whether nothing at all is left of the objects, so that the whole output is as if they were not there. */
  readonly nothingLeft?: boolean;
}

const web = 'Service shop/web';
const web1 = 'EndpointSlice shop/web-1';
const ofPort = (port: unknown) => service({ ports: [{ port }] });
const onlySlice = (over: Json): readonly Json[] => [service(), slice(over)];

const hostileNames = [
  'a"b',
  "a'b",
  'a\nb',
  'web -j ACCEPT',
  '-j ACCEPT',
  'a\\b',
  'w\0b',
  'wéb',
  '\u001b[31mred',
];

const cases: readonly BadCase[] = [
  {
    what: 'ports that are text',
    objects: [service({ ports: '80' })],
    lines: [[web, 'spec.ports', '"80"', 'Service left out']],
    nothingLeft: true,
  },
  ...[0, 65536, -1, 80.5, '80', null].map((port) => ({
    what: `port ${JSON.stringify(port)}`,
    objects: [ofPort(port)],
    lines: [[web, 'spec.ports[0].port', `: ${JSON.stringify(port)}: `, 'port left out']],
    nothingLeft: true,
  })),
  ...[65536, -1, 30000.5].map((nodePort) => ({
    what: `node port ${nodePort}`,
    objects: [service({ type: 'NodePort', ports: [{ port: 80, nodePort }] })],
    lines: [[web, 'spec.ports[0].nodePort', `: ${nodePort}: `, 'port left out']],
    nothingLeft: true,
  })),
  ...[0, 65536, -1, 80.5].map((port) => ({
    what: `slice port ${port}`,
    objects: onlySlice({ ports: [{ name: '', port }] }),
    lines: [[web1, 'ports[0].port', `: ${port}: `, 'port left out']],
  })),
  ...hostileNames.map((name) => ({
    what: `service name ${JSON.stringify(name)}`,
    objects: [service({}, { name })],
    lines: [['Service ', 'metadata.name', JSON.stringify(name), 'a DNS label', 'Service left out']],
    nothingLeft: true,
  })),
  ...hostileNames.map((name) => ({
    what: `slice name ${JSON.stringify(name)}`,
    objects: [service(), slice({}, { name })],
    lines: [['EndpointSlice ', 'metadata.name', JSON.stringify(name), 'EndpointSlice left out']],
  })),
  ...hostileNames.map((namespace) => ({
    what: `namespace ${JSON.stringify(namespace)}`,
    objects: [service({}, { namespace })],
    lines: [['Service ', 'metadata.namespace', JSON.stringify(namespace), 'Service left out']],
    nothingLeft: true,
  })),
  ...hostileNames.map((name) => ({
    what: `port name ${JSON.stringify(name)}`,
    objects: [service({ ports: [{ port: 80, name }] })],
    lines: [[web, 'spec.ports[0].name', JSON.stringify(name), 'port left out']],
    nothingLeft: true,
  })),
  {
    what: 'a name of 300 characters, which is cut',
    objects: [service({}, { name: 'a'.repeat(300) })],
    lines: [['Service ', 'metadata.name', '(302 characters)', 'Service left out']],
    nothingLeft: true,
  },
  ...[
    '999.1.1.1',
    '010.0.0.1',
    '::ffff:10.0.0.1',
    'fe80::1%eth0',
    ' 10.96.0.10',
    '10.96.0.10/32',
    'x',
  ].flatMap((address) => [
    {
      what: `cluster IP ${address}`,
      objects: [service({ clusterIP: address })],
      lines: [[web, 'spec.clusterIP', `: "${address}": `, 'no rules for this cluster IP']],
      nothingLeft: true,
    },
    {
      what: `endpoint address ${address}`,
      objects: onlySlice({ endpoints: [{ addresses: [address] }] }),
      lines: [[web1, 'endpoints[0].addresses[0]', `: "${address}": `, 'IPv4', 'endpoint left out']],
    },
    {
      what: `external IP ${address}`,
      objects: [service({ externalIPs: [address] })],
      lines: [[web, 'spec.externalIPs[0]', `: "${address}": `, 'address left out']],
    },
    {
      what: `load-balancer IP ${address}`,
      objects: [service({ type: 'LoadBalancer' }, {}, { loadBalancer: { ingress: [{ ip: address }] } })],
      lines: [[web, 'status.loadBalancer.ingress[0].ip', `: "${address}": `, 'address left out']],
    },
    {
      what: `Endpoints address ${address}`,
      objects: [service(), endpoints([{ addresses: [{ ip: address }], ports: [{ port: 80 }] }])],
      lines: [['Endpoints shop/web', 'subsets[0].addresses[0].ip', `: "${address}": `, 'endpoint left out']],
    },
  ]),
  {
    what: 'an endpoint of the other family',
    objects: onlySlice({ endpoints: [{ addresses: ['fd00::1'] }] }),
    lines: [[web1, 'endpoints[0].addresses[0]', '"fd00::1"', 'an IPv4 address', 'endpoint left out']],
  },
  {
    what: 'a cluster IP of the other family',
    objects: [service({ clusterIPs: ['fd00::1'], ipFamilies: ['IPv4'] })],
    lines: [[web, 'spec.clusterIPs[0]', '"fd00::1"', 'an IPv4 address', 'no rules for this cluster IP']],
    nothingLeft: true,
  },
  ...[
    ['10.0.0.1/8', 'no host bits', 'read as 10.0.0.0/8'],
    [' 10.0.0.0/8', 'no blanks', 'read as 10.0.0.0/8'],
    ['10.0.0.0 /8', 'CIDR', 'range left out'],
    ['10.0.0.0', 'CIDR', 'range left out'],
    ['010.0.0.0/8', 'without leading zeros', 'range left out'],
  ].map(([range = '', expected = '', effect = '']) => ({
    what: `source range ${JSON.stringify(range)}`,
    objects: [service({ type: 'LoadBalancer', loadBalancerSourceRanges: [range] })],
    lines: [[web, 'spec.loadBalancerSourceRanges[0]', JSON.stringify(range), expected, effect]],
  })),
  {
    what: 'two services with one cluster IP and port',
    objects: [service({ clusterIP: '10.96.9.9', ports: [{ port: 443 }] })],
    lines: [[web, 'spec.clusterIPs', '10.96.9.9:443/tcp', 'other/good has it too']],
  },
  {
    what: 'two services with one node port',
    objects: [service({ type: 'NodePort', ports: [{ port: 80, nodePort: 30443 }] })],
    // Once for each family that both are in.
    lines: [[web, 'spec.ports.nodePort', 'node port 30443/tcp', 'other/good has it too']],
  },
  {
    what: 'the same object twice',
    objects: [service(), service()],
    lines: [[web, 'metadata.name', '"web"', 'one object of this name', 'kept']],
  },
  {
    what: 'a slice of no service',
    objects: [slice()],
    lines: [[web1, 'kubernetes.io/service-name', '"web"', 'EndpointSlice left out']],
    nothingLeft: true,
  },
  {
    what: 'a slice of nobody knows which service',
    objects: [slice({}, { labels: {} })],
    lines: [[web1, 'kubernetes.io/service-name', '(absent)', 'EndpointSlice left out']],
    nothingLeft: true,
  },
  {
    what: 'a slice without ports',
    objects: onlySlice({ ports: [] }),
    lines: [[web1, 'ports', '[]', 'EndpointSlice left out']],
  },
  {
    what: 'a Pod on a node that is not there',
    objects: [service({ selector: { app: 'web' } }), pod({ spec: { nodeName: 'gone' } })],
    lines: [
      ['Pod shop/web-0', 'spec.nodeName', '"gone"', 'a Node of the input', 'no endpoint of Service web'],
    ],
  },
  {
    what: 'a node with an address that is none',
    objects: [node('n2', 'a', ['010.0.0.1'])],
    lines: [['Node n2', 'status.addresses[0].address', '"010.0.0.1"', 'address left out']],
    nothingLeft: true,
  },
  {
    what: 'a node with a name that is none',
    objects: [node('n2\n-j ACCEPT')],
    lines: [['Node ', 'metadata.name', '"n2\\n-j ACCEPT"', 'Node left out']],
    nothingLeft: true,
  },
  {
    what: 'an object without a kind',
    objects: [{ metadata: { name: 'x' } }],
    lines: [['Object', 'kind', '(absent)', 'left out']],
    nothingLeft: true,
  },
  {
    what: 'a label whose name breaks the line',
    objects: [service({}, { labels: { 'x\ny': 5 } })],
    lines: [[web, 'metadata.labels', ': 5: ', 'Service left out']],
    nothingLeft: true,
  },
  {
    what: 'a value nested beyond showing',
    objects: [service({ ports: [{ port: JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`) }] })],
    lines: [[web, 'spec.ports[0].port', 'port left out']],
    nothingLeft: true,
  },
  {
    what: 'metadata that is text',
    objects: [{ ...service(), metadata: 'web' }],
    lines: [['Service', 'metadata', '"web"', 'Service left out']],
    nothingLeft: true,
  },
  {
    what: 'a namespace that is an object',
    objects: [slice({}, { namespace: { toString: 1 } })],
    lines: [['EndpointSlice', 'metadata.namespace', '{"toString":1}', 'EndpointSlice left out']],
    nothingLeft: true,
  },
  {
    what: 'a label that is an object',
    objects: [slice({}, { labels: { 'kubernetes.io/service-name': { toString: 1 } } })],
    lines: [[web1, 'metadata.labels', '{"toString":1}', 'EndpointSlice left out']],
    nothingLeft: true,
  },
  {
    what: 'Endpoints whose name is an object',
    objects: [endpoints([], { name: { toString: 1 } })],
    lines: [['Endpoints', 'metadata.name', '{"toString":1}', 'Endpoints left out']],
    nothingLeft: true,
  },
];

describe('an object that is wrong', () => {
  test('is put beside one that is not', () => {
    expect(healthy.problems).toEqual([]);
    // In filter no rule is needed of it.
    expect(goodSections(healthy)).toEqual([expect.stringContaining('--to-destination 10.9.0.1:8080')]);
  });

  test.each(cases)('$what', ({ objects, lines, nothingLeft }) => {
    for (const order of [
      [...good, ...objects],
      [...objects, ...good],
    ]) {
      const result = compileObjects(order, { overrides: { hostnameOverride: 'n1' } });
      const printed = [...new Set(result.problems.map(problemLine))];
      expect(printed.length).toBeGreaterThanOrEqual(lines.length);
      for (const line of printed) {
        expect(line.startsWith(`${file}: `)).toBe(true);
        expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
        expect(line).not.toMatch(/invalid input/i);
        expect(line.length).toBeLessThan(600);
      }
      for (const parts of lines) {
        const found = printed.filter((line) => parts.every((part) => line.includes(part)));
        expect(found, `${parts.join(' … ')} in:\n${printed.join('\n')}`).not.toEqual([]);
      }
      expect(goodSections(result)).toEqual(goodSections(healthy));
      if (nothingLeft) expect(textOf(result)).toBe(healthyText);
    }
  });
});

describe('the command', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'kube-chains-bad-'));
    chmodSync(folder, 0o755);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const run = (args: readonly string[], options: { input?: string; uid?: number } = {}) =>
    execa(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', ...args], {
      cwd: root,
      reject: false,
      env: { NO_COLOR: '1' },
      input: '',
      ...options,
    });

  function write(name: string, content: string | readonly unknown[]): string {
    const path = join(folder, name);
    const text =
      typeof content === 'string'
        ? content
        : JSON.stringify({ apiVersion: 'v1', kind: 'List', items: content });
    writeFileSync(path, text);
    return path;
  }

  /** One line, nothing on standard output, and exit code 2. */
  async function expectUnusable(args: readonly string[], said: RegExp, options = {}): Promise<void> {
    const { exitCode, stdout, stderr } = await run(['compile', ...args], options);
    expect(stderr).not.toContain('    at ');
    expect(stderr.split('\n')).toEqual([expect.stringMatching(said)]);
    expect(stderr).toMatch(/^kube-chains: /);
    expect(stdout).toBe('');
    expect(exitCode).toBe(2);
  }

  test('a file that is not there', async () => {
    const path = join(folder, 'nothing.yaml');
    await expectUnusable(['-f', path], /nothing\.yaml: cannot be read: no such file or folder$/);
    await expectUnusable(
      ['-f', write('ok.json', good), '--config', path],
      /nothing\.yaml: cannot be read: no such/,
    );
  });

  test('a file that cannot be read', async () => {
    await expectUnusable(['-f', '/proc/self/mem'], /\/proc\/self\/mem: cannot be read: .+/);
    if (process.getuid?.() !== 0) return;
    const path = write('secret.yaml', good);
    chmodSync(path, 0);
    await expectUnusable(['-f', path], /secret\.yaml: cannot be read: permission denied$/, { uid: 65_534 });
  });

  test('a folder without manifests', async () => {
    const path = join(folder, 'empty');
    mkdirSync(path);
    await expectUnusable(['-f', path], /empty: no \.yaml, \.yml or \.json file in it$/);
  });

  test.each([
    ['not YAML', 'bad.yaml', 'a: [1\nb: 2\n', /bad\.yaml: not YAML: .+/],
    ['not JSON', 'bad.json', '{"kind": "List",\n "items": [}', /bad\.json: not JSON: .+/],
    ['binary', 'binary.yaml', 'a\0b\0\u0001', /binary\.yaml: not YAML: it has NUL characters$/],
    ['text', 'text.yaml', 'hello', /text\.yaml: not a Kubernetes object: document 1$/],
    ['a number', 'number.json', '[5]', /number\.json: /],
    ['empty', 'empty.yaml', '', /no Kubernetes object in the input$/],
    ['nothing but comments', 'comment.yaml', '---\n# x\n---\n', /no Kubernetes object in the input$/],
    ['a deep array in JSON', 'deep.json', `{"a": ${'['.repeat(3e6)}`, /deep\.json: not JSON: /],
    ['deep in YAML', 'deep.yaml', `a: ${'['.repeat(1e5)}`, /deep\.yaml: not YAML: .+/],
  ])('a file that is %s', async (_, name, text, said) => {
    await expectUnusable(['-f', write(name, text)], said);
  });

  test('a YAML bomb', async () => {
    let bomb = 'a0: &a0 [x, x, x, x, x, x, x, x, x]\n';
    for (let i = 1; i < 20; i++)
      bomb += `a${i}: &a${i} [${Array(9)
        .fill(`*a${i - 1}`)
        .join(', ')}]\n`;
    await expectUnusable(
      ['-f', write('bomb.yaml', `kind: Service\n${bomb}`)],
      /bomb\.yaml: its aliases expand/,
    );
  });

  /** Writes `piece` over and over until the file has this many bytes. */
  function writeLarge(name: string, head: string, piece: string, bytes: number): string {
    const path = join(folder, name);
    const out = openSync(path, 'w');
    const batch = piece.repeat(Math.ceil(1e6 / piece.length));
    writeSync(out, head);
    for (let size = head.length; size < bytes; size += batch.length) writeSync(out, batch);
    closeSync(out);
    return path;
  }

  test.each([
    [100, 'JSON that never ends', 'a.json', '{"kind": "List", "items": [', '{"a": [1, "x"]}, ', /not JSON: /],
    // V8 takes 20 s for 100 MB of these.
    [20, 'JSON nested without end', 'b.json', '', '[', /not JSON: /],
    [100, 'JSON objects nested without end', 'c.json', '', '{"a":', /not JSON: /],
    [100, 'YAML nested without end', 'd.yaml', 'a: ', '[', /not YAML: /],
    [100, 'YAML nested by lines', 'e.yaml', '', '- ', /not YAML: /],
    [100, 'one word', 'f.yaml', '', 'x', /f\.yaml: (not a Kubernetes object|not YAML: )/],
  ])('a file of %i MB: %s', async (megabytes, _, name, head, piece, said) => {
    const path = writeLarge(name, head, piece, megabytes * 1e6);
    try {
      await expectUnusable(['-f', path], said);
    } finally {
      rmSync(path);
    }
  });

  test('a file that is too large as YAML', async () => {
    const path = writeLarge('large.yaml', '', '# a comment\n', 121e6);
    await expectUnusable(['-f', path], /large\.yaml: YAML larger than \d+ characters; .*-o json/);
    rmSync(path);
  });

  test('an unknown node', async () => {
    const path = write('good.json', good);
    await expectUnusable(['-f', path, '--node', 'n7'], /unknown node "n7": the input has n1$/);
    await expectUnusable(['-f', path, '--node', 'n\n7'], /unknown node .*the input has n1$/);
    await expectUnusable(
      ['-f', write('nodes.json', [node('a'), node('b')])],
      /with --node: the input has a, b$/,
    );
    await expectUnusable(
      ['-f', write('none.json', [service()])],
      /with --node: the input has no Node object$/,
    );
  });

  test('a configuration that is wrong', async () => {
    const path = write('good.json', good);
    const kind = 'apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n';
    const config = write('proxy.yaml', `${kind}mode: ipvs\n`);
    await expectUnusable(['-f', path, '--config', config], /proxy\.yaml: .*mode: "ipvs": expected one of/);
    const cidr = write('cidr.yaml', `${kind}clusterCIDR: 010.0.0.0/8\n`);
    await expectUnusable(
      ['-f', path, '--config', cidr],
      /cidr\.yaml: .*clusterCIDR: "010\.0\.0\.0\/8": expected/,
    );
  });

  test.each([
    ['ports that are text', [service({ ports: '80' })], [web, 'spec.ports', '"80"']],
    [
      'a name that breaks the line',
      [service({}, { name: 'a\n-j ACCEPT' })],
      ['metadata.name', '"a\\n-j ACCEPT"'],
    ],
    ['a kind that breaks the line', [{ kind: 'X\nList', items: [5] }], ['items[0]', ': 5: ']],
    [
      'a label that is an object',
      [slice({}, { labels: { 'kubernetes.io/service-name': { toString: 1 } } })],
      [web1],
    ],
  ])('leaves out %s: exit 0, or 2 with --strict', async (_, objects, parts) => {
    const clean = await run(['compile', '-f', write('good.json', good), '-q']);
    expect(clean).toMatchObject({ exitCode: 0, stderr: '' });
    expect(clean.stdout).toContain('# other/good');
    const path = write('bad-object.json', [...good, ...objects]);

    const lenient = await run(['compile', '-f', path, '-q']);
    expect(lenient.stderr).not.toContain('    at ');
    expect(lenient.stderr.split('\n')).toHaveLength(1);
    for (const part of [`warning: ${path}: `, ...parts]) expect(lenient.stderr).toContain(part);
    expect(lenient.stdout).toBe(clean.stdout);
    expect(lenient.exitCode).toBe(0);

    const strict = await run(['compile', '-f', path, '--strict']);
    expect(strict.stderr.split('\n')).toEqual([
      lenient.stderr,
      'kube-chains: 1 warning, and --strict takes none',
    ]);
    expect(strict.stdout).toBe('');
    expect(strict.exitCode).toBe(2);
  });

  test('the summary stays one line, whatever the kinds are called', async () => {
    const path = write('kinds.json', [...good, { apiVersion: 'v1', kind: 'Evil\nwarning: \u001b[31m' }]);
    const { exitCode, stderr } = await run(['compile', '-f', path]);
    expect(exitCode).toBe(0);
    expect(stderr.split('\n')).toHaveLength(1);
    expect(stderr).not.toContain('\u001b');
  });

  test('the summary counts warnings as often as they are printed', async () => {
    const dual = (name: string, last: number) =>
      service(
        {
          type: 'NodePort',
          clusterIPs: [`10.96.0.${last}`, `fd00:96::${last}`],
          ports: [{ port: 80, nodePort: 30080 }],
        },
        { name },
      );
    const { stderr } = await run(['compile', '-f', write('dual.json', [node(), dual('a', 1), dual('b', 2)])]);
    const lines = stderr.split('\n');
    const warnings = lines.filter((line) => line.startsWith('warning: ')).length;
    expect(warnings).toBeGreaterThan(0);
    expect(lines.at(-1)).toMatch(new RegExp(`; ${warnings} warnings?$`));
  });

  test('a file whose name breaks the line', async () => {
    const path = join(folder, 'a\nb.yaml');
    await expectUnusable(['-f', path], /cannot be read: no such file or folder$/);
    writeFileSync(path, 'a: [');
    await expectUnusable(['-f', path], /not YAML/);
  });

  test('standard input is named as such', async () => {
    await expectUnusable(['-f', '-'], /no Kubernetes object in the input$/);
    await expectUnusable(['-f', '-'], /standard input: not YAML: /, { input: 'a: [' });
  });
});
