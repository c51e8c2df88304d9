import { describe, expect, it } from 'vitest';
import {
  type ApiObject,
  compileObjects,
  endpoint,
  familyOf,
  leaving,
  node,
  plannedNames,
  plannedPort,
  type ServiceInput,
  type SliceInput,
  service,
  slice,
} from '../support/cluster-builder.ts';

const here = { node: 'node-1' };
const there = { node: 'node-2' };
const dead = { ready: false, serving: false };

/** The one port of `shop/web` with these endpoints. */
function plan(input: ServiceInput, endpoints: readonly (string | ApiObject)[] = [], more: ApiObject[] = []) {
  return plannedPort(compileObjects([service('web', input), slice('web', endpoints), ...more]), 'shop/web');
}

const sockets = (found: readonly { readonly socket: string }[]): string[] =>
  found.map(({ socket }) => socket);

describe('which Services count', () => {
  const names = (input: ServiceInput): string[] => plannedNames(compileObjects([service('web', input)]));

  it('one with a cluster IP does', () => {
    expect(names({})).toEqual(['shop/web']);
  });

  it.each<[string, ServiceInput]>([
    ['has the label of another proxy', { labels: { 'service.kubernetes.io/service-proxy-name': 'cilium' } }],
    [
      'has the label of another proxy, though empty',
      { labels: { 'service.kubernetes.io/service-proxy-name': '' } },
    ],
    ['is headless', { clusterIP: 'None' }],
    ['is headless in its list', { clusterIPs: ['None'] }],
    ['has an empty cluster IP', { clusterIP: '' }],
    ['is an external name', { type: 'ExternalName' }],
  ])('one that %s does not', (_, input) => {
    expect(names(input)).toEqual([]);
  });

  it('are sorted by namespace, name, port name and protocol', () => {
    const objects = [
      service('b', {
        clusterIP: '10.96.0.1',
        ports: [
          { name: 'x', port: 1, protocol: 'UDP' },
          { name: 'w', port: 2 },
        ],
      }),
      service('a', { clusterIP: '10.96.0.2' }),
      service('z', { clusterIP: '10.96.0.3', namespace: 'app' }),
      service('a-b', { clusterIP: '10.96.0.4' }),
    ];
    const expected = ['app/z', 'shop/a', 'shop/a-b', 'shop/b:w', 'shop/b:x'];
    expect(plannedNames(compileObjects(objects))).toEqual(expected);
    expect(plannedNames(compileObjects(objects.toReversed()))).toEqual(expected);
  });

  it('have one service port for each port and protocol', () => {
    const result = compileObjects([
      service('dns', {
        ports: [
          { name: 'dns-tcp', port: 53, protocol: 'TCP' },
          { name: 'dns', port: 53, protocol: 'UDP' },
          { name: 'assoc', port: 53, protocol: 'SCTP' },
        ],
      }),
    ]);
    const found = familyOf(result).plan.servicePorts.map(({ name, portName, protocol, port }) => [
      name,
      portName,
      protocol,
      port,
    ]);
    expect(found).toEqual([
      ['shop/dns:assoc', 'assoc', 'SCTP', 53],
      ['shop/dns:dns', 'dns', 'UDP', 53],
      ['shop/dns:dns-tcp', 'dns-tcp', 'TCP', 53],
    ]);
  });
});

describe('which slices count', () => {
  const found = (...slices: unknown[]): string[] =>
    sockets(plannedPort(compileObjects([service('web'), ...slices]), 'shop/web').choice.cluster);

  it('all that name the Service in its namespace', () => {
    expect(found(slice('web', ['10.244.1.1']), slice('web', ['10.244.1.2'], { name: 'web-2' }))).toEqual([
      '10.244.1.1:8080',
      '10.244.1.2:8080',
    ]);
  });

  it.each<[string, string, SliceInput]>([
    ['of another namespace', 'web', { namespace: 'app' }],
    ['that names another Service', 'api', {}],
    ['with the headless label', 'web', { labels: { 'service.kubernetes.io/headless': '' } }],
    ['of names instead of addresses', 'web', { addressType: 'FQDN' }],
    ['whose port has another name', 'web', { ports: [{ name: 'http', port: 8080 }] }],
    ['whose port has another protocol', 'web', { ports: [{ name: '', port: 8080, protocol: 'UDP' }] }],
  ])('not one %s', (_, owner, input) => {
    expect(found(slice(owner, ['10.244.1.1'], input))).toEqual([]);
  });

  it.each<[string, ApiObject]>([
    ['without a name', { port: 8080 }],
    ['without a number', { name: '' }],
    ['with number 0', { name: '', port: 0 }],
  ])('a port %s is left out with a warning', (_, port) => {
    const result = compileObjects([service('web'), slice('web', ['10.244.1.1'], { ports: [port] })]);
    expect(plannedPort(result, 'shop/web').choice.cluster).toEqual([]);
    expect(result.problems).toMatchObject([
      { kind: 'EndpointSlice', name: 'web-1', effect: 'port left out' },
    ]);
  });

  it('an endpoint without addresses is left out with a warning', () => {
    const result = compileObjects([service('web'), slice('web', [{ addresses: [] }, '10.244.1.2'])]);
    expect(sockets(plannedPort(result, 'shop/web').choice.cluster)).toEqual(['10.244.1.2:8080']);
    expect(result.problems).toMatchObject([
      { kind: 'EndpointSlice', field: 'endpoints[0].addresses[0]', effect: 'endpoint left out' },
    ]);
  });

  it('only the first address of an endpoint counts', () => {
    expect(found(slice('web', [{ addresses: ['10.244.1.1', '10.244.1.2'] }]))).toEqual(['10.244.1.1:8080']);
  });

  it('addresses are canonicalised, and so may turn out to be the same', () => {
    const result = compileObjects([
      service('web', { clusterIP: 'FD00:96:0::A' }),
      slice('web', ['FD00:244:0:0::0001', 'fd00:244::1'], { addressType: 'IPv6' }),
    ]);
    const port = plannedPort(result, 'shop/web', 'ipv6');
    expect(port.clusterAddress).toBe('fd00:96::a');
    expect(sockets(port.choice.cluster)).toEqual(['[fd00:244::1]:8080']);
  });

  it('an absent condition means ready, serving and not terminating', () => {
    const [found] = plan({}, ['10.244.1.1']).choice.cluster;
    expect(found?.origin).toMatchObject({ ready: true, serving: true, terminating: false });
  });

  it('legacy Endpoints count as one slice', () => {
    expect(found(legacy)).toEqual(['10.244.9.9:8080']);
  });

  it('legacy Endpoints are passed over where the Service has EndpointSlices', () => {
    expect(found(legacy, slice('web', ['10.244.1.1']))).toEqual(['10.244.1.1:8080']);
  });
});

const legacy = {
  apiVersion: 'v1',
  kind: 'Endpoints',
  metadata: { name: 'web', namespace: 'shop' },
  subsets: [{ addresses: [{ ip: '10.244.9.9' }], ports: [{ port: 8080 }] }],
};

describe('a service port', () => {
  it('is named ns/name without a port name, and ns/name:port with one', () => {
    expect(plannedNames(compileObjects([service('web')]))).toEqual(['shop/web']);
    expect(plannedNames(compileObjects([service('web', { ports: [{ name: 'http', port: 80 }] })]))).toEqual([
      'shop/web:http',
    ]);
  });

  it('has the addresses and ports of its Service', () => {
    const port = plan({
      type: 'LoadBalancer',
      ports: [{ port: 80, nodePort: 30080 }],
      externalIPs: ['192.0.2.1'],
      ingress: [{ ip: '198.51.100.1' }],
    });
    expect(port).toMatchObject({
      namespace: 'shop',
      service: 'web',
      portName: '',
      protocol: 'TCP',
      port: 80,
      clusterAddress: '10.96.0.10',
      externalAddresses: ['192.0.2.1'],
      loadBalancerAddresses: ['198.51.100.1'],
      nodePort: 30080,
      externallyReachable: true,
    });
  });

  it('is not externally reachable with a cluster IP alone', () => {
    expect(plan({})).toMatchObject({ externallyReachable: false, externalAddresses: [] });
  });

  it.each<[string, ServiceInput]>([
    ['a node port', { type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] }],
    ['an external IP', { externalIPs: ['192.0.2.1'] }],
    ['a load-balancer IP', { type: 'LoadBalancer', ingress: [{ ip: '198.51.100.1' }] }],
  ])('is externally reachable with %s', (_, input) => {
    expect(plan(input).externallyReachable).toBe(true);
  });

  it('takes only load-balancer entries with an IP whose mode is absent or VIP', () => {
    const port = plan({
      type: 'LoadBalancer',
      ingress: [
        { ip: '198.51.100.1' },
        { ip: '198.51.100.2', ipMode: 'VIP' },
        { ip: '198.51.100.3', ipMode: 'Proxy' },
        { hostname: 'lb.example.com' },
      ],
    });
    expect(port.loadBalancerAddresses).toEqual(['198.51.100.1', '198.51.100.2']);
  });

  it('is not externally reachable by a load-balancer IP in mode Proxy', () => {
    const port = plan({ type: 'LoadBalancer', ingress: [{ ip: '198.51.100.3', ipMode: 'Proxy' }] });
    expect(port.externallyReachable).toBe(false);
  });

  it('has no affinity unless the Service asks for it', () => {
    expect(plan({})).not.toHaveProperty('affinitySeconds');
    expect(plan({ sessionAffinity: 'None' })).not.toHaveProperty('affinitySeconds');
  });

  it('has an affinity of 10800 seconds by default', () => {
    expect(plan({ sessionAffinity: 'ClientIP' }).affinitySeconds).toBe(10_800);
  });

  it('has the affinity that the Service gives', () => {
    const sessionAffinityConfig = { clientIP: { timeoutSeconds: 90 } };
    expect(plan({ sessionAffinity: 'ClientIP', sessionAffinityConfig }).affinitySeconds).toBe(90);
  });

  it('has the health check port of a LoadBalancer with external policy Local', () => {
    const port = plan({
      type: 'LoadBalancer',
      externalTrafficPolicy: 'Local',
      healthCheckNodePort: 32000,
    });
    expect(port.healthCheckNodePort).toBe(32_000);
  });

  it.each<[string, ServiceInput]>([
    [
      'a LoadBalancer with policy Cluster',
      { type: 'LoadBalancer', externalTrafficPolicy: 'Cluster', healthCheckNodePort: 32000 },
    ],
    ['a NodePort', { type: 'NodePort', externalTrafficPolicy: 'Local', healthCheckNodePort: 32000 }],
    [
      'a LoadBalancer with port 0',
      { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 0 },
    ],
  ])('has no health check port from %s', (_, input) => {
    expect(plan(input)).not.toHaveProperty('healthCheckNodePort');
  });

  it('counts all endpoints, used or not', () => {
    const result = compileObjects([
      service('web'),
      slice('web', ['10.244.1.1', endpoint('10.244.1.2', dead), endpoint('10.244.1.3', leaving)]),
      service('api', { clusterIP: '10.96.0.11' }),
      slice('api', ['10.244.1.1', '10.244.1.4']),
    ]);
    expect(plannedPort(result, 'shop/web').endpointCount).toBe(3);
    expect(familyOf(result).plan.endpointCount).toBe(5);
  });
});

describe('traffic policies', () => {
  it.each(['LoadBalancer', 'NodePort'])('external Local counts for a %s', (type) => {
    expect(plan({ type, externalTrafficPolicy: 'Local' }).externalPolicy).toBe('Local');
  });

  it('external Local counts for a ClusterIP with external IPs', () => {
    expect(plan({ externalIPs: ['192.0.2.1'], externalTrafficPolicy: 'Local' }).externalPolicy).toBe('Local');
  });

  it('external Local does not count for a ClusterIP', () => {
    const port = plan({ externalTrafficPolicy: 'Local' }, [endpoint('10.244.1.1', here)]);
    expect(port).toMatchObject({ externalPolicy: 'Cluster', choice: { localReason: 'not used' } });
  });

  it('are Cluster by default', () => {
    expect(plan({ type: 'NodePort' })).toMatchObject({
      internalPolicy: 'Cluster',
      externalPolicy: 'Cluster',
    });
  });

  it('internal Local counts for the cluster IP', () => {
    expect(plan({ internalTrafficPolicy: 'Local' }).internalPolicy).toBe('Local');
  });
});

describe('which endpoints are used', () => {
  const endpoints = [endpoint('10.244.1.1', here), endpoint('10.244.2.1', there)];
  const open: ServiceInput = { type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] };
  const cluster = ['10.244.1.1:8080', '10.244.2.1:8080'];
  const local = ['10.244.1.1:8080'];

  it.each<[string, ServiceInput, string[], string[]]>([
    ['cluster ones for internal Cluster', {}, cluster, []],
    ['local ones alone for internal Local', { internalTrafficPolicy: 'Local' }, [], local],
    ['cluster ones for external Cluster', open, cluster, []],
    ['both for external Local', { ...open, externalTrafficPolicy: 'Local' }, cluster, local],
    [
      'both for internal Local with external Cluster',
      { ...open, internalTrafficPolicy: 'Local' },
      cluster,
      local,
    ],
    [
      'both for internal and external Local',
      { ...open, internalTrafficPolicy: 'Local', externalTrafficPolicy: 'Local' },
      cluster,
      local,
    ],
    [
      'cluster ones alone for external Local when the port cannot be reached from outside',
      { type: 'LoadBalancer', externalTrafficPolicy: 'Local' },
      cluster,
      [],
    ],
  ])('%s', (_, input, wantedCluster, wantedLocal) => {
    const { choice } = plan(input, endpoints);
    expect(sockets(choice.cluster)).toEqual(wantedCluster);
    expect(sockets(choice.local)).toEqual(wantedLocal);
    expect(sockets(choice.reachable)).toEqual(wantedCluster.length > 0 ? wantedCluster : wantedLocal);
  });

  it('those that the zone of the Node asks for', () => {
    const hinted = [
      endpoint('10.244.1.1', { forZones: ['zone-a'] }),
      endpoint('10.244.2.1', { forZones: ['zone-b'] }),
    ];
    const inZone = plan({}, hinted, [node('node-1', { zone: 'zone-b' })]);
    expect(inZone.choice.clusterReason).toBe('zone hints');
    expect(sockets(inZone.choice.cluster)).toEqual(['10.244.2.1:8080']);
    expect(plan({}, hinted, [node('node-1')]).choice.clusterReason).toBe('all ready');
    expect(plan({}, hinted).choice.clusterReason).toBe('all ready');
  });

  it('those that the hints for nodes ask for', () => {
    const hinted = [
      endpoint('10.244.1.1', { forNodes: ['node-1'] }),
      endpoint('10.244.2.1', { forNodes: ['node-2'] }),
    ];
    const { choice } = plan({}, hinted);
    expect(choice.clusterReason).toBe('node hints');
    expect(sockets(choice.cluster)).toEqual(['10.244.1.1:8080']);
  });
});

describe('verdicts', () => {
  const open: ServiceInput = { type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] };
  const bothLocal: ServiceInput = {
    ...open,
    internalTrafficPolicy: 'Local',
    externalTrafficPolicy: 'Local',
  };
  const verdicts = (input: ServiceInput, endpoints: readonly ApiObject[]): string[] => {
    const { internal, external } = plan(input, endpoints);
    return [internal.to, external.to];
  };

  it('policy Cluster goes to cluster endpoints', () => {
    expect(verdicts(open, [endpoint('10.244.2.1', there)])).toEqual([
      'cluster endpoints',
      'cluster endpoints',
    ]);
  });

  it('policy Local goes to local endpoints', () => {
    expect(verdicts(bothLocal, [endpoint('10.244.1.1', here)])).toEqual([
      'local endpoints',
      'local endpoints',
    ]);
  });

  it('internal and external policy are worked out by themselves', () => {
    const endpoints = [endpoint('10.244.2.1', there)];
    expect(verdicts({ ...open, externalTrafficPolicy: 'Local' }, endpoints)).toEqual([
      'cluster endpoints',
      'drop',
    ]);
    expect(verdicts({ ...open, internalTrafficPolicy: 'Local' }, endpoints)).toEqual([
      'drop',
      'cluster endpoints',
    ]);
  });

  it('policy Local drops when the endpoints are elsewhere', () => {
    expect(verdicts(bothLocal, [endpoint('10.244.2.1', there)])).toEqual(['drop', 'drop']);
  });

  it('policy Local goes to a local endpoint that terminates', () => {
    expect(
      verdicts(bothLocal, [endpoint('10.244.1.1', { ...here, ...leaving }), endpoint('10.244.2.1', there)]),
    ).toEqual(['local endpoints', 'local endpoints']);
  });

  it.each([
    ['Cluster', open],
    ['Local', bothLocal],
  ])('policy %s rejects when there is no endpoint at all', (_, input) => {
    expect(verdicts(input, [])).toEqual(['reject', 'reject']);
    expect(verdicts(input, [endpoint('10.244.1.1', { ...here, ...dead })])).toEqual(['reject', 'reject']);
  });

  it('internal Local alone drops when the endpoints elsewhere only terminate', () => {
    const port = plan({ internalTrafficPolicy: 'Local' }, [endpoint('10.244.2.1', { ...there, ...leaving })]);
    expect(port.internal.to).toBe('drop');
  });
});

describe('source ranges', () => {
  const balanced: ServiceInput = { type: 'LoadBalancer', ingress: [{ ip: '198.51.100.1' }] };
  const ranged = (...loadBalancerSourceRanges: string[]) =>
    plan({ ...balanced, loadBalancerSourceRanges }, [], [node('node-1', { addresses: ['192.168.0.1'] })]);

  it('make no filter when there are none', () => {
    expect(plan(balanced)).not.toHaveProperty('sourceFilter');
  });

  it('make a filter in their order', () => {
    expect(ranged('203.0.113.0/24', '10.0.0.0/8').sourceFilter).toEqual({
      cidrs: ['203.0.113.0/24', '10.0.0.0/8'],
      allowsNode: false,
    });
  });

  it('may have blanks around them', () => {
    expect(ranged(' 203.0.113.0/24 ').sourceFilter?.cidrs).toEqual(['203.0.113.0/24']);
  });

  it('mean no restriction when one is a /0', () => {
    expect(ranged('203.0.113.0/24', '0.0.0.0/0')).not.toHaveProperty('sourceFilter');
  });

  it('allow the node when one holds its address', () => {
    expect(ranged('203.0.113.0/24', '192.168.0.0/24').sourceFilter?.allowsNode).toBe(true);
    expect(ranged('192.168.1.0/24').sourceFilter?.allowsNode).toBe(false);
  });

  it('do not allow a node whose address is not known', () => {
    const port = plan({ ...balanced, loadBalancerSourceRanges: ['192.168.0.0/24'] });
    expect(port.sourceFilter?.allowsNode).toBe(false);
  });

  it('count for their own family alone', () => {
    const result = compileObjects([
      service('web', {
        type: 'LoadBalancer',
        clusterIPs: ['10.96.0.10', 'fd00:96::a'],
        ingress: [{ ip: '198.51.100.1' }, { ip: '2001:db8::1' }],
        loadBalancerSourceRanges: ['203.0.113.0/24', '::/0'],
      }),
    ]);
    expect(plannedPort(result, 'shop/web', 'ipv4').sourceFilter?.cidrs).toEqual(['203.0.113.0/24']);
    expect(plannedPort(result, 'shop/web', 'ipv6')).not.toHaveProperty('sourceFilter');
  });

  it('that cannot be read close the load-balancer IP rather than open it', () => {
    expect(ranged('203.0.113.0').loadBalancerAddresses).toEqual([]);
  });
});

describe('families', () => {
  const dual = service('web', {
    type: 'LoadBalancer',
    clusterIPs: ['10.96.0.10', 'fd00:96::a'],
    ports: [{ port: 80, nodePort: 30080 }],
    externalIPs: ['192.0.2.1', '2001:db8:1::1'],
    ingress: [{ ip: '198.51.100.1' }, { ip: '2001:db8:2::1' }],
  });

  it('have each its own addresses', () => {
    const result = compileObjects([dual]);
    expect(plannedPort(result, 'shop/web', 'ipv4')).toMatchObject({
      clusterAddress: '10.96.0.10',
      externalAddresses: ['192.0.2.1'],
      loadBalancerAddresses: ['198.51.100.1'],
      nodePort: 30080,
    });
    expect(plannedPort(result, 'shop/web', 'ipv6')).toMatchObject({
      clusterAddress: 'fd00:96::a',
      externalAddresses: ['2001:db8:1::1'],
      loadBalancerAddresses: ['2001:db8:2::1'],
      nodePort: 30080,
    });
  });

  it('have each its own endpoints', () => {
    const result = compileObjects([dual, slice('web', ['10.244.1.1'])]);
    expect(plannedPort(result, 'shop/web', 'ipv4').internal.to).toBe('cluster endpoints');
    expect(plannedPort(result, 'shop/web', 'ipv6').internal.to).toBe('reject');
    const other = compileObjects([dual, slice('web', ['fd00:244::1'], { addressType: 'IPv6' })]);
    expect(plannedPort(other, 'shop/web', 'ipv4').internal.to).toBe('reject');
    expect(sockets(plannedPort(other, 'shop/web', 'ipv6').choice.cluster)).toEqual(['[fd00:244::1]:8080']);
  });

  it('pass over a Service without a cluster IP of theirs', () => {
    const result = compileObjects([service('web', { externalIPs: ['2001:db8:1::1'] })]);
    expect(plannedNames(result, 'ipv4')).toEqual(['shop/web']);
    expect(plannedNames(result, 'ipv6')).toEqual([]);
    expect(plannedPort(result, 'shop/web').externalAddresses).toEqual([]);
  });

  it('do not reach a Service from outside by an address of the other family', () => {
    const result = compileObjects([service('web', { externalIPs: ['2001:db8:1::1'] })]);
    expect(plannedPort(result, 'shop/web').externallyReachable).toBe(false);
  });
});

describe('several nodes', () => {
  const objects = [
    node('node-1', { zone: 'zone-a' }),
    node('node-2', { zone: 'zone-b' }),
    service('web', { internalTrafficPolicy: 'Local' }),
    slice('web', [endpoint('10.244.1.1', here), endpoint('10.244.2.1', there)]),
  ];

  it.each([
    ['node-1', '10.244.1.1:8080'],
    ['node-2', '10.244.2.1:8080'],
  ])('%s has its own plan', (hostnameOverride, socket) => {
    const port = plannedPort(compileObjects(objects, { hostnameOverride }), 'shop/web');
    expect(sockets(port.choice.local)).toEqual([socket]);
  });
});
