import { structuredPatch } from 'diff';
import { groupByService } from '../../iptables/group-by-service.ts';
import { ParseError, parseTables } from '../../iptables/parse-tables.ts';
import { printSections } from '../../iptables/print-ruleset.ts';
import type { Family } from '../../model/family.ts';

/** What changed for one service, as the hunks of a unified diff. */
export interface SectionDiff {
  /** A service port, or the title of a section that belongs to none. */
  readonly title: string;
  readonly lines: readonly string[];
}

const contextLines = 2;

/** The differences between two printed rule files, service by service; empty only when the texts are equal. */
export function diffRules(before: string, after: string, family: Family): SectionDiff[] {
  if (before === after) return [];
  const old = sectionsOf(before, family);
  const next = sectionsOf(after, family);
  const diffs: SectionDiff[] = [];
  for (const title of new Set([...(old?.keys() ?? []), ...(next?.keys() ?? [])])) {
    const lines = hunks(old?.get(title) ?? [], next?.get(title) ?? []);
    if (lines.length > 0) diffs.push({ title, lines });
  }
  // The rules mean the same, or one text is no rules at all: then the difference is in the lines themselves.
  if (diffs.length === 0 || old === undefined || next === undefined) {
    return [{ title: 'whole file', lines: hunks(before.split('\n'), after.split('\n')) }];
  }
  return diffs;
}

function sectionsOf(text: string, family: Family): Map<string, string[]> | undefined {
  try {
    const { ruleset, strays } = groupByService(parseTables(text), family);
    return printSections(ruleset, strays);
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}

function hunks(before: readonly string[], after: readonly string[]): string[] {
  const patch = structuredPatch('', '', `${before.join('\n')}\n`, `${after.join('\n')}\n`, '', '', {
    context: contextLines,
  });
  return patch.hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
    `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`,
    ...lines,
  ]);
}
