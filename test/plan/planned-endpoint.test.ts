import { describe, expect, it } from 'vitest';
import type { EndpointSlice, SliceEndpoint } from '../../src/model/endpoint-slice.ts';
import { collectEndpoints } from '../../src/plan/planned-endpoint.ts';

function endpointAt(address: string, more: Partial<SliceEndpoint> = {}): SliceEndpoint {
  return { address, ready: true, serving: true, terminating: false, ...more };
}

function sliceOf(endpoints: readonly SliceEndpoint[], more: Partial<EndpointSlice> = {}): EndpointSlice {
  return {
    namespace: 'shop',
    name: 'web-1',
    serviceName: 'web',
    family: 'ipv4',
    ports: [{ name: 'http', protocol: 'TCP', port: 8080 }],
    endpoints,
    ...more,
  };
}

const collect = (...slices: EndpointSlice[]) => collectEndpoints(slices, 'http', 'TCP', 'node-1');
const sockets = (...slices: EndpointSlice[]): string[] => collect(...slices).map(({ socket }) => socket);

const out = { ready: false, serving: true, terminating: true };

describe('collectEndpoints', () => {
  it('takes every slice that has the port name and protocol, with the number of the slice', () => {
    const found = collect(
      sliceOf([endpointAt('10.0.0.1')]),
      sliceOf([endpointAt('10.0.0.2')], {
        name: 'web-2',
        ports: [{ name: 'http', protocol: 'TCP', port: 9090 }],
      }),
    );
    expect(found.map(({ address, port, socket }) => [address, port, socket])).toEqual([
      ['10.0.0.1', 8080, '10.0.0.1:8080'],
      ['10.0.0.2', 9090, '10.0.0.2:9090'],
    ]);
  });

  it('passes over a port of another name', () => {
    expect(
      sockets(sliceOf([endpointAt('10.0.0.1')], { ports: [{ name: 'web', protocol: 'TCP', port: 8080 }] })),
    ).toEqual([]);
  });

  it('passes over a port of another protocol', () => {
    expect(
      sockets(sliceOf([endpointAt('10.0.0.1')], { ports: [{ name: 'http', protocol: 'UDP', port: 8080 }] })),
    ).toEqual([]);
  });

  it('takes one endpoint with two numbers for the same port twice', () => {
    const ports = [
      { name: 'http', protocol: 'TCP', port: 8080 },
      { name: 'http', protocol: 'TCP', port: 8081 },
    ] as const;
    expect(sockets(sliceOf([endpointAt('10.0.0.1')], { ports }))).toEqual(['10.0.0.1:8080', '10.0.0.1:8081']);
  });

  it('is local exactly when its node is this one', () => {
    const found = collect(
      sliceOf([
        endpointAt('10.0.0.1', { nodeName: 'node-1' }),
        endpointAt('10.0.0.2', { nodeName: 'node-11' }),
        endpointAt('10.0.0.3'),
      ]),
    );
    expect(found.map(({ local }) => local)).toEqual([true, false, false]);
  });

  it('sorts by the text of ip:port in byte order, not by number', () => {
    expect(
      sockets(
        sliceOf(['10.0.0.9', '10.0.0.10', '10.0.0.1', '9.0.0.1', '10.0.0.100'].map((ip) => endpointAt(ip))),
      ),
      // `.` < digits < `:`
    ).toEqual(['10.0.0.100:8080', '10.0.0.10:8080', '10.0.0.1:8080', '10.0.0.9:8080', '9.0.0.1:8080']);
  });

  it('sorts IPv6 by [ip]:port', () => {
    const slice = sliceOf(
      ['fd00::b', 'fd00::10', 'fd00::1', 'fd00:1::1'].map((ip) => endpointAt(ip)),
      {
        family: 'ipv6',
      },
    );
    expect(sockets(slice)).toEqual([
      '[fd00:1::1]:8080',
      '[fd00::10]:8080',
      '[fd00::1]:8080',
      '[fd00::b]:8080',
    ]);
  });

  it('keeps one endpoint of each ip:port', () => {
    expect(
      sockets(sliceOf([endpointAt('10.0.0.1')]), sliceOf([endpointAt('10.0.0.1')], { name: 'web-2' })),
    ).toEqual(['10.0.0.1:8080']);
  });

  it.each([
    ['before', 0],
    ['behind', 1],
  ])('never lets a terminating one replace another that stands %s it', (_, place) => {
    const steady = sliceOf([endpointAt('10.0.0.1', { ready: false })]);
    const leaving = sliceOf([endpointAt('10.0.0.1', out)], { name: 'web-2' });
    const [found, ...rest] = place === 0 ? collect(leaving, steady) : collect(steady, leaving);
    expect(rest).toEqual([]);
    expect(found?.origin).toBe(steady.endpoints[0]);
  });

  it.each([
    ['before', 0],
    ['behind', 1],
  ])('prefers the ready one to one that is not and stands %s it', (_, place) => {
    const ready = sliceOf([endpointAt('10.0.0.1')]);
    const unready = sliceOf([endpointAt('10.0.0.1', { ready: false })], { name: 'web-2' });
    const [found] = place === 0 ? collect(unready, ready) : collect(ready, unready);
    expect(found?.origin).toBe(ready.endpoints[0]);
  });

  it('keeps the first of two that are alike', () => {
    const first = sliceOf([endpointAt('10.0.0.1', { nodeName: 'node-1' })]);
    const second = sliceOf([endpointAt('10.0.0.1', { nodeName: 'node-2' })], { name: 'web-2' });
    expect(collect(first, second)[0]?.origin).toBe(first.endpoints[0]);
  });

  it('finds nothing without slices', () => {
    expect(collect()).toEqual([]);
  });
});
