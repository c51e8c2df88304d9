import { describe, expect, it } from 'vitest';
import { type CompileResult, compile } from '../../src/compile.ts';
import { serviceChainHash } from '../../src/iptables/chain-name.ts';
import { type Grouped, groupByService } from '../../src/iptables/group-by-service.ts';
import { parseTables } from '../../src/iptables/parse-tables.ts';
import { printRuleset } from '../../src/iptables/print-ruleset.ts';
import type { Family } from '../../src/model/family.ts';
import {
  type ApiObject,
  chainRules,
  compileObjects,
  endpoint,
  familyOf,
  node,
  printed,
  service,
  slice,
} from '../support/cluster-builder.ts';
import { caseNames, readCase } from '../support/oracle-cases.ts';

const group = (text: string, family: Family = 'ipv4'): Grouped => groupByService(parseTables(text), family);
const printAgain = ({ ruleset }: Grouped): string => [...printRuleset(ruleset)].join('');

function expectSame(result: CompileResult): void {
  for (const { family } of result.families) {
    const text = printed(result, family);
    const grouped = group(text, family);
    expect(printAgain(grouped)).toBe(text);
    expect(grouped.strays).toEqual([]);
    const { ruleset } = familyOf(result, family);
    expect(grouped.ruleset.family).toBe(family);
    expect(grouped.ruleset.services.map(({ name, chains }) => ({ name, chains }))).toEqual(
      ruleset.services.map(({ name, chains }) => ({ name, chains })),
    );
  }
}

const hash = serviceChainHash('shop/web', 'tcp');
const endpoints = [endpoint('10.244.1.1', { node: 'node-1' }), endpoint('10.244.2.1', { node: 'node-2' })];
const balanced = {
  type: 'LoadBalancer',
  ports: [{ port: 80, nodePort: 30080 }],
  externalIPs: ['192.0.2.1'],
  ingress: [{ ip: '198.51.100.1' }],
  loadBalancerSourceRanges: ['203.0.113.0/24'],
};

describe('what was printed is grouped as it was compiled', () => {
  it('without any service', () => {
    expectSame(compileObjects([node('node-1')]));
  });

  it.each<[string, ApiObject]>([
    ['a cluster IP', {}],
    ['everything', balanced],
    ['both policies Local', { ...balanced, internalTrafficPolicy: 'Local', externalTrafficPolicy: 'Local' }],
    [
      'a health check and affinity',
      {
        ...balanced,
        externalTrafficPolicy: 'Local',
        healthCheckNodePort: 32000,
        sessionAffinity: 'ClientIP',
      },
    ],
  ])('a service with %s, with both, remote and no endpoints', (_, input) => {
    for (const some of [endpoints, endpoints.slice(1), []])
      expectSame(compileObjects([service('web', input), slice('web', some)]));
  });

  it('services whose names are parts of each other', () => {
    const ports = [
      { name: 'a', port: 1 },
      { name: 'a-b', port: 2 },
    ];
    const objects = ['web', 'web-1', 'web-1-a', 'we'].map((name, i) =>
      service(name, { clusterIP: `10.96.1.${i}`, ...(i % 2 === 0 ? { ports } : {}) }),
    );
    const others = ['shop-1', 'sho'].map((namespace, i) =>
      service('web', { namespace, clusterIP: `10.96.2.${i}` }),
    );
    expectSame(compileObjects([...objects, ...others, slice('web-1', endpoints)]));
  });

  it('endpoints in the byte order of ip:port', () => {
    const many = ['10.244.1.9', '10.244.1.10', '10.244.1.1', '9.0.0.1'];
    expectSame(compileObjects([service('web'), slice('web', many)]));
  });

  it('IPv6', () => {
    expectSame(
      compileObjects([
        service('web', { clusterIPs: ['fd00:96::a', '10.96.0.10'] }),
        slice('web', ['fd00:244::b', 'fd00:244::10'], { addressType: 'IPv6' }),
      ]),
    );
  });

  it('a large cluster, without endpoint comments', () => {
    const many = Array.from({ length: 1001 }, (_, i) => `10.1.${i >> 8}.${i & 255}`);
    expectSame(compileObjects([service('web', balanced), slice('web', many)]));
  });

  it('two services at the same address', () => {
    expectSame(
      compileObjects([service('a'), slice('a', ['10.244.1.1']), service('b'), slice('b', ['10.244.1.1'])]),
    );
  });

  it('TCP and UDP ports of one number', () => {
    const ports = [
      { name: 'dns', port: 53, protocol: 'UDP' },
      { name: 'dns-tcp', port: 53, protocol: 'TCP' },
    ];
    expectSame(
      compileObjects([
        service('web', { ports }),
        slice('web', ['10.244.1.1'], { ports: [{ name: 'dns', port: 53, protocol: 'UDP' }] }),
      ]),
    );
  });

  it('TCP and UDP ports of one name', () => {
    const ports = [
      { name: 'dns', port: 53, protocol: 'UDP' },
      { name: 'dns', port: 53, protocol: 'TCP' },
    ];
    expectSame(compileObjects([service('web', { ports }), slice('web', ['10.244.1.1'], { ports })]));
  });

  it.each<[string, ApiObject]>([
    ['masqueradeAll', { iptables: { masqueradeAll: true } }],
    ['another mark', { iptables: { masqueradeBit: 3 } }],
    ['no localhost node ports', { iptables: { localhostNodePorts: false } }],
    ['tcpBeLiberal', { conntrack: { tcpBeLiberal: true } }],
    ['node port addresses', { nodePortAddresses: ['192.168.0.0/16'] }],
    ['node port addresses that match none', { nodePortAddresses: ['172.16.0.0/12', 'fd01::/64'] }],
    ['no local traffic', { clusterCIDR: '' }],
    ['a bridge', { detectLocalMode: 'BridgeInterface', detectLocal: { bridgeInterface: 'cni0' } }],
  ])('under %s', (_, config) => {
    const nodeOne = node('node-1', { addresses: ['192.168.0.1', '192.168.0.2'] });
    expectSame(compileObjects([nodeOne, service('web', balanced), slice('web', endpoints)], config));
  });

  it.each(caseNames)('the cluster of %s', (name) => {
    expectSame(
      compile({
        manifests: [{ text: readCase(name, 'cluster.yaml') }],
        config: readCase(name, 'config.json'),
      }),
    );
  });
});

describe('what kube-proxy left is grouped as it is compiled', () => {
  it.each(caseNames)('%s', (name) => {
    const result = compile({
      manifests: [{ text: readCase(name, 'cluster.yaml') }],
      config: readCase(name, 'config.json'),
    });
    for (const [family, file] of [
      ['ipv4', 'iptables-save.txt'],
      ['ipv6', 'ip6tables-save.txt'],
    ] as const) {
      const grouped = group(readCase(name, file), family);
      expect(grouped.strays).toEqual([]);
      const { ruleset } = familyOf(result, family);
      const names = (of: typeof ruleset) =>
        of.services.map(({ name: service, chains }) => [service, chains.map((chain) => chain.name)]);
      expect(names(grouped.ruleset)).toEqual(names(ruleset));
    }
  });
});

describe('groupByService', () => {
  const result = compileObjects([service('web', balanced), slice('web', endpoints)]);
  const text = printed(result);

  it('passes on the family', () => {
    expect(group(text, 'ipv6').ruleset.family).toBe('ipv6');
  });

  it('finds nothing in nothing', () => {
    expect(groupByService([], 'ipv4')).toEqual({
      ruleset: { family: 'ipv4', base: [], services: [] },
      strays: [],
    });
  });

  it('has the chains of ours that no service leads to as strays', () => {
    const stray = `KUBE-SVC-${'A'.repeat(16)}`;
    const grouped = group(
      text
        .replace(/^\*nat$/m, `*nat\n:${stray} - [0:0]`)
        .replace(/^# after all services$/m, `-A ${stray} -j KUBE-MARK-MASQ`),
    );
    expect(grouped.strays).toEqual([
      { name: stray, rules: [{ matches: [], target: { kind: 'jump', chain: 'KUBE-MARK-MASQ' } }] },
    ]);
    expect(printAgain(grouped)).toBe(text);
  });

  it('has the chains behind a lost rule as strays', () => {
    const without = text
      .split('\n')
      .filter((line) => !/^-A KUBE-(SERVICES|NODEPORTS|PROXY-FIREWALL) .*shop\/web/.test(line))
      .join('\n');
    const grouped = group(without);
    expect(grouped.ruleset.services).toEqual([]);
    expect(grouped.strays.map(({ name }) => name.split('-')[1]).toSorted()).toEqual([
      'EXT',
      'FW',
      'SEP',
      'SEP',
      'SVC',
    ]);
  });

  it('takes a chain that only a firewall chain leads to', () => {
    const chains = group(text).ruleset.services[0]?.chains.map(({ name }) => name);
    expect(chains?.slice(0, 3)).toEqual([`KUBE-EXT-${hash}`, `KUBE-FW-${hash}`, `KUBE-SVC-${hash}`]);
  });

  it('leaves foreign tables, chains and rules out', () => {
    const foreign = text
      .replace(
        /^\*nat$/m,
        `*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j KUBE-SERVICES\nCOMMIT\n*nat\n:DOCKER - [0:0]\n:KUBE-KUBELET-CANARY - [0:0]\n-A PREROUTING -j DOCKER-USER\n-A POSTROUTING -j DOCKER\n-A DOCKER -j RETURN`,
      )
      .replace(/^# for all services$/m, '-A INPUT -o eth0 -j ACCEPT\n-A INPUT -s 10.0.0.1/32 -j ACCEPT')
      .replace(/^# shop\/web$/gm, '-A KUBE-SERVICES -o eth0 -j ACCEPT');
    expect(foreign).not.toBe(text);
    const grouped = group(foreign);
    expect(printAgain(grouped)).toBe(text);
    expect(grouped.strays).toEqual([]);
  });

  it("does not take another's jump to a chain of ours in a chain of its own", () => {
    const other = text.replace(/^\*nat$/m, '*nat\n:CNI-X - [0:0]\n-A CNI-X -j KUBE-MARK-MASQ');
    expect(printAgain(group(other))).toBe(text);
  });

  it('sorts services by namespace, name and port name', () => {
    const lines = (names: readonly string[]) =>
      names
        .map((name) => `-A KUBE-SERVICES -m comment --comment "${name} has no endpoints" -j DROP\n`)
        .join('');
    const names = ['a/x:q', 'a-b/x', 'a/x-y', 'a/x:p', 'a/w'];
    const grouped = group(`*filter\n:KUBE-SERVICES - [0:0]\n${lines(names)}COMMIT\n`);
    expect(grouped.ruleset.services.map(({ name }) => name)).toEqual([
      'a/w',
      'a/x:p',
      'a/x:q',
      'a/x-y',
      'a-b/x',
    ]);
  });

  it('does not change the rules that it groups', () => {
    expect(chainRules(result, 'nat', `KUBE-SVC-${hash}`)).toHaveLength(3);
    expect(printed(result)).toBe(text);
  });
});
