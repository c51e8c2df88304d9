import type { Address, Cidr } from './address.ts';
import type { EndpointSlice } from './endpoint-slice.ts';
import type { ByFamily } from './family.ts';
import type { Service } from './service.ts';

export interface Node {
  readonly name: string;
  readonly zone?: string;
  /** InternalIP addresses, then ExternalIP ones, in the Node's order. */
  readonly addresses: readonly Address[];
  readonly podCidrs: ByFamily<Cidr | undefined>;
}

/** Everything that was read, in an order of its own: never that of the input. */
export interface Cluster {
  /** Sorted by namespace, then name. */
  readonly services: readonly Service[];
  /** By `namespace/name` of the Service; each list sorted by slice name. */
  readonly slices: ReadonlyMap<string, readonly EndpointSlice[]>;
  /** By name. */
  readonly nodes: ReadonlyMap<string, Node>;
  readonly serviceCidrs: readonly Cidr[];
  /** Objects of kinds that do not count here, e.g. `ConfigMap` → 3. */
  readonly passedOver: ReadonlyMap<string, number>;
}
