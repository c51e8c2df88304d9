import { describe, expect, test } from 'vitest';
import type { EndpointSlice, SliceEndpoint } from '../../src/model/endpoint-slice.ts';
import { brief, clusterOf, type Json, node, pod, service } from './objects.ts';

const selecting = (spec: Json = {}, metadata: Json = {}) =>
  service({ selector: { app: 'web' }, ...spec }, metadata);

function slicesOf(...documents: unknown[]): { slices: readonly EndpointSlice[]; lines: string[] } {
  const { cluster, problems } = clusterOf(...documents);
  return { slices: cluster.slices.get('shop/web') ?? [], lines: brief(problems) };
}

/** `address:port` of every endpoint, with the name of the port. */
function sockets(...documents: unknown[]): string[] {
  const { slices, lines } = slicesOf(...documents);
  expect(lines).toEqual([]);
  return slices.flatMap(({ ports, endpoints }) =>
    endpoints.flatMap(({ address }) =>
      ports.map(({ name, protocol, port }) => `${name}=${address}:${port}/${protocol}`),
    ),
  );
}

/** The only endpoint of the only slice. */
function onlyEndpoint(...documents: unknown[]): SliceEndpoint {
  const { slices } = slicesOf(...documents);
  expect(slices).toHaveLength(1);
  expect(slices[0]?.endpoints).toHaveLength(1);
  return slices[0]?.endpoints[0] as SliceEndpoint;
}

describe('which Pods', () => {
  test('those of the namespace that have every label of the selector', () => {
    const labelled = (name: string, ip: string, labels: unknown, namespace = 'shop') =>
      pod({ metadata: { name, labels, namespace }, status: { podIPs: [{ ip }] } });
    const pods = [
      labelled('a', '10.0.0.1', { app: 'web', tier: 'x', more: 'y' }),
      labelled('b', '10.0.0.2', { app: 'web' }),
      labelled('c', '10.0.0.3', { tier: 'x' }),
      labelled('d', '10.0.0.4', { app: 'web', tier: 'x' }, 'other'),
      labelled('e', '10.0.0.5', { tier: 'x', app: 'web' }),
      labelled('f', '10.0.0.6', null),
      labelled('g', '10.0.0.7', { app: 'x', tier: 'web' }),
    ];
    const wanted = service({ selector: { app: 'web', tier: 'x' } });
    expect(sockets(node(), wanted, ...pods)).toEqual(['=10.0.0.1:80/TCP', '=10.0.0.5:80/TCP']);
  });

  test.each([{}, null, undefined])('none for the selector %j', (selector) => {
    expect(sockets(node(), service({ selector }), pod())).toEqual([]);
  });

  test('none for a label that is only inherited', () => {
    expect(sockets(node(), service({ selector: { constructor: 'x' } }), pod())).toEqual([]);
  });

  test('none for a Service that is skipped', () => {
    expect(sockets(node(), selecting({ clusterIP: 'None' }), pod())).toEqual([]);
  });

  test.each(['Succeeded', 'Failed'])('not one that has %s', (phase) => {
    expect(sockets(node(), selecting(), pod({ status: { phase } }))).toEqual([]);
  });

  test.each([{ podIPs: [], podIP: '' }, { podIPs: null, podIP: null }, { podIPs: undefined }])(
    'not one without an address: %j',
    (status) => {
      expect(sockets(node(), selecting(), pod({ status: { phase: 'Pending', ...status } }))).toEqual([]);
    },
  );

  test('not one on a node that is not there, with a warning, unless any state is wanted', () => {
    const lost = pod({ spec: { nodeName: 'gone' } });
    expect(slicesOf(node(), selecting(), lost)).toEqual({
      slices: [],
      lines: ['spec.nodeName: "gone"; no endpoint of Service web'],
    });
    expect(onlyEndpoint(node(), selecting({ publishNotReadyAddresses: true }), lost)).toMatchObject({
      address: '10.0.0.1',
      nodeName: 'gone',
    });
  });

  test('any, when the input has no nodes at all', () => {
    expect(sockets(selecting(), pod())).toEqual(['=10.0.0.1:80/TCP']);
  });
});

describe('target ports', () => {
  const container = (containerPort: number, over: Json = {}): Json => ({
    ports: [{ name: 'http', containerPort, ...over }],
  });

  test('a number stands for itself, and no container need have it', () => {
    const spec = {
      ports: [
        { port: 80, targetPort: 1234 },
        { name: 'b', port: 81 },
      ],
    };
    expect(sockets(node(), selecting(spec), pod({ spec: { containers: [] } }))).toEqual([
      '=10.0.0.1:1234/TCP',
      'b=10.0.0.1:81/TCP',
    ]);
  });

  test('a name is looked up in every Pod by itself', () => {
    const spec = { ports: [{ name: 'web', port: 80, targetPort: 'http' }] };
    const other = pod({
      metadata: { name: 'web-1' },
      spec: { containers: [container(9090)] },
      status: { podIPs: [{ ip: '10.0.0.2' }] },
    });
    const without = pod({
      metadata: { name: 'web-2' },
      spec: { containers: [{ ports: null }] },
      status: { podIPs: [{ ip: '10.0.0.3' }] },
    });
    expect(sockets(node(), selecting(spec), other, without, pod())).toEqual([
      'web=10.0.0.1:8080/TCP',
      'web=10.0.0.2:9090/TCP',
    ]);
  });

  test('a port whose name a Pod has not is left out, the others stay', () => {
    const spec = {
      ports: [
        { name: 'a', port: 80, targetPort: 'http' },
        { name: 'b', port: 81, targetPort: 'x' },
      ],
    };
    expect(sockets(node(), selecting(spec), pod())).toEqual(['a=10.0.0.1:8080/TCP']);
  });

  test('the protocol must be the same, too', () => {
    const spec = { ports: [{ port: 53, protocol: 'UDP', targetPort: 'http' }] };
    expect(sockets(node(), selecting(spec), pod())).toEqual([]);
    const containers = [container(1), container(2, { protocol: 'UDP' })];
    expect(sockets(node(), selecting(spec), pod({ spec: { containers } }))).toEqual(['=10.0.0.1:2/UDP']);
  });

  test('containers come first, then sidecars; other init containers have ended', () => {
    const spec = { ports: [{ port: 80, targetPort: 'http' }] };
    const initContainers = [container(1), { ...container(2), restartPolicy: 'Always' }];
    expect(sockets(node(), selecting(spec), pod({ spec: { containers: [], initContainers } }))).toEqual([
      '=10.0.0.1:2/TCP',
    ]);
    expect(sockets(node(), selecting(spec), pod({ spec: { initContainers } }))).toEqual([
      '=10.0.0.1:8080/TCP',
    ]);
    const onlyInit = pod({ spec: { containers: [], initContainers: initContainers.slice(0, 1) } });
    expect(sockets(node(), selecting(spec), onlyInit)).toEqual([]);
  });

  test('host network Pods of one node share its address and tell apart by their ports', () => {
    const spec = { ports: [{ port: 80, targetPort: 'http' }] };
    const onHost = (name: string, port: number) =>
      pod({
        metadata: { name },
        spec: { hostNetwork: true, containers: [container(port, { hostPort: port })] },
        status: { hostIP: '172.18.0.2', podIP: '172.18.0.2', podIPs: [{ ip: '172.18.0.2' }] },
      });
    expect(sockets(node(), selecting(spec), onHost('b', 2), onHost('a', 1))).toEqual([
      '=172.18.0.2:1/TCP',
      '=172.18.0.2:2/TCP',
    ]);
  });
});

describe('conditions', () => {
  const ready = [{ type: 'Ready', status: 'True' }];
  const unready = [{ type: 'Ready', status: 'False' }];
  const deletionTimestamp = '2026-11-20T13:28:47Z';

  test.each([
    ['a ready Pod', {}, ready, false, [true, true, false]],
    ['one that is not', {}, unready, false, [false, false, false]],
    ['one without conditions', {}, undefined, false, [false, false, false]],
    [
      'one with another condition',
      {},
      [{ type: 'Initialized', status: 'True' }],
      false,
      [false, false, false],
    ],
    ['a terminating one', { deletionTimestamp }, ready, false, [false, true, true]],
    ['a terminating one not ready', { deletionTimestamp }, unready, false, [false, false, true]],
    ['any state: not ready', {}, unready, true, [true, false, false]],
    ['any state: terminating', { deletionTimestamp }, ready, true, [true, true, true]],
    ['any state: terminating, not ready', { deletionTimestamp }, unready, true, [true, false, true]],
  ])('%s', (_, metadata, conditions, publishNotReadyAddresses, expected) => {
    const endpoint = onlyEndpoint(
      node(),
      selecting({ publishNotReadyAddresses }),
      pod({ metadata, status: { conditions } }),
    );
    expect([endpoint.ready, endpoint.serving, endpoint.terminating]).toEqual(expected);
  });
});

describe('families', () => {
  test('each has its slice, with the first address of the family', () => {
    const podIPs = ['10.0.0.1', 'FD00::1', '10.0.0.2'].map((ip) => ({ ip }));
    const { slices } = slicesOf(
      node(),
      selecting({ clusterIPs: ['10.96.0.10', 'fd00:96::10'] }),
      pod({ status: { podIPs, podIP: '10.0.0.1' } }),
    );
    expect(slices.map(({ family, endpoints }) => [family, endpoints.map(({ address }) => address)])).toEqual([
      ['ipv4', ['10.0.0.1']],
      ['ipv6', ['fd00::1']],
    ]);
  });

  test('podIP counts where there are no podIPs', () => {
    const status = { podIPs: undefined, podIP: '10.0.0.7' };
    expect(sockets(node(), selecting(), pod({ status }))).toEqual(['=10.0.0.7:80/TCP']);
  });

  test('an address that is wrong is left out by itself', () => {
    const podIPs = ['010.0.0.1', 'fd00::1'].map((ip) => ({ ip }));
    const { slices, lines } = slicesOf(node(), selecting(), pod({ status: { podIPs } }));
    expect(slices.map(({ family }) => family)).toEqual(['ipv6']);
    expect(lines).toEqual(['status.podIPs[0].ip: "010.0.0.1"; address left out']);
  });
});

describe('zones and hints', () => {
  const zoned = node('n1', 'zone-a');

  test('the zone is that of the node', () => {
    expect(onlyEndpoint(zoned, selecting(), pod())).toMatchObject({ nodeName: 'n1', zone: 'zone-a' });
    expect(onlyEndpoint(node(), selecting(), pod())).not.toHaveProperty('zone');
    const endpoint = onlyEndpoint(zoned, selecting(), pod({ spec: { nodeName: undefined } }));
    expect(endpoint).not.toHaveProperty('zone');
    expect(endpoint).not.toHaveProperty('nodeName');
  });

  test.each([
    [undefined, {}],
    ['', {}],
    ['Nonsense', {}],
    ['PreferClose', { zoneHints: ['zone-a'] }],
    ['PreferSameZone', { zoneHints: ['zone-a'] }],
    ['PreferSameNode', { zoneHints: ['zone-a'], nodeHints: ['n1'] }],
  ])('trafficDistribution %j gives %j', (trafficDistribution, expected) => {
    const { zoneHints, nodeHints } = onlyEndpoint(zoned, selecting({ trafficDistribution }), pod());
    expect({ ...(zoneHints && { zoneHints }), ...(nodeHints && { nodeHints }) }).toEqual(expected);
  });

  test('a node without a zone gives no zone hints', () => {
    const endpoint = onlyEndpoint(node(), selecting({ trafficDistribution: 'PreferSameNode' }), pod());
    expect(endpoint).not.toHaveProperty('zoneHints');
    expect(endpoint).toMatchObject({ nodeHints: ['n1'] });
  });
});

describe('Pods that are wrong', () => {
  test.each([
    ['metadata.name: "A"; Pod left out', { metadata: { name: 'A' } }],
    ['metadata.labels.app: 5; Pod left out', { metadata: { labels: { app: 5 } } }],
    ['status.podIPs: "10.0.0.1"; Pod left out', { status: { podIPs: '10.0.0.1' } }],
    ['spec.containers: {}; Pod left out', { spec: { containers: {} } }],
    ['spec.nodeName: 5; Pod left out', { spec: { nodeName: 5 } }],
  ])('%s', (line, over) => {
    expect(slicesOf(node(), selecting(), pod(over))).toEqual({ slices: [], lines: [line] });
  });

  test.each([0, 65536, -1, 80.5, '80', null])('container port %j is left out by itself', (containerPort) => {
    const containers = [
      {
        ports: [
          { name: 'x', containerPort },
          { name: 'http', containerPort: 8080 },
        ],
      },
    ];
    const { slices, lines } = slicesOf(
      node(),
      selecting({ ports: [{ port: 80, targetPort: 'http' }] }),
      pod({ spec: { containers } }),
    );
    expect(slices).toMatchObject([{ ports: [{ port: 8080 }] }]);
    expect([...new Set(lines)]).toEqual([
      `spec.containers[0].ports[0].containerPort: ${JSON.stringify(containerPort)}; container port left out`,
    ]);
  });
});
