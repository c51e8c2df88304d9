import { describe, expect, it } from 'vitest';
import { compile } from '../../src/compile.ts';
import { endpointChain, serviceChainHash } from '../../src/iptables/chain-name.ts';
import type { Family } from '../../src/model/family.ts';
import { compileObjects, endpoint, printed, service, slice, tableLines } from '../support/cluster-builder.ts';
import { caseNames, readCase } from '../support/oracle-cases.ts';

const objects = [
  service('web', {
    type: 'LoadBalancer',
    ports: [{ port: 80, nodePort: 30080 }],
    ingress: [{ ip: '198.51.100.1' }],
    loadBalancerSourceRanges: ['203.0.113.0/24'],
    externalTrafficPolicy: 'Local',
    healthCheckNodePort: 32000,
  }),
  slice('web', [endpoint('10.244.1.1', { node: 'node-1' })]),
  service('api', { clusterIP: '10.96.0.11' }),
  service('dns', { clusterIP: '10.96.0.12', namespace: 'app' }),
  slice('dns', ['10.244.1.2'], { namespace: 'app' }),
];
const result = compileObjects(objects);
const text = printed(result);

const hash = serviceChainHash('shop/web', 'tcp');
const sep = endpointChain('shop/web', 'tcp', '10.244.1.1:8080');

describe('printRuleset', () => {
  it('prints filter, then nat, each ending in COMMIT', () => {
    expect(text.split('\n').filter((line) => /^(\*|COMMIT)/.test(line))).toEqual([
      '*filter',
      'COMMIT',
      '*nat',
      'COMMIT',
    ]);
    expect(text.endsWith('COMMIT\n')).toBe(true);
  });

  it('has a section for each service, sorted, between what is before and after them', () => {
    const titles = (table: 'filter' | 'nat') =>
      tableLines(text, table).filter((line) => line.startsWith('#'));
    expect(titles('filter')).toEqual(['# for all services', '# shop/api', '# shop/web']);
    expect(titles('nat')).toEqual(['# for all services', '# app/dns', '# shop/web', '# after all services']);
  });

  it('prints a section of a service whole', () => {
    const lines = tableLines(text, 'nat');
    const section = lines.slice(lines.indexOf('# shop/web') + 1, lines.indexOf('# after all services'));
    expect(section.map((line) => line.split(' ')[1])).toEqual([
      'KUBE-SERVICES',
      'KUBE-SERVICES',
      'KUBE-NODEPORTS',
      ...Array(4).fill(`KUBE-EXT-${hash}`),
      ...Array(2).fill(`KUBE-FW-${hash}`),
      ...Array(2).fill(`KUBE-SVC-${hash}`),
      `KUBE-SVL-${hash}`,
      sep,
      sep,
    ]);
    const filter = tableLines(text, 'filter');
    expect(filter.slice(filter.indexOf('# shop/web') + 1, -1)).toEqual([
      `-A KUBE-PROXY-FIREWALL -d 198.51.100.1/32 -p tcp -m comment --comment "shop/web traffic not accepted by KUBE-FW-${hash}" -m tcp --dport 80 -j DROP`,
      '-A KUBE-NODEPORTS -p tcp -m comment --comment "shop/web health check node port" -m tcp --dport 32000 -j ACCEPT',
    ]);
  });

  it('declares every chain before the first rule', () => {
    for (const table of ['filter', 'nat'] as const) {
      const lines = tableLines(text, table);
      const lastDeclared = lines.findLastIndex((line) => line.startsWith(':'));
      const firstRule = lines.findIndex((line) => line.startsWith('-'));
      expect(lastDeclared).toBeGreaterThan(0);
      expect(firstRule).toBeGreaterThan(lastDeclared);
    }
  });

  it('declares chains of services in nat alone', () => {
    expect(tableLines(text, 'filter').filter((line) => line.startsWith(`:KUBE-SVC`))).toEqual([]);
    expect(tableLines(text, 'nat')).toContain(`:KUBE-SVC-${hash} - [0:0]`);
  });

  it('prints no built-in chain, so that its policy stays', () => {
    expect(text).not.toMatch(/^:(INPUT|FORWARD|OUTPUT|PREROUTING|POSTROUTING)/m);
  });

  it('comes in pieces that are whole lines', () => {
    const pieces = [...result.families.flatMap((family) => [...family.print()])];
    expect(pieces.length).toBeGreaterThan(5);
    for (const piece of pieces) expect(piece).toMatch(/^$|\n$/);
  });

  it('prints the same from the same objects in any order', () => {
    expect(printed(compileObjects(objects.toReversed()))).toBe(text);
    expect(printed(compileObjects([...objects.slice(2), ...objects.slice(0, 2)]))).toBe(text);
  });

  it('prints the same from the same endpoints in any order and in any slices', () => {
    const web = service('web');
    const ips = ['10.244.1.3', '10.244.1.1', '10.244.1.2'];
    const one = printed(compileObjects([web, slice('web', ips)]));
    expect(printed(compileObjects([web, slice('web', ips.toReversed())]))).toBe(one);
    const several = ips.map((ip, i) => slice('web', [ip], { name: `web-${i}` }));
    expect(printed(compileObjects([web, ...several]))).toBe(one);
  });

  it('can be printed twice', () => {
    expect(printed(result)).toBe(text);
  });
});

/** What is wrong with the chains of a printed ruleset. */
function chainFaults(ruleset: string): string[] {
  const faults: string[] = [];
  for (const table of ['filter', 'nat'] as const) {
    const lines = tableLines(ruleset, table);
    const declared = lines.flatMap((line) => /^:(\S+)/.exec(line)?.[1] ?? []);
    const filled = new Set(lines.flatMap((line) => /^-A (\S+)/.exec(line)?.[1] ?? []));
    const targets = new Set(lines.flatMap((line) => / -j (KUBE-\S+)/.exec(line)?.[1] ?? []));
    if (new Set(declared).size !== declared.length) faults.push(`${table}: a chain is declared twice`);
    for (const name of targets) if (!declared.includes(name)) faults.push(`${table}: no chain ${name}`);
    for (const name of filled) if (!declared.includes(name)) faults.push(`${table}: ${name} not declared`);
    for (const name of declared) {
      if (!/^KUBE-(SVC|SVL|EXT|FW|SEP)-/.test(name)) continue;
      if (!targets.has(name)) faults.push(`${table}: nothing leads to ${name}`);
      if (!filled.has(name)) faults.push(`${table}: ${name} is empty`);
    }
  }
  return faults;
}

describe('every chain of a compiled ruleset', () => {
  it('the check itself finds what is wrong', () => {
    expect(chainFaults(text)).toEqual([]);
    expect(chainFaults(text.replace(`:KUBE-SVL-${hash} - [0:0]\n`, ''))).toEqual([
      `nat: no chain KUBE-SVL-${hash}`,
      `nat: KUBE-SVL-${hash} not declared`,
    ]);
    expect(chainFaults(text.replace(`-A KUBE-EXT-${hash} -j KUBE-SVL-${hash}\n`, ''))).toEqual([
      `nat: nothing leads to KUBE-SVL-${hash}`,
    ]);
    expect(chainFaults(text.replace(new RegExp(`^-A KUBE-SVL-${hash} .*\n`, 'm'), ''))).toEqual([
      `nat: KUBE-SVL-${hash} is empty`,
    ]);
  });

  it.each(caseNames)('exists, is used and holds rules, %s', (name) => {
    const compiled = compile({
      manifests: [{ text: readCase(name, 'cluster.yaml') }],
      config: readCase(name, 'config.json'),
    });
    for (const family of ['ipv4', 'ipv6'] as const)
      expect(chainFaults(printed(compiled, family))).toEqual([]);
  });

  const policies = ['Cluster', 'Local'];
  const endpointSets = {
    none: [],
    local: [endpoint('10.244.1.1', { node: 'node-1' })],
    remote: [endpoint('10.244.2.1', { node: 'node-2' })],
    both: [endpoint('10.244.1.1', { node: 'node-1' }), endpoint('10.244.2.1', { node: 'node-2' })],
    'terminating here, ready there': [
      endpoint('10.244.1.1', { node: 'node-1', ready: false, terminating: true }),
      endpoint('10.244.2.1', { node: 'node-2' }),
    ],
    'terminating alone': [endpoint('10.244.2.1', { node: 'node-2', ready: false, terminating: true })],
    dead: [endpoint('10.244.1.1', { node: 'node-1', ready: false, serving: false })],
    'hinted away': [
      endpoint('10.244.1.1', { node: 'node-1', forNodes: ['node-2'] }),
      endpoint('10.244.2.1', { node: 'node-2', forNodes: ['node-1'] }),
    ],
  };
  const ways = {
    'cluster IP': {},
    'node port': { type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] },
    'external IP': { externalIPs: ['192.0.2.1'] },
    'load balancer': { type: 'LoadBalancer', ingress: [{ ip: '198.51.100.1' }] },
    'load balancer with ranges': {
      type: 'LoadBalancer',
      ingress: [{ ip: '198.51.100.1' }],
      loadBalancerSourceRanges: ['203.0.113.0/24'],
    },
    'unreadable ranges': {
      type: 'LoadBalancer',
      ingress: [{ ip: '198.51.100.1' }],
      loadBalancerSourceRanges: ['nonsense'],
    },
  };

  it('exists, is used and holds rules, whatever the policies, endpoints and addresses', () => {
    const faulty: string[] = [];
    for (const internalTrafficPolicy of policies)
      for (const externalTrafficPolicy of policies)
        for (const [set, endpoints] of Object.entries(endpointSets))
          for (const [way, input] of Object.entries(ways))
            for (const clusterCIDR of ['', '10.244.0.0/16']) {
              const web = service('web', { ...input, internalTrafficPolicy, externalTrafficPolicy });
              const compiled = compileObjects([web, slice('web', endpoints)], { clusterCIDR });
              for (const fault of chainFaults(printed(compiled)))
                faulty.push(
                  `${way}, ${internalTrafficPolicy}/${externalTrafficPolicy}, ${set}, "${clusterCIDR}": ${fault}`,
                );
            }
    expect(faulty).toEqual([]);
  });

  it.each<Family>(['ipv4', 'ipv6'])('no rule leads to an external chain without a target, %s', (family) => {
    expect(printed(result, family)).not.toMatch(/undefined|null|\[object/);
  });
});
