import type { Address, Cidr } from '../model/address.ts';
import { contains } from '../model/address.ts';
import type { Cluster } from '../model/cluster.ts';
import type { Family } from '../model/family.ts';
import type { LocalDetection, NodePortAddresses, Settings } from '../model/settings.ts';
import { UserError } from '../model/user-error.ts';

/** How a rule tells traffic of this node's pods. */
export type LocalTraffic =
  | { readonly by: 'source'; readonly cidr: string }
  | { readonly by: 'interface' /** `cni0`, or `cni+` for a prefix */; readonly pattern: string };

/** Where node ports answer: on every local address, or on these. */
export type NodePortScope =
  | { readonly on: 'all' /** IPv4 loopback counts too */; readonly loopback: boolean }
  | { readonly on: 'addresses'; readonly addresses: readonly string[] };

/** The node as one family sees it. */
export interface NodeView {
  readonly name: string;
  readonly zone?: string;
  readonly family: Family;
  /** The node's own address, for source ranges that contain it. */
  readonly address?: Address;
  /** Absent when pod traffic cannot be told from other traffic in this family. */
  readonly localTraffic?: LocalTraffic;
  readonly nodePorts: NodePortScope;
}

/**
 * Which node of the input the rules are for.
 *
 * @throws UserError when none is named and the input does not have exactly one, or the named one is unknown.
 */
export function chooseNode(cluster: Cluster, settings: Settings): string {
  const names = [...cluster.nodes.keys()].sort();
  if (settings.nodeName !== undefined) {
    if (names.length > 0 && !cluster.nodes.has(settings.nodeName)) {
      throw new UserError(`unknown node "${settings.nodeName}": the input has ${listNames(names)}`);
    }
    return settings.nodeName;
  }
  const [only] = names;
  if (only !== undefined && names.length === 1) return only;
  throw new UserError(
    names.length === 0
      ? 'name the node with --node: the input has no Node object'
      : `name the node with --node: the input has ${listNames(names)}`,
  );
}

const shownNames = 10;

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, shownNames).join(', ');
  return names.length > shownNames ? `${shown} and ${names.length - shownNames} more` : shown;
}

/** What one family of the rules needs to know of the node. Asks nothing of the host it runs on. */
export function viewNode(cluster: Cluster, settings: Settings, name: string, family: Family): NodeView {
  const node = cluster.nodes.get(name);
  const own = settings.nodeIps.filter((address) => address.family === family);
  const addresses =
    own.length > 0 ? own : (node?.addresses.filter((address) => address.family === family) ?? []);
  const localTraffic = tellLocalTraffic(settings.localDetection, family, node?.podCidrs[family]);
  return {
    name,
    ...(node?.zone === undefined ? {} : { zone: node.zone }),
    family,
    ...(addresses[0] === undefined ? {} : { address: addresses[0] }),
    ...(localTraffic === undefined ? {} : { localTraffic }),
    nodePorts: scopeNodePorts(settings.nodePortAddresses, family, addresses),
  };
}

function tellLocalTraffic(
  detection: LocalDetection,
  family: Family,
  podCidr: Cidr | undefined,
): LocalTraffic | undefined {
  switch (detection.by) {
    case 'ClusterCIDR': {
      const cidr = detection.cidrs[family];
      return cidr && { by: 'source', cidr: cidr.text };
    }
    case 'NodeCIDR':
      return podCidr && { by: 'source', cidr: podCidr.text };
    case 'BridgeInterface':
      return { by: 'interface', pattern: detection.name };
    case 'InterfaceNamePrefix':
      return { by: 'interface', pattern: `${detection.prefix}+` };
  }
}

const loopback: Readonly<Record<Family, Address>> = {
  ipv4: { family: 'ipv4', text: '127.0.0.1', value: 0x7f000001n },
  ipv6: { family: 'ipv6', text: '::1', value: 1n },
};

function scopeNodePorts(
  chosen: NodePortAddresses,
  family: Family,
  addresses: readonly Address[],
): NodePortScope {
  if (chosen.by === 'primary')
    return { on: 'addresses', addresses: addresses.slice(0, 1).map(({ text }) => text) };
  const cidrs = chosen.cidrs[family];
  if (cidrs.length === 0 || cidrs.some(({ prefix }) => prefix === 0))
    return { on: 'all', loopback: family === 'ipv4' };
  // Every host has its loopback address, though no Node object lists it.
  const matching = [...addresses, loopback[family]].filter((address) =>
    cidrs.some((cidr) => contains(cidr, address)),
  );
  return { on: 'addresses', addresses: [...new Set(matching.map(({ text }) => text))] };
}
