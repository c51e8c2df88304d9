import { parseRule, splitWords } from './parse-rule.ts';
import type { Rule } from './rule.ts';

/** A rule of a saved table; `rule` is absent where it holds something that our rules never do. */
export interface ParsedRule {
  readonly rule?: Rule;
  /** The line behind `-A CHAIN`, as it was. */
  readonly text: string;
}

/** A saved table: its chains by name, in the order of the file. */
export interface ParsedTable {
  readonly name: string;
  readonly chains: ReadonlyMap<string, readonly ParsedRule[]>;
}

/** A line that is no part of iptables-save's language. */
export class ParseError extends Error {
  override readonly name = 'ParseError';
  constructor(
    readonly line: number,
    readonly text: string,
    reason: string,
  ) {
    super(`line ${line}: ${reason}: ${text.slice(0, 120)}`);
  }
}

const counters = /^\[\d+:\d+\] /;

/**
 * Reads what `iptables-save` prints, or our own `compile`; packet counters are passed over.
 *
 * @throws ParseError at a line that neither would write.
 */
export function parseTables(text: string): ParsedTable[] {
  const tables: ParsedTable[] = [];
  let chains: Map<string, ParsedRule[]> | undefined;
  for (const [i, raw] of text.split('\n').entries()) {
    const line = raw.trim().replace(counters, '');
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('*')) {
      if (chains !== undefined) throw new ParseError(i + 1, line, 'expected COMMIT before the next table');
      chains = new Map();
      tables.push({ name: line.slice(1), chains });
      continue;
    }
    if (chains === undefined) throw new ParseError(i + 1, line, 'expected a table, *nat or *filter');
    if (line === 'COMMIT') chains = undefined;
    else if (line.startsWith(':')) chainOf(chains, line.slice(1).split(' ')[0] as string);
    else readRuleLine(chains, line, i + 1);
  }
  if (chains !== undefined)
    throw new ParseError(text.split('\n').length, '', 'expected COMMIT before the end');
  return tables;
}

function chainOf(chains: Map<string, ParsedRule[]>, name: string): ParsedRule[] {
  let rules = chains.get(name);
  if (rules === undefined) {
    rules = [];
    chains.set(name, rules);
  }
  return rules;
}

function readRuleLine(chains: Map<string, ParsedRule[]>, line: string, number: number): void {
  const [, flag, chain, position, text] = /^(-A|-I) (\S+)(?: (\d+))?(?: (.*))?$/.exec(line) ?? [];
  if (chain === undefined) throw new ParseError(number, line, 'expected -A or -I and a chain');
  const rules = chainOf(chains, chain);
  const rule = parseRule(splitWords(text ?? ''));
  const parsed: ParsedRule = { ...(rule === undefined ? {} : { rule }), text: text ?? '' };
  if (flag === '-A') rules.push(parsed);
  else rules.splice(Number(position ?? 1) - 1, 0, parsed);
}
