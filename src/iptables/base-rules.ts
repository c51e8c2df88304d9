// The rules that exist whatever the services (spec 2, "Jumps" and "Fixed rules").
import type { Family } from '../model/family.ts';
import type { NodeView } from '../plan/node-view.ts';
import { sharedChains as chain } from './chain-name.ts';
import type { CompileOptions } from './compile-options.ts';
import { comment, conntrackState, destination, destinationType, mark, source } from './match.ts';
import { type BaseRules, type Chain, type Rule, rule } from './rule.ts';
import { accept, drop, jump, masquerade, orMark, returnTarget, xorMark } from './target.ts';

const onNew = conntrackState('NEW');

/** New connections only: established ones are past these chains, and would pay for them with every packet. */
const jumpNew = (text: string, to: string): Rule => rule([onNew, comment(text)], jump(to));

const firewall = jumpNew('kubernetes load balancer firewall', chain.proxyFirewall);
const external = jumpNew('kubernetes externally-visible service portals', chain.external);
const services = jumpNew('kubernetes service portals', chain.services);
const kubeletFirewall = rule([], jump(chain.kubeletFirewall));

/** The jumps out of the built-in chains, as they stand there from the top. */
const filterJumps: readonly Chain[] = [
  {
    name: 'INPUT',
    rules: [
      kubeletFirewall,
      firewall,
      rule([comment('kubernetes health check service ports')], jump(chain.nodePorts)),
      external,
    ],
  },
  {
    name: 'FORWARD',
    rules: [
      firewall,
      rule([comment('kubernetes forwarding rules')], jump(chain.forward)),
      services,
      external,
    ],
  },
  { name: 'OUTPUT', rules: [kubeletFirewall, firewall, services] },
];

const natJumps: readonly Chain[] = [
  { name: 'PREROUTING', rules: [rule([comment('kubernetes service portals')], jump(chain.services))] },
  { name: 'OUTPUT', rules: [rule([comment('kubernetes service portals')], jump(chain.services))] },
  { name: 'POSTROUTING', rules: [rule([comment('kubernetes postrouting rules')], jump(chain.postrouting))] },
];

export function baseRules(node: NodeView, options: CompileOptions): readonly BaseRules[] {
  return [filterBase(node, options), natBase(node, options)];
}

function filterBase(node: NodeView, options: CompileOptions): BaseRules {
  return {
    table: 'filter',
    jumps: filterJumps,
    chains: [
      { name: chain.services, rules: [] },
      { name: chain.external, rules: [] },
      { name: chain.nodePorts, rules: [] },
      { name: chain.proxyFirewall, rules: [] },
      { name: chain.forward, rules: forwardRules(options) },
      { name: chain.kubeletFirewall, rules: servesLoopback(node, options) ? [dropMartianLocalnet] : [] },
    ],
    last: [],
  };
}

/** https://issues.k8s.io/90259: route_localnet, needed for localhost node ports, lets neighbours reach loopback. */
const dropMartianLocalnet = rule(
  [
    source('127.0.0.0/8', true),
    destination('127.0.0.0/8'),
    comment('block incoming localnet connections'),
    conntrackState('RELATED,ESTABLISHED,DNAT', true),
  ],
  drop,
);

function servesLoopback({ family, nodePorts }: NodeView, options: CompileOptions): boolean {
  if (family === 'ipv6' || !options.localhostNodePorts) return false;
  return nodePorts.on === 'all' ? nodePorts.loopback : nodePorts.addresses.some(isLoopback);
}

const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1';

function forwardRules({ masqueradeMark, tcpBeLiberal }: CompileOptions): Rule[] {
  const dropInvalid = rule([conntrackState('INVALID')], drop);
  return [
    // https://issues.k8s.io/74839: a segment that conntrack takes for invalid is not translated back, and resets the connection.
    ...(tcpBeLiberal ? [] : [dropInvalid]),
    rule([comment('kubernetes forwarding rules'), mark(`${masqueradeMark}/${masqueradeMark}`)], accept),
    rule([comment('kubernetes forwarding conntrack rule'), conntrackState('RELATED,ESTABLISHED')], accept),
  ];
}

function natBase(node: NodeView, options: CompileOptions): BaseRules {
  const { masqueradeMark } = options;
  return {
    table: 'nat',
    jumps: natJumps,
    chains: [
      { name: chain.services, rules: [] },
      { name: chain.nodePorts, rules: [] },
      { name: chain.markMasq, rules: [rule([], orMark(masqueradeMark))] },
      {
        name: chain.postrouting,
        rules: [
          rule([mark(`${masqueradeMark}/${masqueradeMark}`, true)], returnTarget),
          // Cleared, so that a packet that passes the stack again (IPsec, a tunnel) is not masqueraded twice.
          rule([], xorMark(masqueradeMark)),
          rule([comment('kubernetes service traffic requiring SNAT')], masquerade),
        ],
      },
    ],
    last: [{ name: chain.services, rules: nodePortJumps(node, options) }],
  };
}

const nodePortComment = comment(
  'kubernetes service nodeports; NOTE: this must be the last rule in this chain',
);
const isLocalAddress = destinationType('LOCAL');

function nodePortJumps({ family, nodePorts }: NodeView, options: CompileOptions): Rule[] {
  const to = jump(chain.nodePorts);
  if (nodePorts.on === 'all') {
    const unserved = unservedLoopback(family, options);
    return [rule([...(unserved ? [destination(unserved, true)] : []), nodePortComment, isLocalAddress], to)];
  }
  const unserved = unservedLoopback(family, options) !== undefined;
  return nodePorts.addresses
    .filter((address) => !(unserved && isLoopback(address)))
    .map((address) => rule([destination(address), nodePortComment], to));
}

/** Node ports never work on IPv6 loopback: the kernel has no route_localnet there. */
function unservedLoopback(family: Family, { localhostNodePorts }: CompileOptions): string | undefined {
  if (family === 'ipv6') return '::1/128';
  return localhostNodePorts ? undefined : '127.0.0.0/8';
}
