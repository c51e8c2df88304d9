// Small API objects for tests, and short ways to what becomes of them.
import { type CompiledFamily, type CompileResult, compile } from '../../src/compile.ts';
import type { Family } from '../../src/model/family.ts';
import type { PlannedServicePort } from '../../src/plan/plan.ts';

export type ApiObject = Record<string, unknown>;

export interface ServiceInput {
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly type?: string;
  readonly clusterIP?: string;
  readonly clusterIPs?: readonly string[];
  readonly ports?: readonly ApiObject[];
  readonly externalIPs?: readonly string[];
  readonly ingress?: readonly ApiObject[];
  readonly loadBalancerSourceRanges?: readonly string[];
  readonly internalTrafficPolicy?: string;
  readonly externalTrafficPolicy?: string;
  readonly healthCheckNodePort?: number;
  readonly sessionAffinity?: string;
  readonly sessionAffinityConfig?: ApiObject;
}

/** A Service in namespace `shop`: 10.96.0.10, port 80/TCP without a name, unless told otherwise. */
export function service(name: string, input: ServiceInput = {}): ApiObject {
  const { namespace = 'shop', labels, ingress, ...spec } = input;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, ...(labels ? { labels } : {}) },
    spec: {
      ...(spec.clusterIPs ? {} : { clusterIP: '10.96.0.10' }),
      ports: [{ port: 80, protocol: 'TCP' }],
      ...spec,
    },
    ...(ingress ? { status: { loadBalancer: { ingress } } } : {}),
  };
}

export interface EndpointInput {
  readonly node?: string;
  readonly ready?: boolean;
  readonly serving?: boolean;
  readonly terminating?: boolean;
  readonly forZones?: readonly string[];
  readonly forNodes?: readonly string[];
}

/** An endpoint of a slice; a condition that is not given is absent. */
export function endpoint(address: string, input: EndpointInput = {}): ApiObject {
  const { node, forZones, forNodes, ...conditions } = input;
  return {
    addresses: [address],
    conditions,
    ...(node === undefined ? {} : { nodeName: node }),
    hints: {
      ...(forZones ? { forZones: forZones.map((name) => ({ name })) } : {}),
      ...(forNodes ? { forNodes: forNodes.map((name) => ({ name })) } : {}),
    },
  };
}

/** Conditions of a Pod that is on its way out and still answers. */
export const leaving = { ready: false, serving: true, terminating: true } as const;

export interface SliceInput {
  readonly namespace?: string;
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly addressType?: string;
  readonly ports?: readonly ApiObject[];
}

/** A slice of `shop/SERVICE`, port 8080/TCP without a name, unless told otherwise. */
export function slice(
  serviceName: string,
  endpoints: readonly (string | ApiObject)[],
  input: SliceInput = {},
) {
  const { namespace = 'shop', name = `${serviceName}-1`, labels, ...rest } = input;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, namespace, labels: { 'kubernetes.io/service-name': serviceName, ...labels } },
    addressType: 'IPv4',
    ports: [{ name: '', protocol: 'TCP', port: 8080 }],
    endpoints: endpoints.map((entry) => (typeof entry === 'string' ? endpoint(entry) : entry)),
    ...rest,
  };
}

export interface NodeInput {
  readonly zone?: string;
  readonly addresses?: readonly string[];
  readonly podCIDRs?: readonly string[];
}

export function node(name: string, { zone, addresses = [], podCIDRs = [] }: NodeInput = {}): ApiObject {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, ...(zone === undefined ? {} : { labels: { 'topology.kubernetes.io/zone': zone } }) },
    spec: { podCIDRs },
    status: { addresses: addresses.map((address) => ({ type: 'InternalIP', address })) },
  };
}

export const clusterCIDR = '10.244.0.0/16,fd00:244::/32';

/** Compiles for `node-1` with a cluster CIDR; `config` goes over these settings. */
export function compileObjects(objects: readonly unknown[], config: ApiObject = {}): CompileResult {
  return compile({
    manifests: [{ documents: objects }],
    config: {
      apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
      kind: 'KubeProxyConfiguration',
      hostnameOverride: 'node-1',
      clusterCIDR,
      ...config,
    },
  });
}

export function familyOf(result: CompileResult, family: Family = 'ipv4'): CompiledFamily {
  const found = result.families.find((compiled) => compiled.family === family);
  if (found === undefined) throw new Error(`not compiled: ${family}`);
  return found;
}

export const printed = (result: CompileResult, family: Family = 'ipv4'): string =>
  [...familyOf(result, family).print()].join('');

/** The one service port of the plan that has this name. */
export function plannedPort(
  result: CompileResult,
  name: string,
  family: Family = 'ipv4',
): PlannedServicePort {
  const found = familyOf(result, family).plan.servicePorts.filter((port) => port.name === name);
  if (found.length !== 1) throw new Error(`${found.length} service ports are named ${name}`);
  return found[0] as PlannedServicePort;
}

/** Names of the service ports that have rules at all. */
export const plannedNames = (result: CompileResult, family: Family = 'ipv4'): string[] =>
  familyOf(result, family).plan.servicePorts.map(({ name }) => name);

/** The lines of one table, from `*TABLE` to `COMMIT`. */
export function tableLines(text: string, table: 'filter' | 'nat'): string[] {
  const lines = text.split('\n');
  const start = lines.indexOf(`*${table}`);
  return lines.slice(start, lines.indexOf('COMMIT', start) + 1);
}

/** The rules of one chain, without `-A CHAIN ` or `-I CHAIN N `, in the order in which they are printed. */
export function chainRules(
  result: CompileResult,
  table: 'filter' | 'nat',
  chain: string,
  family: Family = 'ipv4',
): string[] {
  return tableLines(printed(result, family), table).flatMap((line) => {
    const [, name, text = ''] = /^-[AI] (\S+)(?: \d+)? ?(.*)$/.exec(line) ?? [];
    return name === chain ? [text] : [];
  });
}

/** Names of the chains that the nat table of one family declares. */
export const declaredChains = (result: CompileResult, family: Family = 'ipv4'): string[] =>
  tableLines(printed(result, family), 'nat').flatMap((line) => /^:(\S+) /.exec(line)?.[1] ?? []);
