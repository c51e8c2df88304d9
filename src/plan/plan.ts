import type { Family } from '../model/family.ts';
import type { Protocol, TrafficPolicy } from '../model/service.ts';
import type { EndpointChoice } from './choose-endpoints.ts';
import type { NodeView } from './node-view.ts';

/** What becomes of new connections under a traffic policy. */
export type Verdict =
  | { readonly to: 'cluster endpoints' }
  | { readonly to: 'local endpoints' }
  /** Refused: the service has no endpoint anywhere. */
  | { readonly to: 'reject' }
  /** Lost on purpose: the policy is Local, and this node has no endpoint. */
  | { readonly to: 'drop' };

/** Sources a load-balancer address takes; everything else is dropped. */
export interface SourceFilter {
  readonly cidrs: readonly string[];
  /** A range has the node's own address: then the load-balancer address itself is allowed as a source. */
  readonly allowsNode: boolean;
}

/** The decisions for one service port, in one family, on one node. */
export interface PlannedServicePort {
  readonly namespace: string;
  readonly service: string;
  readonly portName: string;
  readonly protocol: Protocol;
  /** As it is printed: `ns/name:port`, or `ns/name` when the port has no name. */
  readonly name: string;
  readonly port: number;
  readonly clusterAddress: string;
  readonly externalAddresses: readonly string[];
  readonly loadBalancerAddresses: readonly string[];
  readonly nodePort?: number;
  readonly healthCheckNodePort?: number;
  readonly sourceFilter?: SourceFilter;
  readonly affinitySeconds?: number;
  readonly internalPolicy: TrafficPolicy;
  readonly externalPolicy: TrafficPolicy;
  /** Has a node port, an external or a load-balancer address in this family. */
  readonly externallyReachable: boolean;
  readonly choice: EndpointChoice;
  /** All endpoints, used or not. */
  readonly endpointCount: number;
  readonly internal: Verdict;
  readonly external: Verdict;
}

/** All decisions for one node and family; service ports sorted by namespace, name, port name, protocol. */
export interface Plan {
  readonly family: Family;
  readonly node: NodeView;
  readonly servicePorts: readonly PlannedServicePort[];
  /** Endpoints of all service ports, used or not. */
  readonly endpointCount: number;
}
