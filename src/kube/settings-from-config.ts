import { type Address, type Cidr, isFault, parseAddress, parseCidr } from '../model/address.ts';
import type { Family } from '../model/family.ts';
import { showValue } from '../model/problem.ts';
import type { LocalDetection, NodePortAddresses, Settings } from '../model/settings.ts';
import { UserError } from '../model/user-error.ts';
import type { ProxyConfig } from './proxy-config-schema.ts';

/** What the command line says over the configuration; names as in KubeProxyConfiguration. */
export interface ConfigOverrides {
  readonly mode?: 'iptables' | 'nftables';
  readonly hostnameOverride?: string;
  readonly clusterCIDR?: string;
  readonly masqueradeAll?: boolean;
  readonly nodePortAddresses?: readonly string[];
  readonly detectLocalMode?: 'ClusterCIDR' | 'NodeCIDR' | 'BridgeInterface' | 'InterfaceNamePrefix';
  readonly bridgeInterface?: string;
  readonly interfaceNamePrefix?: string;
  readonly masqueradeBit?: number;
  readonly localhostNodePorts?: boolean;
  /** Addresses of the node instead of those of its Node object. */
  readonly nodeIps?: readonly string[];
}

const defaultMasqueradeBit = 14;

/**
 * Fills in kube-proxy's defaults and reads the addresses.
 *
 * @throws UserError that names the field whose value cannot be used.
 */
export function settingsFromConfig(
  config: Partial<ProxyConfig>,
  overrides: ConfigOverrides = {},
  file = 'configuration',
): Settings {
  try {
    return readSettings(config, overrides);
  } catch (error) {
    if (!(error instanceof BadField)) throw error;
    const { field, value, expected, flag } = error;
    const place = overrides[flag] === undefined ? `${file}: KubeProxyConfiguration` : 'command line';
    throw new UserError(`${place}: ${field}: ${showValue(value)}: expected ${expected}`);
  }
}

/** A value that cannot be used, before it is known whether the file or the command line has it. */
class BadField extends Error {
  constructor(
    readonly flag: keyof ConfigOverrides,
    readonly field: string,
    readonly value: unknown,
    readonly expected: string,
  ) {
    super(field);
  }
}

function readSettings(config: Partial<ProxyConfig>, overrides: ConfigOverrides): Settings {
  // As kube-proxy does: a Node's name is in lower case.
  const nodeName = (overrides.hostnameOverride ?? config.hostnameOverride)?.trim().toLowerCase();
  const iptables = config.iptables ?? {};
  const nftables = config.nftables ?? {};
  return {
    mode: overrides.mode ?? (config.mode || 'iptables'),
    ...(nodeName ? { nodeName } : {}),
    nodeIps: readNodeIps(overrides.nodeIps ?? []),
    localDetection: readLocalDetection(config, overrides),
    nodePortAddresses: readNodePortAddresses(overrides.nodePortAddresses ?? config.nodePortAddresses ?? []),
    iptables: {
      masqueradeAll: overrides.masqueradeAll ?? iptables.masqueradeAll ?? false,
      masqueradeBit: overrides.masqueradeBit ?? iptables.masqueradeBit ?? defaultMasqueradeBit,
      localhostNodePorts: overrides.localhostNodePorts ?? iptables.localhostNodePorts ?? true,
    },
    nftables: {
      masqueradeAll: overrides.masqueradeAll ?? nftables.masqueradeAll ?? false,
      masqueradeBit: nftables.masqueradeBit ?? defaultMasqueradeBit,
    },
    tcpBeLiberal: config.conntrack?.tcpBeLiberal ?? false,
  };
}

function readNodeIps(texts: readonly string[]): Address[] {
  return texts.map((text) => {
    const address = parseAddress(text);
    if (isFault(address)) throw new BadField('nodeIps', 'node IP', text, address.expected);
    return address;
  });
}

function readLocalDetection(config: Partial<ProxyConfig>, overrides: ConfigOverrides): LocalDetection {
  const by = overrides.detectLocalMode ?? (config.detectLocalMode || 'ClusterCIDR');
  if (by === 'NodeCIDR') return { by };
  if (by === 'BridgeInterface') {
    const name = overrides.bridgeInterface ?? config.detectLocal?.bridgeInterface;
    if (!name)
      throw new BadField(
        'bridgeInterface',
        'detectLocal.bridgeInterface',
        name,
        'an interface name, as detectLocalMode is BridgeInterface',
      );
    return { by, name };
  }
  if (by === 'InterfaceNamePrefix') {
    const prefix = overrides.interfaceNamePrefix ?? config.detectLocal?.interfaceNamePrefix;
    if (!prefix)
      throw new BadField(
        'interfaceNamePrefix',
        'detectLocal.interfaceNamePrefix',
        prefix,
        'a prefix, as detectLocalMode is InterfaceNamePrefix',
      );
    return { by, prefix };
  }
  const text = overrides.clusterCIDR ?? config.clusterCIDR ?? '';
  const cidrs: Record<Family, Cidr | undefined> = { ipv4: undefined, ipv6: undefined };
  for (const entry of text === '' ? [] : text.split(',')) {
    const cidr = readCidr('clusterCIDR', 'clusterCIDR', entry.trim());
    if (cidrs[cidr.family])
      throw new BadField('clusterCIDR', 'clusterCIDR', text, 'one CIDR of each family at most');
    cidrs[cidr.family] = cidr;
  }
  return { by, cidrs };
}

function readNodePortAddresses(texts: readonly string[]): NodePortAddresses {
  if (texts.includes('primary')) {
    if (texts.length > 1)
      throw new BadField('nodePortAddresses', 'nodePortAddresses', texts, '"primary" alone, or CIDRs');
    return { by: 'primary' };
  }
  const cidrs: Record<Family, Cidr[]> = { ipv4: [], ipv6: [] };
  for (const [i, text] of texts.entries()) {
    const cidr = readCidr('nodePortAddresses', `nodePortAddresses[${i}]`, text.trim());
    cidrs[cidr.family].push(cidr);
  }
  return { by: 'cidr', cidrs };
}

function readCidr(flag: keyof ConfigOverrides, field: string, text: string): Cidr {
  const cidr = parseCidr(text);
  if (isFault(cidr)) throw new BadField(flag, field, text, cidr.expected);
  return cidr;
}
