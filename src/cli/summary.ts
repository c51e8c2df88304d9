import type { CompiledFamily, CompileResult } from '../compile.ts';
import type { Ruleset } from '../iptables/rule.ts';
import { oneLine } from '../model/problem.ts';

/** Chains and rules of a ruleset, jumps from the built-in chains among the rules. */
export function countRules(ruleset: Ruleset): { chains: number; rules: number } {
  let chains = 0;
  let rules = 0;
  for (const { jumps, chains: base, last } of ruleset.base) {
    chains += base.length;
    for (const { rules: list } of [...jumps, ...base, ...last]) rules += list.length;
  }
  for (const service of ruleset.services) {
    chains += service.chains.length;
    rules += service.shared.length;
    for (const chain of service.chains) rules += chain.rules.length;
  }
  return { chains, rules };
}

const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

function familySummary({ family, plan, ruleset }: CompiledFamily): string {
  const { chains, rules } = countRules(ruleset);
  return `${family} ${count(plan.servicePorts.length, 'service port')}, ${count(plan.endpointCount, 'endpoint')}, ${count(chains, 'chain')}, ${count(rules, 'rule')}`;
}

/** One line: what was compiled, and what was left out and why. */
export function summarize({ node, cluster, families, problems }: CompileResult): string {
  const skipped = new Map<string, number>();
  for (const { skip } of cluster.services) if (skip) skipped.set(skip, (skipped.get(skip) ?? 0) + 1);
  const leftOut = [...skipped].sort().map(([reason, n]) => `${n} ${reason}`);
  const passedOver = [...cluster.passedOver].sort().map(([kind, n]) => `${n} ${kind}`);
  const used = cluster.services.filter(({ skip }) => skip === undefined).length;
  const parts = [
    `${node}: ${count(used, 'service')}`,
    ...families.map(familySummary),
    ...(leftOut.length > 0 ? [`left out: ${leftOut.join(', ')}`] : []),
    ...(passedOver.length > 0 ? [`other kinds: ${passedOver.join(', ')}`] : []),
    ...(problems.length > 0 ? [count(problems.length, 'warning')] : []),
  ];
  return oneLine(parts.join('; '));
}
