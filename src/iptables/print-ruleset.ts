import { compileTemplate, readTemplate } from '../template/template.ts';
import { sharedChains } from './chain-name.ts';
import { type PlacedRule, printRules } from './print-rule.ts';
import {
  type BaseRules,
  type Chain,
  type Ruleset,
  type ServiceRules,
  type TableName,
  tableNames,
} from './rule.ts';

const tableHead = compileTemplate<{ table: string }>(readTemplate('iptables/table-head'));
const chainLines = compileTemplate<{ chains: readonly Chain[] }>(readTemplate('iptables/chain-lines'));
const tableTail = compileTemplate<Record<string, never>>(readTemplate('iptables/table-tail'));
const sectionLines = compileTemplate<{ sections: readonly { title: string; lines: readonly string[] }[] }>(
  readTemplate('iptables/sections'),
);

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

/** Rules under one title: those of a service, or of none. */
interface Section {
  readonly title: string;
  readonly rules: readonly PlacedRule[];
}

// Enough for a template's call to cost nothing beside its lines, few enough to hold.
const batchRules = 4000;

/**
 * Prints an input for `iptables-restore --noflush` (or `ip6tables-restore`) that brings a node without any of our
 * rules to this state; piece by piece, as 10,000 services make 30 MB. A comment line names each service.
 */
export function* printRuleset(ruleset: Ruleset): Generator<string> {
  for (const table of tableNames) {
    const base = ruleset.base.find((rules) => rules.table === table);
    if (base === undefined) continue;
    yield tableHead({ table });
    yield chainLines({ chains: base.chains });
    if (table === 'nat') yield* printOwnChainLines(ruleset.services);
    yield* printInBatches(sectionsOf(ruleset, base));
    yield tableTail({});
  }
}

function* printOwnChainLines(services: readonly ServiceRules[]): Generator<string> {
  let batch: Chain[] = [];
  for (const { chains } of services) {
    batch.push(...chains);
    if (batch.length < batchRules) continue;
    yield chainLines({ chains: batch });
    batch = [];
  }
  yield chainLines({ chains: batch });
}

function* sectionsOf({ services }: Ruleset, base: BaseRules): Generator<Section> {
  yield { title: baseTitle, rules: baseSection(base) };
  for (const service of services) yield { title: service.name, rules: serviceSection(service, base.table) };
  yield { title: lastTitle, rules: inChains(base.last) };
}

function* printInBatches(sections: Iterable<Section>): Generator<string> {
  let batch: Section[] = [];
  let size = 0;
  for (const section of sections) {
    if (section.rules.length === 0) continue;
    batch.push(section);
    size += section.rules.length;
    if (size < batchRules) continue;
    yield printSectionList(batch);
    batch = [];
    size = 0;
  }
  yield printSectionList(batch);
}

function printSectionList(sections: readonly Section[]): string {
  const lines = printRules(sections.flatMap(({ rules }) => rules));
  let at = 0;
  const printed = sections.map(({ title, rules }) => ({
    title,
    lines: lines.slice(at, (at += rules.length)),
  }));
  return sectionLines({ sections: printed });
}

function baseSection({ jumps, chains }: BaseRules): PlacedRule[] {
  // Inserted, as nothing of other people's may come before; counted, so that they read in the order they get.
  const inserts = jumps.flatMap(({ name, rules }) =>
    rules.map((rule, i) => ({ chain: name, rule, position: i + 1 })),
  );
  return [...inserts, ...inChains(chains)];
}

function inChains(chains: readonly Chain[]): PlacedRule[] {
  const placed: PlacedRule[] = [];
  for (const { name, rules } of chains) for (const rule of rules) placed.push({ chain: name, rule });
  return placed;
}

function serviceSection({ shared, chains }: ServiceRules, table: TableName): PlacedRule[] {
  const placed: PlacedRule[] = [];
  for (const wanted of chainOrder) {
    for (const { table: of, chain, rule } of shared)
      if (of === table && chain === wanted) placed.push({ chain, rule });
  }
  return table === 'nat' ? placed.concat(inChains(chains)) : placed;
}

/**
 * The printed lines of each section, by its title, with the chains that it declares: what a diff compares, service
 * by service. `strays` are chains that no service leads to.
 */
export function printSections(ruleset: Ruleset, strays: readonly Chain[] = []): Map<string, string[]> {
  const sections = new Map<string, string[]>();
  const add = (
    title: string,
    table: TableName,
    chains: readonly Chain[],
    rules: readonly PlacedRule[],
  ): void => {
    if (chains.length + rules.length === 0) return;
    const text = tableHead({ table }) + chainLines({ chains });
    sections.set(title, [
      ...(sections.get(title) ?? []),
      ...text.trimEnd().split('\n'),
      ...printRules(rules),
    ]);
  };
  for (const base of ruleset.base) add(baseTitle, base.table, base.chains, baseSection(base));
  for (const service of ruleset.services) {
    for (const table of tableNames) {
      add(service.name, table, table === 'nat' ? service.chains : [], serviceSection(service, table));
    }
  }
  for (const { table, last } of ruleset.base) add(lastTitle, table, [], inChains(last));
  add(strayTitle, 'nat', strays, inChains(strays));
  return sections;
}
