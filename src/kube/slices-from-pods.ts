// What the EndpointSlice controller would write, for manifests that have Pods but no slices.
import type { Node } from '../model/cluster.ts';
import type { EndpointSlice, SliceEndpoint, SlicePort } from '../model/endpoint-slice.ts';
import { families } from '../model/family.ts';
import type { Report } from '../model/problem.ts';
import type { PortSpec, Service } from '../model/service.ts';
import type { Pod } from './read-pod.ts';

/** Pods by namespace and label, so that a selector need not look at all of them. */
export class PodIndex {
  readonly #byLabel = new Map<string, Pod[]>();

  constructor(pods: Iterable<Pod>) {
    for (const pod of pods) {
      for (const [key, value] of Object.entries(pod.labels)) {
        const index = labelKey(pod.namespace, key, value);
        const list = this.#byLabel.get(index);
        if (list) list.push(pod);
        else this.#byLabel.set(index, [pod]);
      }
    }
  }

  /** The Pods of a namespace that carry every label of a non-empty selector. */
  select(namespace: string, selector: Readonly<Record<string, string>>): readonly Pod[] {
    const wanted = Object.entries(selector);
    let fewest: readonly Pod[] | undefined;
    for (const [key, value] of wanted) {
      const list = this.#byLabel.get(labelKey(namespace, key, value)) ?? [];
      if (fewest === undefined || list.length < fewest.length) fewest = list;
    }
    return (fewest ?? []).filter((pod) => wanted.every(([key, value]) => pod.labels[key] === value));
  }
}

const labelKey = (namespace: string, key: string, value: string): string => `${namespace}\n${key}\n${value}`;

/**
 * The slices of one Service: a slice for each Pod and family, as ports may differ from Pod to Pod.
 * A Pod on a Node that is not there is left out, unless not-ready addresses are wanted, as in Kubernetes.
 */
export function slicesFromPods(
  service: Service,
  pods: PodIndex,
  nodes: ReadonlyMap<string, Node>,
  report: Report,
): EndpointSlice[] {
  const slices: EndpointSlice[] = [];
  for (const pod of pods.select(service.namespace, service.selector ?? {})) {
    const node = pod.nodeName === undefined ? undefined : nodes.get(pod.nodeName);
    if (
      pod.nodeName !== undefined &&
      nodes.size > 0 &&
      node === undefined &&
      !service.publishNotReadyAddresses
    ) {
      const { file, namespace, name } = pod;
      const source = { ...(file === undefined ? {} : { file }), kind: 'Pod', namespace, name };
      report({
        ...source,
        field: 'spec.nodeName',
        value: pod.nodeName,
        expected: 'a Node of the input',
        effect: `no endpoint of Service ${service.name}`,
      });
      continue;
    }
    const ports = service.ports.flatMap((port) => targetPort(port, pod) ?? []);
    if (ports.length === 0) continue;
    for (const family of families) {
      const address = pod.addresses[family][0];
      if (address === undefined) continue;
      slices.push({
        namespace: service.namespace,
        name: pod.name,
        serviceName: service.name,
        family,
        ports,
        endpoints: [asEndpoint(service, pod, address, node?.zone)],
      });
    }
  }
  return slices;
}

/** A number stands for itself; a name is looked up among the Pod's own container ports of that protocol. */
function targetPort({ name, protocol, targetPort }: PortSpec, pod: Pod): SlicePort | undefined {
  const port =
    typeof targetPort === 'number'
      ? targetPort
      : pod.ports.find((p) => p.name === targetPort && p.protocol === protocol)?.port;
  return port === undefined ? undefined : { name, protocol, port };
}

function asEndpoint(service: Service, pod: Pod, address: string, zone: string | undefined): SliceEndpoint {
  return {
    address,
    ...(pod.nodeName === undefined ? {} : { nodeName: pod.nodeName }),
    ...(zone === undefined ? {} : { zone }),
    // A terminating Pod is never ready, unless the Service asks for Pods in any state.
    ready: service.publishNotReadyAddresses || (pod.ready && !pod.terminating),
    serving: pod.ready,
    terminating: pod.terminating,
    ...hints(service.trafficDistribution, pod.nodeName, zone),
  };
}

/** The hints that `spec.trafficDistribution` makes the controller write. */
function hints(
  distribution: string | undefined,
  nodeName: string | undefined,
  zone: string | undefined,
): Pick<SliceEndpoint, 'zoneHints' | 'nodeHints'> {
  const zoneHints = zone === undefined ? {} : { zoneHints: [zone] };
  if (distribution === 'PreferClose' || distribution === 'PreferSameZone') return zoneHints;
  if (distribution === 'PreferSameNode' && nodeName !== undefined)
    return { ...zoneHints, nodeHints: [nodeName] };
  return {};
}
