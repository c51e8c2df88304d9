import { describe, expect, test } from 'vitest';
import { readEndpoints } from '../../src/kube/read-endpoints.ts';
import { brief, clusterOf, endpoints, file, node, pod, readWith, service, slice } from './objects.ts';

const readyNow = { ready: true, serving: true, terminating: false };
const notReady = { ready: false, serving: false, terminating: false };

describe('readEndpoints', () => {
  test('makes a slice of each subset and family', () => {
    const { value, problems } = readWith(
      readEndpoints,
      endpoints([
        {
          addresses: [{ ip: '10.0.0.1', nodeName: 'n1' }, { ip: 'FD00::0001' }],
          notReadyAddresses: [{ ip: '10.0.0.2' }],
          ports: [
            { name: 'http', port: 8080 },
            { name: 'dns', port: 53, protocol: 'UDP' },
          ],
        },
        { addresses: [{ ip: '10.0.0.3' }], ports: [{ port: 9090 }] },
      ]),
    );
    const ports = [
      { name: 'http', protocol: 'TCP', port: 8080 },
      { name: 'dns', protocol: 'UDP', port: 53 },
    ];
    const common = { file, namespace: 'shop', serviceName: 'web' };
    expect(problems).toEqual([]);
    expect(value).toEqual([
      {
        ...common,
        name: 'web-ipv4-0',
        family: 'ipv4',
        ports,
        endpoints: [
          { address: '10.0.0.1', nodeName: 'n1', ...readyNow },
          { address: '10.0.0.2', ...notReady },
        ],
      },
      {
        ...common,
        name: 'web-ipv6-0',
        family: 'ipv6',
        ports,
        endpoints: [{ address: 'fd00::1', ...readyNow }],
      },
      {
        ...common,
        name: 'web-ipv4-1',
        family: 'ipv4',
        ports: [{ name: '', protocol: 'TCP', port: 9090 }],
        endpoints: [{ address: '10.0.0.3', ...readyNow }],
      },
    ]);
  });

  test.each([[undefined], [null], [[]], [[{}]], [[{ ports: [{ port: 80 }] }]]])(
    'subsets %j are none',
    (subsets) => {
      expect(readWith(readEndpoints, endpoints(subsets))).toEqual({ value: [], problems: [] });
    },
  );

  test('headless ones do not count', () => {
    const object = endpoints([{ addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 80 }] }], {
      labels: { 'service.kubernetes.io/headless': '' },
    });
    expect(readWith(readEndpoints, object)).toEqual({ value: [], problems: [] });
  });

  test('a subset, an address or a port that is wrong is left out by itself', () => {
    const { value, problems } = readWith(
      readEndpoints,
      endpoints([
        'x',
        {
          addresses: [{ ip: '10.0.0.1' }, { ip: '010.0.0.1' }, { ip: 5 }, null],
          notReadyAddresses: [{ ip: '::ffff:10.0.0.1' }],
          ports: [
            { port: 0 },
            { port: 80 },
            { port: 81, protocol: 'x' },
            { name: 'B"', port: 82 },
            { name: 5, port: 83 },
          ],
        },
      ]),
    );
    expect(value).toMatchObject([{ ports: [{ port: 80 }], endpoints: [{ address: '10.0.0.1' }] }]);
    expect(value[0]?.endpoints).toHaveLength(1);
    expect(brief(problems)).toEqual([
      'subsets[0]: "x"; subset left out',
      'subsets[1].addresses[1].ip: "010.0.0.1"; endpoint left out',
      'subsets[1].addresses[2].ip: 5; endpoint left out',
      'subsets[1].addresses[3]: null; endpoint left out',
      'subsets[1].notReadyAddresses[0].ip: "::ffff:10.0.0.1"; endpoint left out',
      'subsets[1].ports[0].port: 0; port left out',
      'subsets[1].ports[2].protocol: "x"; port left out',
      'subsets[1].ports[3].name: "B\\""; port left out',
      'subsets[1].ports[4].name: 5; port left out',
    ]);
    // A person must learn what would be right.
    for (const { expected } of problems) expect(expected).not.toMatch(/invalid/i);
  });

  test('nothing is left of one whose name or subsets are wrong', () => {
    expect(brief(readWith(readEndpoints, endpoints({})).problems)).toEqual([
      'subsets: {}; Endpoints left out',
    ]);
    expect(brief(readWith(readEndpoints, endpoints([], { name: 'A' })).problems)).toEqual([
      'metadata.name: "A"; Endpoints left out',
    ]);
  });
});

describe('Endpoints in a cluster', () => {
  const legacy = endpoints([{ addresses: [{ ip: '10.0.0.9' }], ports: [{ port: 80 }] }]);
  const addresses = (...documents: unknown[]) =>
    clusterOf(...documents)
      .cluster.slices.get('shop/web')
      ?.flatMap((one) => one.endpoints.map(({ address }) => address));

  test('count where their Service has no slice', () => {
    expect(addresses(service(), legacy)).toEqual(['10.0.0.9']);
    const elsewhere = slice({}, { labels: { 'kubernetes.io/service-name': 'other' } });
    expect(addresses(service(), service({}, { name: 'other' }), legacy, elsewhere)).toEqual(['10.0.0.9']);
    const otherNamespace = slice({}, { namespace: 'x' });
    expect(addresses(service(), service({}, { namespace: 'x' }), legacy, otherNamespace)).toEqual([
      '10.0.0.9',
    ]);
  });

  test('do not where it has one, whichever comes first, even one that is unusable', () => {
    expect(addresses(service(), legacy, slice())).toEqual(['10.0.0.1']);
    expect(addresses(service(), slice(), legacy)).toEqual(['10.0.0.1']);
    expect(addresses(service(), slice({ addressType: 'x' }), legacy)).toBeUndefined();
  });

  test('keep Pods from standing in', () => {
    const selecting = service({ selector: { app: 'web' } });
    expect(addresses(selecting, node(), pod(), legacy)).toEqual(['10.0.0.9']);
    expect(addresses(selecting, node(), pod(), endpoints([]))).toBeUndefined();
  });

  test('of a Service that is not there are reported', () => {
    const { cluster, problems } = clusterOf(service({}, { name: 'other' }), legacy);
    expect([...cluster.slices]).toEqual([]);
    expect(problems).toMatchObject([
      { file, kind: 'Endpoints', namespace: 'shop', name: 'web', field: 'metadata.name', value: 'web' },
    ]);
  });
});
