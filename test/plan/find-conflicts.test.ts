import { describe, expect, it } from 'vitest';
import { compile } from '../../src/compile.ts';
import type { Problem } from '../../src/model/problem.ts';
import { chainRules, compileObjects, type ServiceInput, service, slice } from '../support/cluster-builder.ts';

const conflicts = (...objects: unknown[]): readonly Problem[] => compileObjects(objects).problems;
const short = (...objects: unknown[]): string[] =>
  conflicts(...objects).map(({ name, field, value, effect }) => `${name}: ${field}: ${value}: ${effect}`);

/** A Service with a cluster IP of its own. */
const own = (name: string, last: number, input: ServiceInput = {}) =>
  service(name, { clusterIP: `10.96.0.${last}`, ...input });

describe('reportConflicts', () => {
  it('says nothing when every place is taken once', () => {
    expect(conflicts(own('a', 1), own('b', 2))).toEqual([]);
  });

  it('reports a cluster IP and port that an earlier Service has', () => {
    expect(conflicts(own('b', 1), own('a', 1))).toEqual([
      {
        kind: 'Service',
        namespace: 'shop',
        name: 'b',
        field: 'spec.clusterIPs',
        value: '10.96.0.1:80/tcp',
        expected: 'an address and port that no other Service has',
        effect: 'shop/a has it too and gets the packets',
      },
    ]);
  });

  it('names the file of the later Service', () => {
    const { problems } = compile({
      manifests: [
        { file: 'a.yaml', documents: [own('a', 1)] },
        { file: 'b.yaml', documents: [own('b', 1)] },
      ],
      overrides: { hostnameOverride: 'node-1' },
    });
    expect(problems.map(({ file, name }) => [file, name])).toEqual([['b.yaml', 'b']]);
  });

  it('lets the same address have another port or protocol', () => {
    const b = own('b', 1, {
      ports: [
        { name: 'x', port: 81 },
        { name: 'y', port: 80, protocol: 'UDP' },
      ],
    });
    expect(conflicts(own('a', 1), b)).toEqual([]);
  });

  it('reports an external IP', () => {
    const externalIPs = ['192.0.2.1'];
    expect(short(own('a', 1, { externalIPs }), own('b', 2, { externalIPs }))).toEqual([
      'b: spec.externalIPs: 192.0.2.1:80/tcp: shop/a has it too and gets the packets',
    ]);
  });

  it('reports a load-balancer IP', () => {
    const balanced: ServiceInput = { type: 'LoadBalancer', ingress: [{ ip: '198.51.100.1' }] };
    expect(short(own('a', 1, balanced), own('b', 2, balanced))).toEqual([
      'b: status.loadBalancer: 198.51.100.1:80/tcp: shop/a has it too and gets the packets',
    ]);
  });

  it('reports an external IP that is the cluster IP of another', () => {
    expect(short(own('a', 1), own('b', 2, { externalIPs: ['10.96.0.1'] }))).toEqual([
      'b: spec.externalIPs: 10.96.0.1:80/tcp: shop/a has it too and gets the packets',
    ]);
  });

  it('reports a node port', () => {
    const open: ServiceInput = { type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] };
    expect(short(own('a', 1, open), own('b', 2, open))).toEqual([
      'b: spec.ports.nodePort: node port 30080/tcp: shop/a has it too and gets the packets',
    ]);
  });

  it('lets two protocols have the same node port', () => {
    const a = own('a', 1, { type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] });
    const b = own('b', 2, { type: 'NodePort', ports: [{ port: 80, nodePort: 30080, protocol: 'UDP' }] });
    expect(conflicts(a, b)).toEqual([]);
  });

  it('lets one Service have the same address as external and as load-balancer IP', () => {
    const a = own('a', 1, {
      type: 'LoadBalancer',
      externalIPs: ['198.51.100.1'],
      ingress: [{ ip: '198.51.100.1' }],
    });
    expect(conflicts(a)).toEqual([]);
  });

  it('tells Services of the same name in two namespaces apart', () => {
    const found = conflicts(own('a', 1), own('a', 1, { namespace: 'web' }));
    expect(found.map(({ namespace, effect }) => [namespace, effect])).toEqual([
      ['web', 'shop/a has it too and gets the packets'],
    ]);
  });

  it('reports every later Service, always against the first', () => {
    expect(short(own('a', 1), own('b', 1), own('c', 1))).toEqual([
      'b: spec.clusterIPs: 10.96.0.1:80/tcp: shop/a has it too and gets the packets',
      'c: spec.clusterIPs: 10.96.0.1:80/tcp: shop/a has it too and gets the packets',
    ]);
  });

  it('looks at IPv6 too', () => {
    expect(short(own('a', 1, { clusterIP: 'fd00:96::1' }), own('b', 1, { clusterIP: 'fd00:96::1' }))).toEqual(
      ['b: spec.clusterIPs: [fd00:96::1]:80/tcp: shop/a has it too and gets the packets'],
    );
  });

  it('reports a node port of two dual-stack Services once', () => {
    const dual = (name: string, last: number) =>
      service(name, {
        type: 'NodePort',
        clusterIPs: [`10.96.0.${last}`, `fd00:96::${last}`],
        ports: [{ port: 80, nodePort: 30080 }],
      });
    expect(short(dual('a', 1), dual('b', 2))).toEqual([
      'b: spec.ports.nodePort: node port 30080/tcp: shop/a has it too and gets the packets',
    ]);
  });

  it('leaves the rules of both, the first before the second', () => {
    const result = compileObjects([
      own('a', 1),
      slice('a', ['10.244.1.1']),
      own('b', 1),
      slice('b', ['10.244.1.2']),
    ]);
    const comments = chainRules(result, 'nat', 'KUBE-SERVICES').map(
      (line) => /--comment "([^"]*)"/.exec(line)?.[1],
    );
    expect(comments.slice(0, 2)).toEqual(['shop/a cluster IP', 'shop/b cluster IP']);
  });
});
