import type { Address, Cidr } from './address.ts';
import type { ByFamily } from './family.ts';

export type Mode = 'iptables' | 'nftables';

/** How traffic of pods on this node is told from other traffic. */
export type LocalDetection =
  | { readonly by: 'ClusterCIDR'; readonly cidrs: ByFamily<Cidr | undefined> }
  | { readonly by: 'NodeCIDR' }
  | { readonly by: 'BridgeInterface'; readonly name: string }
  | { readonly by: 'InterfaceNamePrefix'; readonly prefix: string };

/** Which of the node's addresses answer on node ports; a family without CIDRs answers on all. */
export type NodePortAddresses =
  | { readonly by: 'cidr'; readonly cidrs: ByFamily<readonly Cidr[]> }
  | { readonly by: 'primary' };

/** Settings of one backend. */
export interface BackendSettings {
  readonly masqueradeAll: boolean;
  /** Bit of the packet mark, 0 to 31. */
  readonly masqueradeBit: number;
}

/** kube-proxy's configuration as far as it decides rules, defaults filled in. */
export interface Settings {
  readonly mode: Mode;
  readonly nodeName?: string;
  /** Overrides the addresses of the Node object. */
  readonly nodeIps: readonly Address[];
  readonly localDetection: LocalDetection;
  readonly nodePortAddresses: NodePortAddresses;
  readonly iptables: BackendSettings & { readonly localhostNodePorts: boolean };
  readonly nftables: BackendSettings;
  /** Whether conntrack takes out-of-window TCP segments as valid; then none is dropped as INVALID. */
  readonly tcpBeLiberal: boolean;
}
