// From saved tables back to the form that the compiler makes: the shared part, and the part of each service.
import { compareBytes } from '../model/byte-order.ts';
import type { Family } from '../model/family.ts';
import { sharedChains } from './chain-name.ts';
import type { ParsedTable } from './parse-tables.ts';
import {
  type BaseRules,
  type Chain,
  type Rule,
  type Ruleset,
  type ServiceRules,
  type SharedRule,
  type TableName,
  tableNames,
} from './rule.ts';

/** Shared chains of each table, in print order. */
const chainsOf: Readonly<Record<TableName, readonly string[]>> = {
  filter: [
    sharedChains.services,
    sharedChains.external,
    sharedChains.nodePorts,
    sharedChains.proxyFirewall,
    sharedChains.forward,
    sharedChains.kubeletFirewall,
  ],
  nat: [sharedChains.services, sharedChains.nodePorts, sharedChains.markMasq, sharedChains.postrouting],
};

/** Built-in chains that hold jumps of ours, in print order. */
const hooksOf: Readonly<Record<TableName, readonly string[]>> = {
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  nat: ['PREROUTING', 'OUTPUT', 'POSTROUTING'],
};

const serviceChain = /^KUBE-(EXT|FW|SVC|SVL|SEP)-[A-Z2-7]{16}$/;
const chainRank: Readonly<Record<string, number>> = { EXT: 0, FW: 1, SVC: 2, SVL: 3, SEP: 4 };

/** Comments of the rules that lead to one service, behind its name. */
const aboutService =
  /^(\S+?\/\S+)(?: (?:cluster IP|external IP|loadbalancer IP|has no endpoints|has no local endpoints|health check node port|traffic not accepted by KUBE-FW-[A-Z2-7]{16}))?$/;

const lastNote = 'this must be the last rule in this chain';

/** Our rules among the saved ones. `strays` are chains of ours that no service leads to. */
export interface Grouped {
  readonly ruleset: Ruleset;
  readonly strays: readonly Chain[];
}

/** Groups the rules of ours that `tables` hold; everything foreign is left out. */
export function groupByService(tables: readonly ParsedTable[], family: Family): Grouped {
  const shared = new Map<string, SharedRule[]>();
  const base: BaseRules[] = [];
  for (const name of tableNames) {
    const table = tables.find((parsed) => parsed.name === name);
    if (table) base.push(baseOf(table, name, shared));
  }
  const own = new Map<string, Chain>();
  for (const [name, rules] of tables.find((table) => table.name === 'nat')?.chains ?? []) {
    if (serviceChain.test(name)) own.set(name, { name, rules: rules.flatMap(({ rule }) => rule ?? []) });
  }
  const services: ServiceRules[] = [];
  for (const [name, rules] of shared)
    services.push({ name, shared: rules, chains: takeReachable(rules, own) });
  services.sort((a, b) => compareNames(a.name, b.name));
  return { ruleset: { family, base, services }, strays: [...own.values()] };
}

function baseOf(table: ParsedTable, name: TableName, shared: Map<string, SharedRule[]>): BaseRules {
  const last: Chain[] = [];
  const chains: Chain[] = [];
  for (const chain of chainsOf[name]) {
    const parsed = table.chains.get(chain);
    if (parsed === undefined) continue;
    const fixed: Rule[] = [];
    const final: Rule[] = [];
    for (const { rule } of parsed) {
      if (rule === undefined) continue;
      const service = serviceNamed(rule);
      if (commentOf(rule)?.includes(lastNote)) final.push(rule);
      else if (service === undefined) fixed.push(rule);
      else push(shared, service, { table: name, chain, rule });
    }
    chains.push({ name: chain, rules: fixed });
    if (final.length > 0) last.push({ name: chain, rules: final });
  }
  return { table: name, jumps: jumpsOf(table, name), chains, last };
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

function jumpsOf(table: ParsedTable, name: TableName): Chain[] {
  const ours = new Set(chainsOf[name]);
  return hooksOf[name].flatMap((hook) => {
    const rules = (table.chains.get(hook) ?? []).flatMap(({ rule }) =>
      rule?.target?.kind === 'jump' && ours.has(rule.target.chain) ? [rule] : [],
    );
    return rules.length > 0 ? [{ name: hook, rules }] : [];
  });
}

function commentOf(rule: Rule): string | undefined {
  const match = rule.matches.find(({ kind }) => kind === 'comment');
  return match?.kind === 'comment' ? match.text : undefined;
}

function serviceNamed(rule: Rule): string | undefined {
  return aboutService.exec(commentOf(rule) ?? '')?.[1];
}

/** Takes out of `own` what the rules lead to, in the order in which the compiler makes chains. */
function takeReachable(rules: readonly SharedRule[], own: Map<string, Chain>): Chain[] {
  const taken: Chain[] = [];
  const follow = (rule: Rule): void => {
    if (rule.target?.kind !== 'jump') return;
    const chain = own.get(rule.target.chain);
    if (chain === undefined) return;
    own.delete(chain.name);
    taken.push(chain);
    for (const next of chain.rules) follow(next);
  };
  for (const { rule } of rules) follow(rule);
  const rank = ({ name }: Chain): number => chainRank[name.split('-')[1] as string] ?? 0;
  return taken.sort((a, b) => rank(a) - rank(b) || compareBytes(endpointOf(a), endpointOf(b)));
}

/** Where an endpoint chain leads; endpoints are in the order of `ip:port`. */
function endpointOf(chain: Chain): string {
  const last = chain.rules.at(-1)?.target;
  return last?.kind === 'dnat' ? last.to : '';
}

/** By namespace, then Service, then port name: as sorted before they were joined. */
function compareNames(a: string, b: string): number {
  const [aNamespace = '', aRest = ''] = a.split('/');
  const [bNamespace = '', bRest = ''] = b.split('/');
  const [aService = '', aPort = ''] = aRest.split(':');
  const [bService = '', bPort = ''] = bRest.split(':');
  return (
    compareBytes(aNamespace, bNamespace) || compareBytes(aService, bService) || compareBytes(aPort, bPort)
  );
}
