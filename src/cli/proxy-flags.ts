import { type Command, InvalidArgumentError, Option } from 'commander';
import { detectLocalModes, modes } from '../kube/proxy-config-schema.ts';
import type { ConfigOverrides } from '../kube/settings-from-config.ts';

/** Values of the flags, under the names that commander gives them. */
export interface ProxyFlags {
  readonly node?: string;
  readonly hostnameOverride?: string;
  readonly nodeIp?: readonly string[];
  readonly mode?: 'iptables' | 'nftables';
  readonly proxyMode?: 'iptables' | 'nftables';
  readonly clusterCidr?: string;
  readonly masqueradeAll?: boolean;
  readonly nodeportAddresses?: readonly string[];
  readonly detectLocalMode?: (typeof detectLocalModes)[number];
  readonly podBridgeInterface?: string;
  readonly podInterfaceNamePrefix?: string;
  readonly iptablesMasqueradeBit?: number;
  readonly iptablesLocalhostNodeports?: boolean;
}

function parseBoolean(text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  throw new InvalidArgumentError('expected true or false.');
}

function parseBit(text: string): number {
  if (/^\d{1,2}$/.test(text) && Number(text) <= 31) return Number(text);
  throw new InvalidArgumentError('expected a whole number from 0 to 31.');
}

function parseInterface(text: string): string {
  if (/^[A-Za-z0-9_.-]{1,15}$/.test(text)) return text;
  throw new InvalidArgumentError('expected an interface name: at most 15 of A-Z, a-z, 0-9, _, . and -.');
}

const parseList = (text: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  ...text.split(','),
];

/** Adds kube-proxy's flags that decide rules, under kube-proxy's names; each overrides `--config`. */
export function addProxyFlags(command: Command): Command {
  const group = "kube-proxy's settings (each overrides --config):";
  const flag = (flags: string, description: string): Option =>
    new Option(flags, description).helpGroup(group);
  return command
    .addOption(
      flag('--node <name>', 'node whose rules are wanted; may be left out with one Node in the input'),
    )
    .addOption(flag('--hostname-override <name>', 'the same, as kube-proxy calls it'))
    .addOption(
      flag('--node-ip <ips>', "the node's addresses, instead of its Node object's").argParser(parseList),
    )
    .addOption(flag('--mode <mode>', 'what to compile for').choices(modes))
    .addOption(flag('--proxy-mode <mode>', 'the same, as kube-proxy calls it').choices(modes))
    .addOption(flag('--cluster-cidr <cidrs>', 'CIDR of all pods, one a family, separated by a comma'))
    .addOption(flag('--detect-local-mode <mode>', "how this node's pods are told").choices(detectLocalModes))
    .addOption(flag('--pod-bridge-interface <name>', 'for BridgeInterface').argParser(parseInterface))
    .addOption(
      flag('--pod-interface-name-prefix <prefix>', 'for InterfaceNamePrefix').argParser(parseInterface),
    )
    .addOption(
      flag('--masquerade-all [bool]', 'masquerade everything to cluster IPs')
        .argParser(parseBoolean)
        .preset('true'),
    )
    .addOption(
      flag('--nodeport-addresses <cidrs>', 'where node ports answer: CIDRs, or primary').argParser(parseList),
    )
    .addOption(flag('--iptables-masquerade-bit <bit>', 'bit of the packet mark, 0 to 31').argParser(parseBit))
    .addOption(
      flag('--iptables-localhost-nodeports [bool]', 'node ports on 127.0.0.0/8')
        .argParser(parseBoolean)
        .preset('true'),
    );
}

/** What the flags say over the configuration. */
export function overridesFrom(flags: ProxyFlags): ConfigOverrides {
  const entries: [keyof ConfigOverrides, unknown][] = [
    ['mode', flags.mode ?? flags.proxyMode],
    ['hostnameOverride', flags.node ?? flags.hostnameOverride],
    ['nodeIps', flags.nodeIp],
    ['clusterCIDR', flags.clusterCidr],
    ['masqueradeAll', flags.masqueradeAll],
    ['nodePortAddresses', flags.nodeportAddresses],
    ['detectLocalMode', flags.detectLocalMode],
    ['bridgeInterface', flags.podBridgeInterface],
    ['interfaceNamePrefix', flags.podInterfaceNamePrefix],
    ['masqueradeBit', flags.iptablesMasqueradeBit],
    ['localhostNodePorts', flags.iptablesLocalhostNodeports],
  ];
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}
