// Whatever is in the objects of one Service: no crash, rules that iptables takes, and no other Service's rules change.
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CompileResult } from '../../src/compile.ts';
import type { ServiceRules } from '../../src/iptables/rule.ts';
import { problemLine } from '../../src/model/problem.ts';
import { UserError } from '../../src/model/user-error.ts';
import { compileObjects, type Json, node, service, shuffled, slice, textOf } from '../kube/objects.ts';

type Value = null | boolean | number | string | Value[] | { [key: string]: Value };

const copy = (object: Json): Value => JSON.parse(JSON.stringify(object)) as Value;

function endpointsAt(prefix: string, count: number, over: Json = {}): Json[] {
  return Array.from({ length: count }, (_, i) => ({
    addresses: [`${prefix}${i + 1}`],
    nodeName: i % 2 === 0 ? 'n1' : 'n2',
    zone: 'a',
    conditions: { ready: true, serving: true, terminating: false },
    ...over,
  }));
}

const slicesFor = (name: string, prefix: string, port: number, over: Json = {}): Json =>
  slice(
    { ports: [{ name: 'http', protocol: 'TCP', port }], endpoints: endpointsAt(prefix, 3), ...over },
    {
      name: `${name}-${over.addressType === 'IPv6' ? 'v6' : 'v4'}`,
      labels: { 'kubernetes.io/service-name': name },
    },
  );

const http = { name: 'http', protocol: 'TCP', port: 80, targetPort: 8080 };

/** The objects of each service, by its name. */
const healthy: Readonly<Record<string, readonly Json[]>> = {
  affine: [
    service(
      {
        clusterIP: '10.96.0.1',
        ports: [http],
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 600 } },
      },
      { name: 'affine' },
    ),
    slicesFor('affine', '10.1.0.', 8080),
  ],
  balanced: [
    service(
      {
        type: 'LoadBalancer',
        clusterIP: '10.96.0.2',
        ports: [{ ...http, nodePort: 30002 }],
        externalIPs: ['192.0.2.2'],
        loadBalancerSourceRanges: ['203.0.113.0/24', ' 198.51.100.0/24'],
      },
      { name: 'balanced' },
      { loadBalancer: { ingress: [{ ip: '192.0.2.102', ipMode: 'VIP' }] } },
    ),
    slicesFor('balanced', '10.2.0.', 8080),
  ],
  dual: [
    service(
      {
        type: 'NodePort',
        clusterIP: '10.96.0.3',
        clusterIPs: ['10.96.0.3', 'fd00:96::3'],
        ipFamilies: ['IPv4', 'IPv6'],
        ports: [
          { ...http, nodePort: 30003 },
          { name: 'dns', protocol: 'UDP', port: 53, nodePort: 30053 },
        ],
      },
      { name: 'dual' },
    ),
    slicesFor('dual', '10.3.0.', 8080),
    slicesFor('dual', 'fd00:3::', 8080, { addressType: 'IPv6', endpoints: endpointsAt('fd00:3::', 2) }),
  ],
  local: [
    service(
      {
        type: 'LoadBalancer',
        clusterIP: '10.96.0.4',
        ports: [{ ...http, nodePort: 30004 }],
        externalTrafficPolicy: 'Local',
        internalTrafficPolicy: 'Local',
        healthCheckNodePort: 31004,
      },
      { name: 'local' },
      { loadBalancer: { ingress: [{ ip: '192.0.2.104' }] } },
    ),
    slicesFor('local', '10.4.0.', 8080),
  ],
  plain: [
    service(
      { clusterIP: '10.96.0.5', ports: [http, { port: 443, protocol: 'SCTP', name: 'x' }] },
      { name: 'plain' },
    ),
    slicesFor('plain', '10.5.0.', 8080, {
      endpoints: endpointsAt('10.5.0.', 2, { hints: { forZones: [{ name: 'a' }] } }),
    }),
  ],
};
const names = Object.keys(healthy);
const nodes = [node('n1', 'a', ['172.18.0.2', 'fd00:18::2']), node('n2', 'b', ['172.18.0.3'])];

const compileAll = (objects: readonly unknown[]): CompileResult =>
  compileObjects(objects, {
    overrides: { hostnameOverride: 'n1', clusterCIDR: '10.0.0.0/8,fd00::/16' },
  });

/** The rules of each of these services, both families. */
function rulesOf(result: CompileResult, wanted: readonly string[]): Record<string, ServiceRules[]> {
  return Object.fromEntries(
    wanted.map((name) => [
      name,
      result.families.flatMap(({ ruleset }) =>
        ruleset.services.filter((rules) => rules.name.startsWith(`shop/${name}:`)),
      ),
    ]),
  );
}

const before = compileAll([...nodes, ...Object.values(healthy).flat()]);

const hostileStrings = [
  '',
  ' ',
  '"',
  "'",
  '\\',
  '\n',
  '\r\n',
  '\0',
  '-j ACCEPT',
  'a -j ACCEPT',
  '" -j ACCEPT\n-A INPUT -j DROP\n#',
  'a"; rm -rf /',
  '$(reboot)`reboot`',
  '{{constructor}}',
  '%s%n',
  '10.0.0.1 -j ACCEPT',
  '10.0.0.1/32',
  '10.9.0.1,10.9.0.2',
  '! 10.9.0.1',
  '0.0.0.0',
  '::',
  'fd00::9',
  '010.0.0.1',
  '::ffff:10.0.0.1',
  'fe80::1%eth0',
  '0.0.0.0/0',
  '10.0.0.1/8',
  ' 10.9.0.0/16 ',
  'é\u0301\u202e\u2028\ud800',
  '\u001b[31m',
  '\u0085',
  'None',
  'Local',
  'ClientIP',
  'ExternalName',
  'UDP',
  'IPv6',
  'FQDN',
  'Proxy',
  '__proto__',
  'constructor',
  'COMMIT',
  'a'.repeat(64),
  'a'.repeat(300),
  'x'.repeat(70_000),
];
const hostileNumbers = [0, -1, 1, 80.5, 53, 65535, 65536, 2 ** 31, 2 ** 32, 2 ** 53, 1e300, -1e-300];
const scalar: fc.Arbitrary<Value> = fc.oneof(
  fc.constantFrom<Value[]>(...hostileStrings),
  fc.constantFrom<Value[]>(...hostileNumbers),
  fc.constantFrom<Value[]>(null, true, false),
  fc.string({ unit: 'binary' }),
  fc.ipV4(),
  fc.ipV6(),
  fc.integer({ min: 1, max: 65535 }),
);
const hostileObjects: Value[] = [
  {},
  [],
  [null],
  [[]],
  { toString: 1 },
  { toString: null, valueOf: null },
  { length: 5 },
  { name: {} },
  { 'evil\nkey': 5 },
  { 'kubernetes.io/service-name': { toString: 1 } },
  { 'service.kubernetes.io/headless': '' },
];
const hostile: fc.Arbitrary<Value> = fc.oneof(
  { weight: 6, arbitrary: scalar },
  { weight: 1, arbitrary: fc.array(scalar, { maxLength: 3 }) },
  { weight: 2, arbitrary: fc.constantFrom(...hostileObjects) },
  { weight: 1, arbitrary: fc.dictionary(fc.constantFrom('name', 'port', 'ip', 'evil\nkey'), scalar) },
);

type Path = readonly (string | number)[];

function* pathsIn(value: Value, at: Path = []): Generator<Path> {
  if (at.length > 0) yield at;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, child] of Object.entries(value))
    yield* pathsIn(child as Value, [...at, Array.isArray(value) ? Number(key) : key]);
}

interface Change {
  /** Which of the fields that there are, over and over. */
  readonly where: number;
  readonly how: 'replace' | 'delete' | 'append' | 'wrap';
  readonly value: Value;
}

/** Changes one field of `objects`, in place. */
function mutate(objects: Value[], { where, how, value }: Change): void {
  const paths = [...pathsIn(objects)].filter((path) => path.length > 1);
  const path = paths[where % paths.length];
  if (path === undefined) return;
  let parent = objects as unknown as Record<string | number, Value>;
  for (const key of path.slice(0, -1)) parent = parent[key] as unknown as Record<string | number, Value>;
  const key = path.at(-1) as string | number;
  const present = parent[key] as Value;
  if (how === 'delete' && Array.isArray(parent)) parent.splice(Number(key), 1);
  else if (how === 'delete') delete parent[key];
  else if (how === 'append' && Array.isArray(present)) present.push(structuredClone(value));
  else if (how === 'wrap') parent[key] = [present];
  else parent[key] = structuredClone(value);
}

const change: fc.Arbitrary<Change> = fc.record({
  where: fc.noBias(fc.nat(9999)),
  how: fc.constantFrom('replace', 'replace', 'replace', 'replace', 'delete', 'append', 'wrap'),
  value: hostile,
});
const cases = fc.record({
  victim: fc.constantFrom(...names),
  changes: fc.array(change, { minLength: 1, maxLength: 4 }),
});
type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never;

function mutatedObjects({ victim, changes }: Case): { changed: Value[]; all: unknown[] } {
  const changed = (healthy[victim] ?? []).map(copy);
  for (const one of changes) mutate(changed, one);
  const others = names.filter((name) => name !== victim).flatMap((name) => healthy[name] ?? []);
  return { changed, all: [...nodes, ...others, ...changed] };
}

/** Only a document that is no object, and no longer a file of manifests then, may be refused. */
function compileMutated(one: Case): CompileResult | undefined {
  const { changed, all } = mutatedObjects(one);
  try {
    return compileAll(all);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(changed.some((x) => typeof x !== 'object' || x === null || Array.isArray(x))).toBe(true);
    expect(error.message).not.toMatch(/[\n\r]/);
    return undefined;
  }
}

/** What iptables-restore says to each text, all in one network namespace; '' when it takes it. */
function restoreAll(tool: string, texts: readonly string[]): string[] {
  // A file each would be slower than one process for many: the shell reads sections of the input.
  const script = `i=0
while IFS= read -r length; do
  out=$(head -c "$length" | ${tool} --test --noflush 2>&1); status=$?
  printf '%s\\t%s\\t%s\\n' "$i" "$status" "$(printf %s "$out" | tr '\\n\\t' '  ')"
  i=$((i + 1))
done`;
  const input = Buffer.concat(
    texts.flatMap((text) => [Buffer.from(`${Buffer.byteLength(text)}\n`), Buffer.from(text)]),
  );
  const { stdout, stderr, status } = spawnSync('unshare', ['-n', 'sh', '-c', script], {
    input,
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`unshare: ${stderr}`);
  const lines = stdout.toString().split('\n').slice(0, -1);
  expect(lines).toHaveLength(texts.length);
  return lines.map((line) => {
    const [, code, said] = line.split('\t');
    return code === '0' ? '' : `status ${code}: ${said}`;
  });
}

describe('a cluster with one service that is spoiled', () => {
  test('is healthy to begin with: every service has rules', () => {
    expect(before.problems.map(problemLine)).toEqual([
      expect.stringContaining('loadBalancerSourceRanges[1]: " 198.51.100.0/24"'),
    ]);
    for (const [name, rules] of Object.entries(rulesOf(before, names))) {
      expect(rules.length, name).toBeGreaterThan(0);
      for (const { shared } of rules) expect(shared.length, name).toBeGreaterThan(0);
      expect(rules.flatMap(({ chains }) => chains).length, name).toBeGreaterThan(2);
    }
  });

  test('property: compiles, leaves the other services as they were, and reports on one line each', () => {
    let spoiled = 0;
    fc.assert(
      fc.property(cases, (one) => {
        const result = compileMutated(one);
        if (result === undefined) return;
        const others = names.filter((name) => name !== one.victim);
        expect(rulesOf(result, others)).toEqual(rulesOf(before, others));
        for (const line of result.problems.map(problemLine)) {
          expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
          expect(line.length).toBeLessThan(1000);
        }
        if (result.problems.length > before.problems.length) spoiled++;
        expect(textOf(result)).not.toContain('ACCEPT\n-A INPUT');
      }),
      { numRuns: 1500 },
    );
    // Else nothing was tested.
    expect(spoiled).toBeGreaterThan(500);
  });

  test.runIf(process.getuid?.() === 0)('iptables-restore takes the rules, whatever the mutation', () => {
    const texts = { ipv4: new Set<string>(), ipv6: new Set<string>() };
    for (const { family, print } of before.families) texts[family].add([...print()].join(''));
    for (const one of fc.sample(cases, 150)) {
      const result = compileMutated(one);
      if (result === undefined) continue;
      for (const { family, print } of result.families) texts[family].add([...print()].join(''));
    }
    expect(texts.ipv4.size).toBeGreaterThan(30);
    for (const [tool, set] of [
      ['iptables-restore', texts.ipv4],
      ['ip6tables-restore', texts.ipv6],
    ] as const) {
      const list = [...set];
      const said = restoreAll(tool, list);
      const refused = said.flatMap((reason, i) => (reason === '' ? [] : [`${reason}\n${list[i]}`]));
      expect(refused).toEqual([]);
      // The tool does refuse what is wrong.
      const broken = list[0]?.replace('--dport 80', '--dport 80x') ?? '';
      expect(restoreAll(tool, [broken, list[0] ?? ''])).toEqual([expect.stringContaining('status'), '']);
    }
  });
});

describe('the order of the objects', () => {
  const extra = [
    service({ clusterIP: '10.96.0.1', ports: [http] }, { name: 'zz-taken', namespace: 'other' }),
    service({ clusterIP: '10.96.0.77' }, { name: 'plain', resourceVersion: '7' }),
    service({ clusterIP: '10.96.0.78' }, { name: 'plain', resourceVersion: '12' }),
    slice(
      {
        ports: [{ name: 'http', port: 8080 }],
        endpoints: endpointsAt('10.1.0.', 3, { conditions: { ready: false } }),
      },
      { name: 'affine-more', labels: { 'kubernetes.io/service-name': 'affine' } },
    ),
    slice({}, { name: 'lost', labels: { 'kubernetes.io/service-name': 'nobody' } }),
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'ServiceCIDR',
      metadata: { name: 'a' },
      spec: { cidrs: ['10.96.0.0/12'] },
    },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'ServiceCIDR',
      metadata: { name: 'b' },
      spec: { cidrs: ['10.112.0.0/12'] },
    },
  ];
  const objects = [...nodes, ...Object.values(healthy).flat(), ...extra];
  const expected = textOf(compileAll(objects));

  test('property: decides nothing', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 5 }), (seed, files) => {
        const order = shuffled(objects, seed);
        expect(textOf(compileAll(order))).toBe(expected);
        // Neither does which List they are in.
        const lists = Array.from({ length: files }, (_, i) => ({
          kind: 'List',
          items: order.filter((__, j) => j % files === i),
        }));
        expect(textOf(compileAll(lists))).toBe(expected);
      }),
      { numRuns: 150 },
    );
  });

  test('property: decides nothing within lists that are sets', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const order = objects.map((object) => {
          const { ports, endpoints } = object as { ports?: unknown[]; endpoints?: unknown[] };
          return endpoints === undefined
            ? object
            : { ...object, ports: shuffled(ports ?? [], seed), endpoints: shuffled(endpoints, seed) };
        });
        expect(textOf(compileAll(order))).toBe(expected);
      }),
      { numRuns: 50 },
    );
  });
});
