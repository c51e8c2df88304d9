import { describe, expect, test } from 'vitest';
import { collectObjects, type RawObject } from '../../src/kube/collect-objects.ts';
import { type Problem, problemLine } from '../../src/model/problem.ts';
import { UserError } from '../../src/model/user-error.ts';
import { brief, file, node, pod, service, slice } from './objects.ts';

interface Collected {
  readonly objects: readonly RawObject[];
  readonly passedOver: ReadonlyMap<string, number>;
  readonly problems: readonly Problem[];
}

function collect(...documents: unknown[]): Collected {
  const problems: Problem[] = [];
  const passedOver = new Map<string, number>();
  const objects = [...collectObjects([{ file, documents }], passedOver, (p) => void problems.push(p))];
  return { objects, passedOver, problems };
}

const kindsOf = ({ objects }: Collected): string[] => objects.map(({ kind }) => kind);

describe('collectObjects', () => {
  test('keeps the kinds that count, with their file, and counts the others', () => {
    const { objects, passedOver, problems } = collect(
      service(),
      { apiVersion: 'v1', kind: 'ConfigMap' },
      slice(),
      { apiVersion: 'apps/v1', kind: 'Deployment' },
      { apiVersion: 'v1', kind: 'ConfigMap' },
    );
    expect(objects).toEqual([
      { file, kind: 'Service', raw: service() },
      { file, kind: 'EndpointSlice', raw: slice() },
    ]);
    expect([...passedOver]).toEqual([
      ['ConfigMap', 2],
      ['Deployment', 1],
    ]);
    expect(problems).toEqual([]);
  });

  test('has no file where the manifest has none', () => {
    const objects = collectObjects([{ documents: [node()] }], new Map(), () => {});
    expect([...objects]).toEqual([{ kind: 'Node', raw: node() }]);
  });

  test('flattens Lists, also Lists in Lists', () => {
    const list = { apiVersion: 'v1', kind: 'List', items: [node('a'), service()] };
    expect(kindsOf(collect({ kind: 'List', items: [list, pod()] }))).toEqual(['Node', 'Service', 'Pod']);
  });

  test('items of a typed List get its kind, as kubectl get --raw prints them', () => {
    const { kind: _, apiVersion: __, ...bare } = service() as Record<string, unknown>;
    const { objects } = collect({ apiVersion: 'v1', kind: 'ServiceList', items: [bare] });
    expect(objects).toEqual([{ file, kind: 'Service', raw: bare }]);
    const { objects: slices } = collect({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSliceList',
      items: [{ metadata: { name: 'x' } }],
    });
    expect(slices).toMatchObject([{ kind: 'EndpointSlice' }]);
  });

  test('an item of a typed List that has a kind keeps it', () => {
    expect(kindsOf(collect({ kind: 'ServiceList', items: [node()] }))).toEqual(['Node']);
  });

  test('a List of another group gives its items no kind that counts', () => {
    // kubectl get --raw /apis/serving.knative.dev/v1/services
    const { objects, passedOver } = collect({
      apiVersion: 'serving.knative.dev/v1',
      kind: 'ServiceList',
      items: [{ metadata: { name: 'x' } }],
    });
    expect(objects).toEqual([]);
    expect([...passedOver]).toEqual([['Service', 1]]);
  });

  test.each([
    ['serving.knative.dev/v1', 'Service', false],
    ['v1', 'Service', true],
    ['discovery.k8s.io/v1', 'EndpointSlice', true],
    ['discovery.k8s.io/v1beta1', 'EndpointSlice', true],
    ['v1', 'EndpointSlice', false],
    ['example.com/v1', 'Node', false],
    ['networking.k8s.io/v1', 'ServiceCIDR', true],
    ['metrics.k8s.io/v1beta1', 'Pod', false],
    ['v1', 'toString', false],
    ['v1', 'constructor', false],
  ])('%s %s counts: %s', (apiVersion, kind, counts) => {
    const { objects, passedOver, problems } = collect({ apiVersion, kind, metadata: { name: 'x' } });
    expect(objects).toHaveLength(counts ? 1 : 0);
    expect([...passedOver]).toEqual(counts ? [] : [[kind, 1]]);
    expect(problems).toEqual([]);
  });

  test('a List without items is empty; items of the wrong type are reported', () => {
    expect(collect({ kind: 'List', items: null }).problems).toEqual([]);
    expect(collect({ kind: 'List', items: [] }).objects).toEqual([]);
    expect(brief(collect({ kind: 'ServiceList', items: 'x' }).problems)).toEqual(['items: "x"; left out']);
    expect(brief(collect({ kind: 'List', items: { 0: service() } }).problems)).toHaveLength(1);
  });

  test('an item that is no object is left out by itself', () => {
    const { objects, problems } = collect({ kind: 'List', items: [5, null, [], service()] });
    expect(objects).toHaveLength(1);
    expect(brief(problems)).toEqual([
      'items[0]: 5; left out',
      'items[1]: null; left out',
      'items[2]: []; left out',
    ]);
    expect(problems.every((problem) => problem.file === file && problem.kind === 'List')).toBe(true);
  });

  test.each([undefined, null, '', 5, {}])('an object of kind %j is left out', (kind) => {
    const { objects, problems } = collect({ apiVersion: 'v1', kind }, service());
    expect(objects).toHaveLength(1);
    expect(problems).toMatchObject([{ file, field: 'kind', expected: 'a kind', effect: 'left out' }]);
  });

  test.each([[5], ['text'], [true], [[]], [[service()]]])(
    'a file with the document %j is no manifest',
    (x) => {
      expect(() => collect(service(), x)).toThrow(UserError);
      expect(() => collect(service(), x)).toThrow('cluster.yaml: not a Kubernetes object: document 2');
    },
  );

  test.each([[{ toString: 1 }], [{ toString: null, valueOf: null }], [{}], [[]], [5], [null]])(
    'apiVersion %j is no reason to fail',
    (apiVersion) => {
      expect(() => collect({ apiVersion, kind: 'Service', metadata: { name: 'x' } })).not.toThrow();
    },
  );

  test('a kind with a line end stays on the line of its problem', () => {
    const { problems } = collect({ kind: 'Evil\nwarning: List', items: [5] });
    expect(problems).toHaveLength(1);
    expect(problems.map(problemLine).join('')).not.toContain('\n');
  });
});
