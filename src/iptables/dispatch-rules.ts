// One service port's rules in the chains that all services share.
import type { Verdict } from '../plan/plan.ts';
import { sharedChains } from './chain-name.ts';
import { comment, destination, destinationPort, destinationType, protocol } from './match.ts';
import { type Rule, rule, type SharedRule, type TableName } from './rule.ts';
import type { ServiceContext } from './service-context.ts';
import { accept, drop, jump, reject, type Target } from './target.ts';

export function dispatchRules(context: ServiceContext): SharedRule[] {
  return [
    clusterAddressRule(context),
    ...externalAddressRules(context),
    ...loadBalancerRules(context),
    ...nodePortRules(context),
    ...healthCheckRules(context),
  ];
}

const shared = (table: TableName, chain: string, rule: Rule): SharedRule => ({ table, chain, rule });

/** A rule for what goes to `address` and `port`. */
function toAddress(context: ServiceContext, address: string, text: string, target: Target): Rule {
  const { port } = context;
  return rule(
    [
      destination(address),
      protocol(context.protocol),
      comment(text),
      destinationPort(context.protocol, port.port),
    ],
    target,
  );
}

/** Target and comment for a verdict that ends in the filter table; undefined when there is somewhere to go. */
function refusal(
  { port, node }: ServiceContext,
  verdict: Verdict,
): { target: Target; text: string } | undefined {
  if (verdict.to === 'reject') return { target: reject(node.family), text: `${port.name} has no endpoints` };
  if (verdict.to === 'drop') return { target: drop, text: `${port.name} has no local endpoints` };
  return undefined;
}

function clusterAddressRule(context: ServiceContext): SharedRule {
  const { port, chains } = context;
  const refused = refusal(context, port.internal);
  if (refused) {
    return shared(
      'filter',
      sharedChains.services,
      toAddress(context, port.clusterAddress, refused.text, refused.target),
    );
  }
  const chain = port.internal.to === 'local endpoints' ? chains.svl : chains.svc;
  const target = jump(chain);
  return shared(
    'nat',
    sharedChains.services,
    toAddress(context, port.clusterAddress, `${port.name} cluster IP`, target),
  );
}

function externalAddressRules(context: ServiceContext): SharedRule[] {
  const { port, chains } = context;
  return port.externalAddresses.flatMap((address) => [
    ...(port.choice.hasEndpoints
      ? [
          shared(
            'nat',
            sharedChains.services,
            toAddress(context, address, `${port.name} external IP`, jump(chains.ext)),
          ),
        ]
      : []),
    ...refuseAddress(context, address),
  ]);
}

function loadBalancerRules(context: ServiceContext): SharedRule[] {
  const { port, chains, usesFirewall } = context;
  const target = jump(usesFirewall ? chains.fw : chains.ext);
  return port.loadBalancerAddresses.flatMap((address) => [
    ...(port.choice.hasEndpoints
      ? [
          shared(
            'nat',
            sharedChains.services,
            toAddress(context, address, `${port.name} loadbalancer IP`, target),
          ),
        ]
      : []),
    // What the firewall chain lets through is rewritten by now, and no longer goes to this address.
    ...(usesFirewall
      ? [
          shared(
            'filter',
            sharedChains.proxyFirewall,
            toAddress(context, address, `${port.name} traffic not accepted by ${chains.fw}`, drop),
          ),
        ]
      : []),
    ...refuseAddress(context, address),
  ]);
}

/** Refuses what the nat table did not send elsewhere, local pods' and the host's short cuts among it. */
function refuseAddress(context: ServiceContext, address: string): SharedRule[] {
  const refused = refusal(context, context.port.external);
  return refused
    ? [shared('filter', sharedChains.external, toAddress(context, address, refused.text, refused.target))]
    : [];
}

function nodePortRules(context: ServiceContext): SharedRule[] {
  const { port, chains } = context;
  if (port.nodePort === undefined) return [];
  const onPort = destinationPort(context.protocol, port.nodePort);
  const refused = refusal(context, port.external);
  const rules: SharedRule[] = [];
  if (port.choice.hasEndpoints) {
    const matches = [protocol(context.protocol), comment(port.name), onPort];
    rules.push(shared('nat', sharedChains.nodePorts, rule(matches, jump(chains.ext))));
  }
  if (refused) {
    const matches = [protocol(context.protocol), comment(refused.text), destinationType('LOCAL'), onPort];
    rules.push(shared('filter', sharedChains.external, rule(matches, refused.target)));
  }
  return rules;
}

/** The load balancer asks here whether this node has local endpoints; a firewall must not keep it out. */
function healthCheckRules({ port }: ServiceContext): SharedRule[] {
  if (port.healthCheckNodePort === undefined) return [];
  const matches = [
    protocol('tcp'),
    comment(`${port.name} health check node port`),
    destinationPort('tcp', port.healthCheckNodePort),
  ];
  return [shared('filter', sharedChains.nodePorts, rule(matches, accept))];
}
