import { contains } from '../model/address.ts';
import { compareBytes } from '../model/byte-order.ts';
import type { Cluster } from '../model/cluster.ts';
import type { EndpointSlice } from '../model/endpoint-slice.ts';
import type { PortSpec, Service, TrafficPolicy } from '../model/service.ts';
import { chooseEndpoints, type EndpointChoice } from './choose-endpoints.ts';
import type { NodeView } from './node-view.ts';
import type { Plan, PlannedServicePort, SourceFilter, Verdict } from './plan.ts';
import { collectEndpoints } from './planned-endpoint.ts';

/** Decides, for one node and family, what every service port does. Pure: no I/O, no backend. */
export function makePlan(cluster: Cluster, node: NodeView): Plan {
  const { family } = node;
  const servicePorts: PlannedServicePort[] = [];
  for (const service of cluster.services) {
    const clusterAddress = service.clusterAddress[family];
    if (service.skip !== undefined || clusterAddress === undefined) continue;
    const slices = (cluster.slices.get(`${service.namespace}/${service.name}`) ?? []).filter(
      (slice) => slice.family === family,
    );
    const ports = [...service.ports].sort(
      (a, b) => compareBytes(a.name, b.name) || compareBytes(a.protocol, b.protocol),
    );
    for (const port of ports) servicePorts.push(planServicePort(service, clusterAddress, port, slices, node));
  }
  const endpointCount = servicePorts.reduce((sum, port) => sum + port.endpointCount, 0);
  return { family, node, servicePorts, endpointCount };
}

function planServicePort(
  service: Service,
  clusterAddress: string,
  port: PortSpec,
  slices: readonly EndpointSlice[],
  node: NodeView,
): PlannedServicePort {
  const { family } = node;
  const ranges = service.sourceRanges[family];
  const externalAddresses = service.externalAddresses[family];
  const loadBalancerAddresses = ranges.closed ? [] : service.loadBalancerAddresses[family];
  const externallyReachable =
    port.nodePort !== undefined || externalAddresses.length > 0 || loadBalancerAddresses.length > 0;
  const all = collectEndpoints(slices, port.name, port.protocol, node.name);
  const internalLocal = service.internalPolicy === 'Local';
  const choice = chooseEndpoints(
    all,
    {
      cluster: !internalLocal || externallyReachable,
      local: internalLocal || (service.externalPolicy === 'Local' && externallyReachable),
    },
    node,
  );
  const sourceFilter = filterSources(service, node);
  const name = `${service.namespace}/${service.name}`;
  return {
    namespace: service.namespace,
    service: service.name,
    portName: port.name,
    protocol: port.protocol,
    name: port.name === '' ? name : `${name}:${port.name}`,
    port: port.port,
    clusterAddress,
    externalAddresses,
    loadBalancerAddresses,
    ...(port.nodePort === undefined ? {} : { nodePort: port.nodePort }),
    ...(service.healthCheckNodePort === undefined
      ? {}
      : { healthCheckNodePort: service.healthCheckNodePort }),
    ...(sourceFilter === undefined ? {} : { sourceFilter }),
    ...(service.affinitySeconds === undefined ? {} : { affinitySeconds: service.affinitySeconds }),
    internalPolicy: service.internalPolicy,
    externalPolicy: service.externalPolicy,
    externallyReachable,
    choice,
    endpointCount: all.length,
    internal: verdict(service.internalPolicy, choice),
    external: verdict(service.externalPolicy, choice),
  };
}

function verdict(policy: TrafficPolicy, choice: EndpointChoice): Verdict {
  if (!choice.hasEndpoints) return { to: 'reject' };
  if (policy === 'Cluster') return { to: 'cluster endpoints' };
  return { to: choice.local.length > 0 ? 'local endpoints' : 'drop' };
}

function filterSources(service: Service, node: NodeView): SourceFilter | undefined {
  const { cidrs } = service.sourceRanges[node.family];
  if (cidrs.length === 0) return undefined;
  const { address } = node;
  return {
    cidrs: cidrs.map(({ text }) => text),
    allowsNode: address !== undefined && cidrs.some((cidr) => contains(cidr, address)),
  };
}
