// Every golden is what the compiler makes today, what the kernel takes, and what comes back from the kernel.
import { readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkGoldens } from '../../src/cli/golden/check-goldens.ts';
import { findScenarios } from '../../src/cli/golden/find-scenarios.ts';
import { groupByService } from '../../src/iptables/group-by-service.ts';
import { parseTables } from '../../src/iptables/parse-tables.ts';
import { printRuleset } from '../../src/iptables/print-ruleset.ts';
import { loadAndSave, testRules, variants } from './kernel.ts';

const root = join(import.meta.dirname, '../../golden');
const { scenarios, ruleFiles } = findScenarios(root);

test('the bundled goldens are up to date, complete, and without a warning', () => {
  const { findings, problems, broken } = checkGoldens(root);
  expect({ findings, problems, broken }).toEqual({ findings: [], problems: [], broken: [] });
  expect(ruleFiles.length).toBe(2 * (scenarios.length + 1));
});

test('each scenario has a README of three lines', () => {
  for (const folder of scenarios) {
    expect(readFileSync(join(folder, 'README.md'), 'utf8').trimEnd().split('\n'), folder).toHaveLength(3);
  }
});

describe.each(ruleFiles.map((file) => relative(root, file)))('%s', (file) => {
  const family = basename(file) === 'iptables.rules' ? 'ipv4' : 'ipv6';
  const text = readFileSync(join(root, file), 'utf8');

  test.each(variants)('iptables-%s takes it, and gives it back', async (variant) => {
    expect(await testRules(text, family, variant)).toMatchObject({ exitCode: 0, stderr: '' });
    const { exitCode, stdout, stderr } = await loadAndSave(text, family, variant);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const { ruleset, strays } = groupByService(parseTables(stdout), family);
    expect(strays).toEqual([]);
    expect([...printRuleset(ruleset)].join('')).toBe(text);
  });
});
