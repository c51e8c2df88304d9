// The recorded clusters: our rules, loaded into a real kernel, are what kube-proxy v1.36 left there.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compile } from '../../src/compile.ts';
import { groupByService } from '../../src/iptables/group-by-service.ts';
import { parseTables } from '../../src/iptables/parse-tables.ts';
import { printRuleset } from '../../src/iptables/print-ruleset.ts';
import { type Family, families } from '../../src/model/family.ts';
import { loadAndSave } from './kernel.ts';

const oracle = join(import.meta.dirname, '../oracle');
const cases = readdirSync(oracle).sort();
const saves = { ipv4: 'iptables-save.txt', ipv6: 'ip6tables-save.txt' } as const;

const read = (name: string, file: string): string => readFileSync(join(oracle, name, file), 'utf8');

/** Ours and only ours, in our order of services; nothing of the rules of one service is reordered. */
function canonical(saved: string, family: Family): string {
  const tables = parseTables(saved).filter(({ name }) => name === 'nat' || name === 'filter');
  for (const { chains } of tables) {
    for (const [chain, rules] of chains) {
      if (!/^KUBE-/.test(chain)) continue;
      // Nothing may get lost on the way: each rule in our chains is one that we understand.
      for (const { rule, text } of rules)
        expect({ chain, text, understood: rule !== undefined }).toMatchObject({ understood: true });
    }
  }
  const { ruleset, strays } = groupByService(tables, family);
  expect(strays).toEqual([]);
  return [...printRuleset(ruleset)].join('');
}

/** Chains and rules as they were saved, without counters and kube-proxy's canary, sorted: nothing interpreted. */
function savedLines(saved: string): string[] {
  const lines: string[] = [];
  let table = '';
  for (const line of saved.split('\n')) {
    if (line.startsWith('*')) table = line;
    const ours = /^(:KUBE-|-A KUBE-)/.test(line) || (line.startsWith('-A') && line.includes('-j KUBE-'));
    if ((table === '*nat' || table === '*filter') && ours && !line.includes('KUBE-PROXY-CANARY')) {
      lines.push(`${table} ${line.replace(/ \[\d+:\d+\]$/, '')}`);
    }
  }
  return lines.sort();
}

test('there are 31 recorded clusters', () => {
  expect(cases).toHaveLength(31);
});

describe.each(cases)('%s', (name) => {
  test.each(families)('%s', async (family) => {
    const { families: compiled, problems } = compile({
      manifests: [{ file: 'cluster.yaml', text: read(name, 'cluster.yaml') }],
      config: read(name, 'config.json'),
      families: [family],
    });
    expect(problems.filter(({ field }) => field !== 'ports')).toEqual([]);
    const printed = [...(compiled[0]?.print() ?? [])].join('');
    const loaded = await loadAndSave(printed, family);
    expect(loaded.stderr).toBe('');
    const recorded = read(name, saves[family]);
    expect(savedLines(loaded.stdout)).toEqual(savedLines(recorded));
    // And in order: what kube-proxy left, put into our order of services, is what we print.
    expect(canonical(recorded, family)).toBe(printed);
    expect(canonical(loaded.stdout, family)).toBe(printed);
  });

  if (name.startsWith('pods-')) {
    test('slices made of the Pods are those of the real controller', () => {
      const config = read(name, 'config.json');
      const rules = (file: string): string[] =>
        compile({ manifests: [{ text: read(name, file) }], config }).families.map(({ print }) =>
          [...print()].join(''),
        );
      expect(rules('cluster.yaml')).toEqual(rules('with-slices.yaml'));
    });
  }
});
