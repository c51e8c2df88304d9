import { describe, expect, it } from 'vitest';
import type { CompileResult } from '../../src/compile.ts';
import { endpointChain, serviceChainHash } from '../../src/iptables/chain-name.ts';
import type { Family } from '../../src/model/family.ts';
import {
  type ApiObject,
  chainRules,
  compileObjects,
  declaredChains,
  endpoint,
  leaving,
  node,
  printed,
  type ServiceInput,
  service,
  slice,
} from '../support/cluster-builder.ts';

const hash = serviceChainHash('shop/web', 'tcp');
const svc = `KUBE-SVC-${hash}`;
const svl = `KUBE-SVL-${hash}`;
const ext = `KUBE-EXT-${hash}`;
const fw = `KUBE-FW-${hash}`;
const sep = (socket: string): string => endpointChain('shop/web', 'tcp', socket);

const here = { node: 'node-1' };
const there = { node: 'node-2' };
const mixed = [endpoint('10.244.1.1', here), endpoint('10.244.2.1', there)];
const [near, far] = [sep('10.244.1.1:8080'), sep('10.244.2.1:8080')];

const nodePort: ServiceInput = { type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] };
const balanced: ServiceInput = { type: 'LoadBalancer', ingress: [{ ip: '198.51.100.1' }] };
const unknownLocal = { clusterCIDR: '' };

const compileWeb = (
  input: ServiceInput = {},
  endpoints: readonly (string | ApiObject)[] = mixed,
  config: ApiObject = {},
): CompileResult =>
  compileObjects(
    [node('node-1', { addresses: ['192.168.0.1'] }), service('web', input), slice('web', endpoints)],
    config,
  );

/** Chains of services, sorted. */
const serviceChains = (result: CompileResult, family: Family = 'ipv4'): string[] =>
  declaredChains(result, family)
    .filter((name) => /^KUBE-(SVC|SVL|EXT|FW|SEP)-/.test(name))
    .toSorted();

describe('which chains exist', () => {
  it.each<[string, ServiceInput, string[]]>([
    ['SVC for a cluster IP', {}, [svc, near, far]],
    ['SVL alone for internal Local', { internalTrafficPolicy: 'Local' }, [svl, near]],
    ['EXT for a node port', nodePort, [svc, ext, near, far]],
    ['EXT for an external IP', { externalIPs: ['192.0.2.1'] }, [svc, ext, near, far]],
    ['EXT for a load-balancer IP', balanced, [svc, ext, near, far]],
    [
      'SVC and SVL for external Local',
      { ...nodePort, externalTrafficPolicy: 'Local' },
      [svc, svl, ext, near, far],
    ],
    [
      'SVC and SVL for internal Local with external Cluster',
      { ...nodePort, internalTrafficPolicy: 'Local' },
      [svc, svl, ext, near, far],
    ],
    [
      'FW with load-balancer IPs and source ranges',
      { ...balanced, loadBalancerSourceRanges: ['203.0.113.0/24'] },
      [svc, ext, fw, near, far],
    ],
    [
      'no FW with source ranges but no load-balancer IP',
      { ...nodePort, loadBalancerSourceRanges: ['203.0.113.0/24'] },
      [svc, ext, near, far],
    ],
    [
      'no FW with a source range of everybody',
      { ...balanced, loadBalancerSourceRanges: ['0.0.0.0/0'] },
      [svc, ext, near, far],
    ],
  ])('%s', (_, input, expected) => {
    expect(serviceChains(compileWeb(input))).toEqual(expected.toSorted());
  });

  it('none without any endpoint', () => {
    const input = { ...balanced, loadBalancerSourceRanges: ['203.0.113.0/24'] };
    expect(serviceChains(compileWeb(input, []))).toEqual([]);
    expect(serviceChains(compileWeb({ ...input, externalTrafficPolicy: 'Local' }, []))).toEqual([]);
  });

  it('no SVL when no endpoint is local', () => {
    const input = { ...nodePort, externalTrafficPolicy: 'Local' };
    expect(serviceChains(compileWeb(input, [endpoint('10.244.2.1', there)]))).toEqual(
      [svc, ext, far].toSorted(),
    );
  });

  it('none for internal Local when no endpoint is local', () => {
    expect(
      serviceChains(compileWeb({ internalTrafficPolicy: 'Local' }, [endpoint('10.244.2.1', there)])),
    ).toEqual([]);
  });

  it('a SEP for each reachable endpoint, those used only locally among them', () => {
    const endpoints = [endpoint('10.244.1.1', { ...here, ...leaving }), endpoint('10.244.2.1', there)];
    const result = compileWeb({ ...nodePort, externalTrafficPolicy: 'Local' }, endpoints);
    expect(serviceChains(result)).toEqual([svc, svl, ext, near, far].toSorted());
    expect(chainRules(result, 'nat', svc)).toHaveLength(2);
    expect(chainRules(result, 'nat', svc)[1]).toContain(`-j ${far}`);
    expect(chainRules(result, 'nat', svl)).toEqual([
      `-m comment --comment "shop/web -> 10.244.1.1:8080" -j ${near}`,
    ]);
  });

  it('no SEP for an endpoint that is not reachable', () => {
    const endpoints = [...mixed, endpoint('10.244.2.9', { ready: false, serving: false })];
    expect(serviceChains(compileWeb({}, endpoints))).toEqual([svc, near, far].toSorted());
  });
});

describe('the masquerade rule of the cluster IP', () => {
  const about = '-m comment --comment "shop/web cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ';
  const first = (config: ApiObject, input: ServiceInput = {}) =>
    chainRules(compileWeb(input, mixed, config), 'nat', svc)[0];

  it('is for who is not in the cluster CIDR', () => {
    expect(first({})).toBe(`! -s 10.244.0.0/16 -d 10.96.0.10/32 -p tcp ${about}`);
  });

  it('is for who is not in the pod CIDR of the Node', () => {
    const result = compileObjects(
      [node('node-1', { podCIDRs: ['10.244.1.0/24'] }), service('web'), slice('web', mixed)],
      { clusterCIDR: '', detectLocalMode: 'NodeCIDR' },
    );
    expect(chainRules(result, 'nat', svc)[0]).toBe(`! -s 10.244.1.0/24 -d 10.96.0.10/32 -p tcp ${about}`);
  });

  it('is for who does not come in by the bridge', () => {
    const config = { detectLocalMode: 'BridgeInterface', detectLocal: { bridgeInterface: 'cni0' } };
    expect(first(config)).toBe(`-d 10.96.0.10/32 ! -i cni0 -p tcp ${about}`);
  });

  it('is for who does not come in by an interface of the prefix', () => {
    const config = { detectLocalMode: 'InterfaceNamePrefix', detectLocal: { interfaceNamePrefix: 'veth' } };
    expect(first(config)).toBe(`-d 10.96.0.10/32 ! -i veth+ -p tcp ${about}`);
  });

  it('is for everybody under masqueradeAll, even when local traffic can be told', () => {
    expect(first({ iptables: { masqueradeAll: true } })).toBe(`-d 10.96.0.10/32 -p tcp ${about}`);
    expect(first({ ...unknownLocal, iptables: { masqueradeAll: true } })).toBe(
      `-d 10.96.0.10/32 -p tcp ${about}`,
    );
  });

  it('is left out when local traffic cannot be told', () => {
    expect(chainRules(compileWeb({}, mixed, unknownLocal), 'nat', svc).join('\n')).not.toContain('MARK-MASQ');
  });

  it('stands in SVL for internal Local, and not in SVC', () => {
    const result = compileWeb({ ...nodePort, internalTrafficPolicy: 'Local' });
    expect(chainRules(result, 'nat', svl)[0]).toBe(`! -s 10.244.0.0/16 -d 10.96.0.10/32 -p tcp ${about}`);
    expect(chainRules(result, 'nat', svc).join('\n')).not.toContain('MARK-MASQ');
  });

  it('stands in SVC for internal Cluster, and not in SVL', () => {
    const result = compileWeb({ ...nodePort, externalTrafficPolicy: 'Local' });
    expect(chainRules(result, 'nat', svc)[0]).toContain('MARK-MASQ');
    expect(chainRules(result, 'nat', svl)).toEqual([
      `-m comment --comment "shop/web -> 10.244.1.1:8080" -j ${near}`,
    ]);
  });
});

describe('SVC and SVL', () => {
  const note = (socket: string) => `-m comment --comment "shop/web -> ${socket}"`;
  const random = (probability: string) => `-m statistic --mode random --probability ${probability}`;

  it('share 1/n to the first, 1/(n-1) to the next, and the rest to the last', () => {
    const endpoints = ['10.244.1.1', '10.244.1.2', '10.244.1.3', '10.244.1.4'];
    expect(chainRules(compileWeb({}, endpoints, unknownLocal), 'nat', svc)).toEqual([
      `${note('10.244.1.1:8080')} ${random('0.2500000000')} -j ${sep('10.244.1.1:8080')}`,
      `${note('10.244.1.2:8080')} ${random('0.3333333333')} -j ${sep('10.244.1.2:8080')}`,
      `${note('10.244.1.3:8080')} ${random('0.5000000000')} -j ${sep('10.244.1.3:8080')}`,
      `${note('10.244.1.4:8080')} -j ${sep('10.244.1.4:8080')}`,
    ]);
  });

  it('send everything to a lone endpoint', () => {
    expect(chainRules(compileWeb({}, ['10.244.1.1'], unknownLocal), 'nat', svc)).toEqual([
      `${note('10.244.1.1:8080')} -j ${near}`,
    ]);
  });

  it('follow the byte order of ip:port', () => {
    const rules = chainRules(compileWeb({}, ['10.244.1.9', '10.244.1.10'], unknownLocal), 'nat', svc);
    expect(rules.map((line) => /-> (\S+)"/.exec(line)?.[1])).toEqual(['10.244.1.10:8080', '10.244.1.9:8080']);
  });

  it('first look up who came before under ClientIP affinity', () => {
    const input = {
      sessionAffinity: 'ClientIP',
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 90 } },
    };
    const recent = (list: string) => `-m recent --rcheck --seconds 90 --reap --name ${list} --rsource`;
    expect(chainRules(compileWeb(input), 'nat', svc).slice(1)).toEqual([
      `${note('10.244.1.1:8080')} ${recent(near)} -j ${near}`,
      `${note('10.244.2.1:8080')} ${recent(far)} -j ${far}`,
      `${note('10.244.1.1:8080')} ${random('0.5000000000')} -j ${near}`,
      `${note('10.244.2.1:8080')} -j ${far}`,
    ]);
  });

  it('look up for 10800 seconds by default, and only local endpoints in SVL', () => {
    const input = { ...nodePort, externalTrafficPolicy: 'Local', sessionAffinity: 'ClientIP' };
    expect(chainRules(compileWeb(input), 'nat', svl)).toEqual([
      `${note('10.244.1.1:8080')} -m recent --rcheck --seconds 10800 --reap --name ${near} --rsource -j ${near}`,
      `${note('10.244.1.1:8080')} -j ${near}`,
    ]);
  });
});

describe('SEP', () => {
  it('marks what the endpoint sends to itself, and rewrites the destination', () => {
    expect(chainRules(compileWeb(), 'nat', near)).toEqual([
      '-s 10.244.1.1/32 -m comment --comment "shop/web" -j KUBE-MARK-MASQ',
      '-p tcp -m comment --comment "shop/web" -m tcp -j DNAT --to-destination 10.244.1.1:8080',
    ]);
  });

  it('remembers who comes under ClientIP affinity', () => {
    expect(chainRules(compileWeb({ sessionAffinity: 'ClientIP' }), 'nat', near)).toEqual([
      '-s 10.244.1.1/32 -m comment --comment "shop/web" -j KUBE-MARK-MASQ',
      `-p tcp -m comment --comment "shop/web" -m recent --set --name ${near} --rsource -m tcp -j DNAT --to-destination 10.244.1.1:8080`,
    ]);
  });

  it.each(['UDP', 'SCTP'])('of %s', (protocol) => {
    const lower = protocol.toLowerCase();
    const result = compileObjects([
      service('web', { ports: [{ name: 'p', port: 53, protocol }] }),
      slice('web', ['10.244.1.1'], { ports: [{ name: 'p', port: 5353, protocol }] }),
    ]);
    const name = endpointChain('shop/web:p', lower, '10.244.1.1:5353');
    expect(chainRules(result, 'nat', name)).toEqual([
      '-s 10.244.1.1/32 -m comment --comment "shop/web:p" -j KUBE-MARK-MASQ',
      `-p ${lower} -m comment --comment "shop/web:p" -m ${lower} -j DNAT --to-destination 10.244.1.1:5353`,
    ]);
    const chain = `KUBE-SVC-${serviceChainHash('shop/web:p', lower)}`;
    expect(chainRules(result, 'nat', chain)).toEqual([
      `! -s 10.244.0.0/16 -d 10.96.0.10/32 -p ${lower} -m comment --comment "shop/web:p cluster IP" -m ${lower} --dport 53 -j KUBE-MARK-MASQ`,
      `-m comment --comment "shop/web:p -> 10.244.1.1:5353" -j ${name}`,
    ]);
  });

  it('of IPv6 rewrites to [ip]:port', () => {
    const result = compileObjects([
      service('web', { clusterIP: 'fd00:96::a' }),
      slice('web', ['fd00:244::1'], { addressType: 'IPv6' }),
    ]);
    expect(chainRules(result, 'nat', sep('[fd00:244::1]:8080'), 'ipv6')).toEqual([
      '-s fd00:244::1/128 -m comment --comment "shop/web" -j KUBE-MARK-MASQ',
      '-p tcp -m comment --comment "shop/web" -m tcp -j DNAT --to-destination [fd00:244::1]:8080',
    ]);
    expect(chainRules(result, 'nat', svc, 'ipv6')).toEqual([
      '! -s fd00:244::/32 -d fd00:96::a/128 -p tcp -m comment --comment "shop/web cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ',
      `-m comment --comment "shop/web -> [fd00:244::1]:8080" -j ${sep('[fd00:244::1]:8080')}`,
    ]);
    expect(serviceChains(result, 'ipv4')).toEqual([]);
  });
});

describe('EXT', () => {
  const about = (what: string) => `-m comment --comment "${what} shop/web external destinations"`;
  const fromHost = '-m addrtype --src-type LOCAL';
  const local = { ...nodePort, externalTrafficPolicy: 'Local' };

  it('marks everything under policy Cluster', () => {
    expect(chainRules(compileWeb(nodePort), 'nat', ext)).toEqual([
      `${about('masquerade traffic for')} -j KUBE-MARK-MASQ`,
      `-j ${svc}`,
    ]);
  });

  it('marks everything under policy Cluster even with internal Local', () => {
    expect(chainRules(compileWeb({ ...nodePort, internalTrafficPolicy: 'Local' }), 'nat', ext)).toEqual([
      `${about('masquerade traffic for')} -j KUBE-MARK-MASQ`,
      `-j ${svc}`,
    ]);
  });

  it('short-circuits local pods and the node under policy Local', () => {
    expect(chainRules(compileWeb(local), 'nat', ext)).toEqual([
      `-s 10.244.0.0/16 ${about('pod traffic for')} -j ${svc}`,
      `${about('masquerade LOCAL traffic for')} ${fromHost} -j KUBE-MARK-MASQ`,
      `${about('route LOCAL traffic for')} ${fromHost} -j ${svc}`,
      `-j ${svl}`,
    ]);
  });

  it('short-circuits what comes in by the bridge', () => {
    const config = { detectLocalMode: 'BridgeInterface', detectLocal: { bridgeInterface: 'cni0' } };
    expect(chainRules(compileWeb(local, mixed, config), 'nat', ext)[0]).toBe(
      `-i cni0 ${about('pod traffic for')} -j ${svc}`,
    );
  });

  it('short-circuits what comes in by an interface of the prefix', () => {
    const config = { detectLocalMode: 'InterfaceNamePrefix', detectLocal: { interfaceNamePrefix: 'veth' } };
    expect(chainRules(compileWeb(local, mixed, config), 'nat', ext)[0]).toBe(
      `-i veth+ ${about('pod traffic for')} -j ${svc}`,
    );
  });

  it('short-circuits the node alone when local pods cannot be told', () => {
    expect(chainRules(compileWeb(local, mixed, unknownLocal), 'nat', ext)).toEqual([
      `${about('masquerade LOCAL traffic for')} ${fromHost} -j KUBE-MARK-MASQ`,
      `${about('route LOCAL traffic for')} ${fromHost} -j ${svc}`,
      `-j ${svl}`,
    ]);
  });

  it('ends with the short circuits when no endpoint is local', () => {
    const rules = chainRules(compileWeb(local, [endpoint('10.244.2.1', there)]), 'nat', ext);
    expect(rules).toEqual([
      `-s 10.244.0.0/16 ${about('pod traffic for')} -j ${svc}`,
      `${about('masquerade LOCAL traffic for')} ${fromHost} -j KUBE-MARK-MASQ`,
      `${about('route LOCAL traffic for')} ${fromHost} -j ${svc}`,
    ]);
  });
});

describe('FW', () => {
  const note = '-m comment --comment "shop/web loadbalancer IP"';
  const end = '-m comment --comment "other traffic to shop/web will be dropped by KUBE-PROXY-FIREWALL"';

  it('lets each source range through', () => {
    const loadBalancerSourceRanges = ['203.0.113.0/24', '10.0.0.0/8'];
    expect(chainRules(compileWeb({ ...balanced, loadBalancerSourceRanges }), 'nat', fw)).toEqual([
      `-s 203.0.113.0/24 ${note} -j ${ext}`,
      `-s 10.0.0.0/8 ${note} -j ${ext}`,
      end,
    ]);
  });

  it('lets each load-balancer IP through when a range holds the IP of the node', () => {
    const input = {
      type: 'LoadBalancer',
      ingress: [{ ip: '198.51.100.1' }, { ip: '198.51.100.2' }],
      loadBalancerSourceRanges: ['192.168.0.0/16'],
    };
    expect(chainRules(compileWeb(input), 'nat', fw)).toEqual([
      `-s 192.168.0.0/16 ${note} -j ${ext}`,
      `-s 198.51.100.1/32 ${note} -j ${ext}`,
      `-s 198.51.100.2/32 ${note} -j ${ext}`,
      end,
    ]);
  });
});

describe('large clusters', () => {
  /** `count` endpoints in all, those of `shop/other` among them, which are not used. */
  function compileMany(count: number): CompileResult {
    const unused = 100;
    const addresses = Array.from({ length: count - unused - 1 }, (_, i) => `10.1.${i >> 8}.${i & 255}`);
    return compileObjects([
      service('web', nodePort),
      slice('web', ['10.244.1.1']),
      service('many', { clusterIP: '10.96.0.11' }),
      slice('many', addresses),
      service('other', { clusterIP: '10.96.0.12' }),
      slice(
        'other',
        Array.from({ length: unused }, (_, i) => endpoint(`10.2.0.${i}`, { ready: false, serving: false })),
      ),
    ]);
  }

  it('have comments up to 1000 endpoints', () => {
    const result = compileMany(1000);
    expect(chainRules(result, 'nat', near)[0]).toBe(
      '-s 10.244.1.1/32 -m comment --comment "shop/web" -j KUBE-MARK-MASQ',
    );
    expect(chainRules(result, 'nat', svc)[1]).toBe(
      `-m comment --comment "shop/web -> 10.244.1.1:8080" -j ${near}`,
    );
  });

  it('have none in SVC, SVL and SEP above 1000, and the others all the same', () => {
    const result = compileMany(1001);
    expect(chainRules(result, 'nat', near)).toEqual([
      '-s 10.244.1.1/32 -j KUBE-MARK-MASQ',
      '-p tcp -m tcp -j DNAT --to-destination 10.244.1.1:8080',
    ]);
    expect(chainRules(result, 'nat', svc)).toEqual([
      '! -s 10.244.0.0/16 -d 10.96.0.10/32 -p tcp -m comment --comment "shop/web cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ',
      `-j ${near}`,
    ]);
    expect(chainRules(result, 'nat', ext)[0]).toBe(
      '-m comment --comment "masquerade traffic for shop/web external destinations" -j KUBE-MARK-MASQ',
    );
    expect(chainRules(result, 'nat', 'KUBE-SERVICES')).toContain(
      `-d 10.96.0.10/32 -p tcp -m comment --comment "shop/web cluster IP" -m tcp --dport 80 -j ${svc}`,
    );
    expect(chainRules(result, 'nat', 'KUBE-NODEPORTS')).toEqual([
      `-p tcp -m comment --comment "shop/web" -m tcp --dport 30080 -j ${ext}`,
    ]);
    expect(printed(result)).not.toContain(' -> ');
  });

  it('are counted in each family by itself', () => {
    const addresses = Array.from({ length: 1001 }, (_, i) => `fd00:1::${(i + 1).toString(16)}`);
    const result = compileObjects([
      service('web', { clusterIPs: ['10.96.0.10', 'fd00:96::a'] }),
      slice('web', ['10.244.1.1']),
      slice('web', addresses, { name: 'web-v6', addressType: 'IPv6' }),
    ]);
    expect(printed(result, 'ipv4')).toContain('"shop/web -> 10.244.1.1:8080"');
    expect(printed(result, 'ipv6')).not.toContain('shop/web -> ');
  });
});

describe('names of full length', () => {
  it('fit into comments', () => {
    const [ns, name, portName] = ['n', 's', 'p'].map((letter) => letter.repeat(63)) as [
      string,
      string,
      string,
    ];
    const result = compileObjects([
      service(name, {
        namespace: ns,
        type: 'LoadBalancer',
        clusterIP: 'fd00:96::a',
        ports: [{ name: portName, port: 65535, nodePort: 32767 }],
        ingress: [{ ip: '2001:db8::1' }],
        loadBalancerSourceRanges: ['2001:db8::/32'],
        externalTrafficPolicy: 'Local',
        healthCheckNodePort: 32000,
      }),
      slice(name, ['fd00:1111:2222:3333:4444:5555:6666:7777'], {
        namespace: ns,
        name: 'x',
        addressType: 'IPv6',
        ports: [{ name: portName, port: 65535 }],
      }),
    ]);
    expect(printed(result, 'ipv6')).toContain(
      `"${ns}/${name}:${portName} -> [fd00:1111:2222:3333:4444:5555:6666:7777]:65535"`,
    );
  });
});
