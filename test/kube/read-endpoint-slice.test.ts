import { describe, expect, test } from 'vitest';
import { readEndpointSlice } from '../../src/kube/read-endpoint-slice.ts';
import type { EndpointSlice } from '../../src/model/endpoint-slice.ts';
import type { Problem } from '../../src/model/problem.ts';
import { brief, file, type Json, readWith, slice } from './objects.ts';

function read(over: Json = {}, metadata: Json = {}): { value: EndpointSlice; problems: Problem[] } {
  const { value, problems } = readWith(readEndpointSlice, slice(over, metadata));
  if (!value) throw new Error(`left out: ${brief(problems)}`);
  return { value, problems };
}

describe('readEndpointSlice', () => {
  test('reads a slice; an endpoint without conditions is ready, serving and not terminating', () => {
    const { value, problems } = read();
    expect(problems).toEqual([]);
    expect(value).toEqual({
      file,
      namespace: 'shop',
      name: 'web-1',
      serviceName: 'web',
      family: 'ipv4',
      ports: [{ name: '', protocol: 'TCP', port: 8080 }],
      endpoints: [{ address: '10.0.0.1', ready: true, serving: true, terminating: false }],
    });
  });

  test.each([
    [{}, true, true, false],
    [null, true, true, false],
    [{ ready: null, serving: null, terminating: null }, true, true, false],
    [{ ready: false }, false, true, false],
    [{ ready: false, serving: true, terminating: true }, false, true, true],
    [{ ready: false, serving: false, terminating: true }, false, false, true],
    [{ terminating: true }, true, true, true],
  ])('conditions %j are ready %s, serving %s, terminating %s', (conditions, ready, serving, terminating) => {
    const { value } = read({ endpoints: [{ addresses: ['10.0.0.1'], conditions }] });
    expect(value.endpoints).toEqual([{ address: '10.0.0.1', ready, serving, terminating }]);
  });

  test('reads node, zone and hints; empty hints are none', () => {
    const hints = { forZones: [{ name: 'a' }, { name: 'b' }], forNodes: [{ name: 'n1' }] };
    const { value } = read({
      endpoints: [
        { addresses: ['10.0.0.1'], nodeName: 'n1', zone: 'a', hints },
        { addresses: ['10.0.0.2'], nodeName: '', zone: '', hints: { forZones: [], forNodes: [] } },
        { addresses: ['10.0.0.3'], hints: null },
      ],
    });
    const conditions = { ready: true, serving: true, terminating: false };
    expect(value.endpoints).toEqual([
      {
        address: '10.0.0.1',
        nodeName: 'n1',
        zone: 'a',
        zoneHints: ['a', 'b'],
        nodeHints: ['n1'],
        ...conditions,
      },
      { address: '10.0.0.2', ...conditions },
      { address: '10.0.0.3', ...conditions },
    ]);
  });

  test('only the first address counts, in its canonical form', () => {
    const endpoints = [{ addresses: ['FD00::00A', 'nonsense'] }];
    const { value, problems } = read({ addressType: 'IPv6', endpoints });
    expect(value).toMatchObject({ family: 'ipv6', endpoints: [{ address: 'fd00::a' }] });
    expect(problems).toEqual([]);
  });

  test('no endpoints are no problem', () => {
    for (const endpoints of [[], null, undefined]) {
      const { value, problems } = read({ endpoints });
      expect(value.endpoints).toEqual([]);
      expect(problems).toEqual([]);
    }
  });
});

describe('a slice that does not count', () => {
  test.each([
    ['FQDN', { addressType: 'FQDN', endpoints: [{ addresses: ['example.com'] }] }, {}],
    [
      'headless',
      {},
      { labels: { 'kubernetes.io/service-name': 'web', 'service.kubernetes.io/headless': '' } },
    ],
  ])('%s: silently', (_, over, metadata) => {
    expect(readWith(readEndpointSlice, slice(over, metadata))).toEqual({ value: null, problems: [] });
  });

  test.each([
    ['metadata.labels["kubernetes.io/service-name"]', {}, { labels: {} }],
    ['metadata.labels["kubernetes.io/service-name"]', {}, { labels: null }],
    ['metadata.labels["kubernetes.io/service-name"]', {}, { labels: { 'kubernetes.io/service-name': '' } }],
    ['ports', { ports: [] }, {}],
    ['ports', { ports: null }, {}],
    ['ports', { ports: undefined }, {}],
    ['ports', { ports: '80' }, {}],
    ['addressType', { addressType: 'ipv4' }, {}],
    ['addressType', { addressType: undefined }, {}],
    ['endpoints', { endpoints: {} }, {}],
    ['metadata.name', {}, { name: 'a"b' }],
    ['metadata.name', {}, { name: 'a..b' }],
    ['metadata.name', {}, { name: 'a'.repeat(254) }],
    ['metadata.namespace', {}, { namespace: 'x\ny' }],
  ])('%s: with a warning', (field, over, metadata) => {
    const { value, problems } = readWith(readEndpointSlice, slice(over, metadata));
    expect(value).toBeUndefined();
    expect(problems).toMatchObject([
      { file, kind: 'EndpointSlice', field, effect: 'EndpointSlice left out' },
    ]);
  });
});

describe('what is left out by itself', () => {
  test.each([
    [{ port: 80 }, 'ports[1].name: undefined; port left out'],
    [{ name: null, port: 80 }, 'ports[1].name: null; port left out'],
    [{ name: 'A"', port: 80 }, 'ports[1].name: "A\\""; port left out'],
    [{ name: 'x' }, 'ports[1].port: undefined; port left out'],
    [{ name: 'x', port: null }, 'ports[1].port: null; port left out'],
    [{ name: 'x', port: 0 }, 'ports[1].port: 0; port left out'],
    [{ name: 'x', port: -1 }, 'ports[1].port: -1; port left out'],
    [{ name: 'x', port: 65536 }, 'ports[1].port: 65536; port left out'],
    [{ name: 'x', port: 80.5 }, 'ports[1].port: 80.5; port left out'],
    [{ name: 'x', port: '80' }, 'ports[1].port: "80"; port left out'],
    [{ name: 'x', port: 80, protocol: 'udp' }, 'ports[1].protocol: "udp"; port left out'],
    [null, 'ports[1]: null; port left out'],
  ])('port %j', (port, line) => {
    const { value, problems } = read({ ports: [{ name: '', port: 8080, protocol: null }, port] });
    expect(value.ports).toEqual([{ name: '', protocol: 'TCP', port: 8080 }]);
    expect(brief(problems)).toEqual([line]);
    expect(problems[0]?.expected).not.toMatch(/invalid/i);
  });

  test.each([
    [{ addresses: [] }, 'endpoints[1].addresses[0]: undefined; endpoint left out'],
    [{ addresses: null }, 'endpoints[1].addresses[0]: undefined; endpoint left out'],
    [{}, 'endpoints[1].addresses[0]: undefined; endpoint left out'],
    [{ addresses: ['fd00::1'] }, 'endpoints[1].addresses[0]: "fd00::1"; endpoint left out'],
    [{ addresses: ['010.0.0.1'] }, 'endpoints[1].addresses[0]: "010.0.0.1"; endpoint left out'],
    [{ addresses: ['10.0.0.1 '] }, 'endpoints[1].addresses[0]: "10.0.0.1 "; endpoint left out'],
    [{ addresses: ['::ffff:10.0.0.1'] }, 'endpoints[1].addresses[0]: "::ffff:10.0.0.1"; endpoint left out'],
    [{ addresses: [5] }, 'endpoints[1].addresses[0]: 5; endpoint left out'],
    [{ addresses: '10.0.0.2' }, 'endpoints[1].addresses: "10.0.0.2"; endpoint left out'],
    [
      { addresses: ['10.0.0.2'], conditions: { ready: 'True' } },
      'endpoints[1].conditions.ready: "True"; endpoint left out',
    ],
    [{ addresses: ['10.0.0.2'], nodeName: 5 }, 'endpoints[1].nodeName: 5; endpoint left out'],
    [
      { addresses: ['10.0.0.2'], hints: { forZones: ['a'] } },
      'endpoints[1].hints.forZones[0]: "a"; endpoint left out',
    ],
    [7, 'endpoints[1]: 7; endpoint left out'],
  ])('endpoint %j', (endpoint, line) => {
    const { value, problems } = read({ endpoints: [{ addresses: ['10.0.0.1'] }, endpoint] });
    expect(value.endpoints.map(({ address }) => address)).toEqual(['10.0.0.1']);
    expect(brief(problems)).toEqual([line]);
  });

  test.each(['::ffff:10.0.0.1', 'fe80::1%eth0', '10.0.0.1'])('IPv6 address %s', (address) => {
    const { value, problems } = read({ addressType: 'IPv6', endpoints: [{ addresses: [address] }] });
    expect(value.endpoints).toEqual([]);
    expect(problems).toMatchObject([{ value: address, expected: expect.stringContaining('IPv6') }]);
  });
});
