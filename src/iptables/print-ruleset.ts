import { compileTemplate, readTemplate } from '../template/template.ts';
import { sharedChains } from './chain-name.ts';
import { printAppend, printInsert } from './print-rule.ts';
import {
  type BaseRules,
  type Chain,
  type Ruleset,
  type ServiceRules,
  type TableName,
  tableNames,
} from './rule.ts';

const tableHead = compileTemplate<{ table: string }>(readTemplate('iptables/table-head'));
const chainLine = compileTemplate<{ chain: string }>(readTemplate('iptables/chain-line'));
const tableTail = compileTemplate<Record<string, never>>(readTemplate('iptables/table-tail'));
const sectionHead = compileTemplate<{ title: string }>(readTemplate('iptables/section'));

/** Titles of the sections that belong to no service. */
export const baseTitle = 'for all services';
export const lastTitle = 'after all services';
export const strayTitle = 'chains that no service leads to';

/** Order of one service's rules in the shared chains, so that the same rules always print the same. */
const chainOrder: readonly string[] = [
  sharedChains.services,
  sharedChains.external,
  sharedChains.proxyFirewall,
  sharedChains.nodePorts,
];

/**
 * Prints an input for `iptables-restore --noflush` (or `ip6tables-restore`) that brings a node without any of our
 * rules to this state; piece by piece, as 10,000 services make 50 MB. A comment line names each service.
 */
export function* printRuleset(ruleset: Ruleset): Generator<string> {
  for (const table of tableNames) {
    const base = ruleset.base.find((rules) => rules.table === table);
    if (base === undefined) continue;
    yield tableHead({ table });
    yield printChainLines(base.chains);
    if (table === 'nat') for (const { chains } of ruleset.services) yield printChainLines(chains);
    yield* printSection(baseTitle, printBase(base));
    for (const service of ruleset.services) yield* printSection(service.name, printService(service, table));
    yield* printSection(lastTitle, printChains(base.last));
    yield tableTail({});
  }
}

function* printSection(title: string, text: string): Generator<string> {
  if (text !== '') yield sectionHead({ title }) + text;
}

/** Declares chains: `:KUBE-SVC-… - [0:0]`. */
function printChainLines(chains: readonly Chain[]): string {
  let text = '';
  for (const { name } of chains) text += chainLine({ chain: name });
  return text;
}

function printBase({ jumps, chains }: BaseRules): string {
  let text = '';
  // Inserted, as nothing of other people's may come before; counted, so that they read in the order they get.
  for (const { name, rules } of jumps)
    for (const [i, rule] of rules.entries()) text += printInsert(name, i + 1, rule);
  return text + printChains(chains);
}

function printChains(chains: readonly Chain[]): string {
  let text = '';
  for (const { name, rules } of chains) for (const rule of rules) text += printAppend(name, rule);
  return text;
}

function printService({ shared, chains }: ServiceRules, table: TableName): string {
  let text = '';
  for (const wanted of chainOrder) {
    for (const { table: in_, chain, rule } of shared) {
      if (in_ === table && chain === wanted) text += printAppend(chain, rule);
    }
  }
  return table === 'nat' ? text + printChains(chains) : text;
}

/**
 * The printed lines of each section, by its title, with the chains that it declares: what a diff compares, service
 * by service. `strays` are chains that no service leads to.
 */
export function printSections(ruleset: Ruleset, strays: readonly Chain[] = []): Map<string, string[]> {
  const sections = new Map<string, string[]>();
  const add = (title: string, table: TableName, chains: readonly Chain[], rules: string): void => {
    const text = printChainLines(chains) + rules;
    if (text === '') return;
    const lines = sections.get(title) ?? [];
    sections.set(title, [...lines, tableHead({ table }).trimEnd(), ...text.trimEnd().split('\n')]);
  };
  for (const base of ruleset.base) add(baseTitle, base.table, base.chains, printBase(base));
  for (const service of ruleset.services) {
    for (const table of tableNames) {
      add(service.name, table, table === 'nat' ? service.chains : [], printService(service, table));
    }
  }
  for (const { table, last } of ruleset.base) add(lastTitle, table, [], printChains(last));
  add(strayTitle, 'nat', strays, printChains(strays));
  return sections;
}
