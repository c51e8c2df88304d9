// The rules of one service port (spec 2, "Per service port").

import type { NodeView } from '../plan/node-view.ts';
import type { PlannedServicePort } from '../plan/plan.ts';
import type { PlannedEndpoint } from '../plan/planned-endpoint.ts';
import { endpointChain, serviceChainHash, sharedChains } from './chain-name.ts';
import type { CompileOptions } from './compile-options.ts';
import { dispatchRules } from './dispatch-rules.ts';
import {
  comment,
  destination,
  destinationPort,
  inInterface,
  type Match,
  protocol,
  protocolModule,
  recentCheck,
  recentSet,
  source,
  sourceType,
  statistic,
} from './match.ts';
import { type Chain, type Rule, rule, type ServiceRules } from './rule.ts';
import type { ServiceContext } from './service-context.ts';
import { dnat, jump } from './target.ts';

/** Made once: every endpoint has such a rule. */
const toMarkMasq = jump(sharedChains.markMasq);

export function serviceRules(
  port: PlannedServicePort,
  node: NodeView,
  options: CompileOptions,
): ServiceRules {
  const lower = port.protocol.toLowerCase();
  const hash = serviceChainHash(port.name, lower);
  const context: ServiceContext = {
    port,
    node,
    options,
    protocol: lower,
    chains: {
      svc: `KUBE-SVC-${hash}`,
      svl: `KUBE-SVL-${hash}`,
      ext: `KUBE-EXT-${hash}`,
      fw: `KUBE-FW-${hash}`,
    },
    usesFirewall:
      port.choice.hasEndpoints && port.sourceFilter !== undefined && port.loadBalancerAddresses.length > 0,
  };
  return { name: port.name, shared: dispatchRules(context), chains: serviceChains(context) };
}

function serviceChains(context: ServiceContext): Chain[] {
  const { port, chains, usesFirewall } = context;
  const { choice } = port;
  const endpointChains = new Map<PlannedEndpoint, string>();
  for (const endpoint of choice.reachable) {
    endpointChains.set(endpoint, endpointChain(port.name, context.protocol, endpoint.socket));
  }
  const made: Chain[] = [];
  if (choice.hasEndpoints && port.externallyReachable)
    made.push({ name: chains.ext, rules: externalRules(context) });
  if (usesFirewall) made.push({ name: chains.fw, rules: firewallRules(context) });
  if (choice.cluster.length > 0)
    made.push(policyChain(context, 'cluster endpoints', choice.cluster, endpointChains));
  if (choice.local.length > 0)
    made.push(policyChain(context, 'local endpoints', choice.local, endpointChains));
  for (const [endpoint, name] of endpointChains)
    made.push({ name, rules: endpointRules(context, endpoint, name) });
  return made;
}

/** The source is (or, negated, is not) a pod of this node; nothing when that cannot be told. */
function fromLocalPod({ node }: ServiceContext, negated: boolean): Match | undefined {
  if (node.localTraffic === undefined) return undefined;
  return node.localTraffic.by === 'source'
    ? source(node.localTraffic.cidr, negated)
    : inInterface(node.localTraffic.pattern, negated);
}

function externalRules(context: ServiceContext): Rule[] {
  const { port, chains } = context;
  const target = port.external.to === 'cluster endpoints' ? chains.svc : chains.svl;
  const policyRule = port.external.to === 'drop' ? [] : [rule([], jump(target))];
  const about = (what: string): Match => comment(`${what} ${port.name} external destinations`);
  if (port.externalPolicy === 'Cluster') {
    // Another node may answer, and its reply must come back through this one.
    return [rule([about('masquerade traffic for')], toMarkMasq), ...policyRule];
  }
  const fromPod = fromLocalPod(context, false);
  const fromHost = sourceType('LOCAL');
  return [
    // A local pod gets what it would get by way of the load balancer and back: any endpoint.
    ...(fromPod ? [rule(sorted([fromPod, about('pod traffic for')]), jump(chains.svc))] : []),
    // The host would pick the load-balancer address itself as its source.
    rule([about('masquerade LOCAL traffic for'), fromHost], toMarkMasq),
    rule([about('route LOCAL traffic for'), fromHost], jump(chains.svc)),
    ...policyRule,
  ];
}

function firewallRules({ port, chains }: ServiceContext): Rule[] {
  const filter = port.sourceFilter ?? { cidrs: [], allowsNode: false };
  const note = comment(`${port.name} loadbalancer IP`);
  const allowed = (from: string): Rule => rule([source(from), note], jump(chains.ext));
  return [
    ...filter.cidrs.map(allowed),
    // The node may have the address as its own and then come from it.
    ...(filter.allowsNode ? port.loadBalancerAddresses.map(allowed) : []),
    rule([comment(`other traffic to ${port.name} will be dropped by KUBE-PROXY-FIREWALL`)]),
  ];
}

/** The chain that shares traffic among endpoints, and masquerades what asks for the cluster IP from elsewhere. */
function policyChain(
  context: ServiceContext,
  policy: 'cluster endpoints' | 'local endpoints',
  endpoints: readonly PlannedEndpoint[],
  endpointChains: ReadonlyMap<PlannedEndpoint, string>,
): Chain {
  const { port, chains, options } = context;
  const rules: Rule[] = [];
  const masquerade = port.internal.to === policy ? masqueradeClusterAddress(context) : undefined;
  if (masquerade) rules.push(masquerade);
  const about = (endpoint: PlannedEndpoint): Match[] =>
    options.endpointComments ? [comment(`${port.name} -> ${endpoint.socket}`)] : [];
  const chainOf = (endpoint: PlannedEndpoint): string => endpointChains.get(endpoint) as string;
  const { affinitySeconds } = port;
  if (affinitySeconds !== undefined) {
    for (const endpoint of endpoints) {
      const list = chainOf(endpoint);
      rules.push(rule([...about(endpoint), recentCheck(list, affinitySeconds)], jump(list)));
    }
  }
  for (const [i, endpoint] of endpoints.entries()) {
    const left = endpoints.length - i;
    const share = left > 1 ? [shareOf(left)] : [];
    rules.push(rule([...about(endpoint), ...share], jump(chainOf(endpoint))));
  }
  return { name: policy === 'cluster endpoints' ? chains.svc : chains.svl, rules };
}

const shares: Match[] = [];
/** 1/n, made once for each n. */
function shareOf(n: number): Match {
  shares[n] ??= statistic(Number((1 / n).toFixed(10)));
  return shares[n];
}

function masqueradeClusterAddress(context: ServiceContext): Rule | undefined {
  const { port, options } = context;
  const fromElsewhere = options.masqueradeAll ? undefined : fromLocalPod(context, true);
  if (fromElsewhere === undefined && !options.masqueradeAll) return undefined;
  const matches = [
    ...(fromElsewhere ? [fromElsewhere] : []),
    destination(port.clusterAddress),
    protocol(context.protocol),
    comment(`${port.name} cluster IP`),
    destinationPort(context.protocol, port.port),
  ];
  return rule(sorted(matches), toMarkMasq);
}

function endpointRules(context: ServiceContext, endpoint: PlannedEndpoint, name: string): Rule[] {
  const { port, options } = context;
  const note = options.endpointComments ? [comment(port.name)] : [];
  const remember = port.affinitySeconds === undefined ? [] : [recentSet(name)];
  return [
    // A pod that reaches itself through its service must not see its own address as the source.
    rule([source(endpoint.address), ...note], toMarkMasq),
    rule(
      [protocol(context.protocol), ...note, ...remember, protocolModule(context.protocol)],
      dnat(endpoint.socket),
    ),
  ];
}

const order: readonly Match['kind'][] = ['source', 'destination', 'in-interface', 'protocol'];

/** iptables prints these four first, in this order, wherever they were given. */
function sorted(matches: readonly Match[]): Match[] {
  const rank = ({ kind }: Match): number => (order.indexOf(kind) + order.length + 1) % (order.length + 1);
  return [...matches].sort((a, b) => rank(a) - rank(b));
}
