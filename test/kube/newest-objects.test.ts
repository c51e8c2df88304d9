import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Problem, problemLine } from '../../src/model/problem.ts';
import { brief, clusterOf, compileObjects, node, pod, service, textOf } from './objects.ts';

const version = (resourceVersion: unknown, clusterIP = '10.96.0.10') =>
  service({ clusterIP }, { resourceVersion });

function keptOf(...objects: ReturnType<typeof service>[]): { ips: unknown[]; problems: Problem[] } {
  const { cluster, problems } = clusterOf(...objects);
  return { ips: cluster.services.map(({ clusterAddress }) => clusterAddress.ipv4), problems };
}

describe('NewestObjects', () => {
  test('keeps what differs in kind, namespace or name', () => {
    const { cluster, problems } = clusterOf(
      service(),
      service({}, { name: 'x' }),
      service({}, { namespace: 'x' }),
      node('web'),
      pod({ metadata: { name: 'web' } }),
    );
    expect(cluster.services.map(({ namespace, name }) => `${namespace}/${name}`)).toEqual([
      'shop/web',
      'shop/x',
      'x/web',
    ]);
    expect(cluster.nodes.has('web')).toBe(true);
    expect(problems).toEqual([]);
  });

  test('a namespace that is absent is default; a Node has none', () => {
    const first = service({}, { namespace: undefined });
    expect(keptOf(first, service({}, { namespace: 'default' })).ips).toHaveLength(1);
    const { cluster, problems } = clusterOf(node(), { ...node(), metadata: { name: 'n1', namespace: 'x' } });
    expect(cluster.nodes.size).toBe(1);
    expect(problems.map(problemLine)).toEqual([expect.stringContaining('cluster.yaml: Node n1: ')]);
  });

  test('the newest wins, by number and not by text, whichever comes first', () => {
    for (const list of [
      [version('9', '10.96.0.9'), version('10', '10.96.0.10')],
      [version('10', '10.96.0.10'), version('9', '10.96.0.9')],
    ]) {
      const { ips, problems } = keptOf(...list);
      expect(ips).toEqual(['10.96.0.10']);
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatchObject({
        kind: 'Service',
        namespace: 'shop',
        name: 'web',
        field: 'metadata.name',
        value: 'web',
        effect: 'the one with resourceVersion 10 kept',
      });
    }
  });

  test.each(['x', '-5', '1e9', '', 5, null, {}, '9'.repeat(40)])(
    'resourceVersion %j is older than any number',
    (odd) => {
      expect(keptOf(version('0', '10.96.0.1'), version(odd, '10.96.0.9')).ips).toEqual(['10.96.0.1']);
      expect(keptOf(version(odd, '10.96.0.9'), version('0', '10.96.0.1')).ips).toEqual(['10.96.0.1']);
    },
  );

  test('without a version the content decides, never the order', () => {
    const [a, b] = [version(undefined, '10.96.0.1'), version(undefined, '10.96.0.2')];
    expect(keptOf(a, b).ips).toEqual(['10.96.0.2']);
    expect(keptOf(b, a).ips).toEqual(['10.96.0.2']);
    expect(keptOf(a, b).problems[0]?.effect).toBe('the one with the last content in byte order kept');
  });

  test('the same twice is reported, once less than there are', () => {
    expect(keptOf(service(), service(), service()).problems).toHaveLength(2);
  });

  test('an object that cannot be read is no rival to one that can, however new', () => {
    const { ips, problems } = keptOf(
      version('1', '10.96.0.1'),
      service({ type: 'Nonsense' }, { resourceVersion: '2' }),
    );
    expect(ips).toEqual(['10.96.0.1']);
    expect(brief(problems)).toEqual(['spec.type: "Nonsense"; Service left out']);
  });

  test('a Pod that has ended is newer than itself running', () => {
    const running = pod({ metadata: { resourceVersion: '1' } });
    const ended = pod({ metadata: { resourceVersion: '2' }, status: { phase: 'Succeeded' } });
    const web = service({ selector: { app: 'web' } });
    for (const objects of [
      [web, running, ended],
      [web, ended, running],
    ]) {
      expect(clusterOf(node(), ...objects).cluster.slices.size).toBe(0);
    }
    expect(clusterOf(node(), web, running).cluster.slices.size).toBe(1);
  });

  test('objects without a name are all refused by their reader', () => {
    const nameless = service({}, { name: undefined });
    expect(brief(clusterOf(nameless, nameless).problems)).toEqual(
      Array(2).fill('metadata.name: undefined; Service left out'),
    );
  });

  test('property: any order of any duplicates keeps the same', () => {
    const one = fc.record({
      name: fc.constantFrom('a', 'b'),
      resourceVersion: fc.constantFrom(undefined, '1', '2', '10', 'x'),
      last: fc.integer({ min: 1, max: 5 }),
    });
    const pair = fc
      .array(one, { minLength: 2, maxLength: 8 })
      .chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })));
    fc.assert(
      fc.property(pair, (orders) => {
        const [first, second] = orders.map((order) => {
          const objects = order.map(({ name, resourceVersion, last }) =>
            service({ clusterIP: `10.96.0.${last}` }, { name, resourceVersion }),
          );
          return textOf(compileObjects([node(), ...objects]));
        });
        expect(second).toBe(first);
      }),
    );
  });
});
