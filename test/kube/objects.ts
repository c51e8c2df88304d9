// Healthy objects for the tests of this folder and its neighbours, each part of them to be overridden.
import { type CompileRequest, type CompileResult, compile } from '../../src/compile.ts';
import type { Kind, RawObject } from '../../src/kube/collect-objects.ts';
import { readCluster } from '../../src/kube/read-cluster.ts';
import type { Cluster } from '../../src/model/cluster.ts';
import { type Problem, problemLine, type Report } from '../../src/model/problem.ts';

export type Json = Readonly<Record<string, unknown>>;

export const file = 'cluster.yaml';

/** Service shop/web at 10.96.0.10, port 80, unless `spec`, `metadata` or `status` say otherwise. */
export function service(spec: Json = {}, metadata: Json = {}, status?: unknown): Json {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'shop', ...metadata },
    spec: { type: 'ClusterIP', clusterIP: '10.96.0.10', ports: [{ port: 80 }], ...spec },
    ...(status === undefined ? {} : { status }),
  };
}

/** EndpointSlice shop/web-1 of Service shop/web, with 10.0.0.1 on port 8080. */
export function slice(over: Json = {}, metadata: Json = {}): Json {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: 'web-1',
      namespace: 'shop',
      labels: { 'kubernetes.io/service-name': 'web' },
      ...metadata,
    },
    addressType: 'IPv4',
    ports: [{ name: '', port: 8080 }],
    endpoints: [{ addresses: ['10.0.0.1'] }],
    ...over,
  };
}

export function endpoints(subsets: unknown, metadata: Json = {}): Json {
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name: 'web', namespace: 'shop', ...metadata },
    subsets,
  };
}

export function node(name = 'n1', zone?: string, addresses: readonly string[] = []): Json {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, ...(zone === undefined ? {} : { labels: { 'topology.kubernetes.io/zone': zone } }) },
    status: { addresses: addresses.map((address) => ({ type: 'InternalIP', address })) },
  };
}

/** Pod shop/web-0 with app=web at 10.0.0.1 on n1, ready. */
export function pod(over: { metadata?: Json; spec?: Json; status?: Json } = {}): Json {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web-0', namespace: 'shop', labels: { app: 'web' }, ...over.metadata },
    spec: {
      nodeName: 'n1',
      containers: [{ name: 'c', ports: [{ name: 'http', containerPort: 8080 }] }],
      ...over.spec,
    },
    status: {
      phase: 'Running',
      podIPs: [{ ip: '10.0.0.1' }],
      conditions: [{ type: 'Ready', status: 'True' }],
      ...over.status,
    },
  };
}

export function raw(object: Json): RawObject {
  return { file, kind: object.kind as Kind, raw: object };
}

/** What `read` gives for an object, and the problems that it reports. */
export function readWith<T>(
  read: (object: RawObject, report: Report) => T,
  object: Json,
): { value: T; problems: Problem[] } {
  const problems: Problem[] = [];
  return { value: read(raw(object), (problem) => void problems.push(problem)), problems };
}

export function clusterOf(...documents: unknown[]): { cluster: Cluster; problems: Problem[] } {
  const problems: Problem[] = [];
  const cluster = readCluster([{ file, documents }], (problem) => void problems.push(problem));
  return { cluster, problems };
}

/** Field, shown value and effect of problems, short enough to list. */
export const brief = (problems: readonly Problem[]): string[] =>
  problems.map(({ field, value, effect }) => `${field}: ${JSON.stringify(value)}; ${effect}`);

export const linesOf = (problems: readonly Problem[]): string[] => problems.map(problemLine);

export function compileObjects(
  documents: readonly unknown[],
  more: Partial<CompileRequest> = {},
): CompileResult {
  return compile({ manifests: [{ file, documents }], ...more });
}

/** The complete text of each family, one after the other. */
export const textOf = ({ families }: CompileResult): string =>
  families.flatMap(({ print }) => [...print()]).join('');

/** Random but the same each time: a permutation of `list` that `seed` picks. */
export function shuffled<T>(list: readonly T[], seed: number): T[] {
  const out = [...list];
  let state = seed | 1;
  for (let i = out.length - 1; i > 0; i--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const j = state % (i + 1);
    [out[i], out[j]] = [out[j] as T, out[i] as T];
  }
  return out;
}
