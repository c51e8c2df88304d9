import { compileTemplate, readTemplate, type Template } from '../template/template.ts';
import type { Match } from './match.ts';
import type { Rule } from './rule.ts';

/** A rule and the chain it goes to; with a position it is inserted there (the first is 1), else appended. */
export interface PlacedRule {
  readonly chain: string;
  readonly rule: Rule;
  readonly position?: number;
}

const fragments = new Map<string, string>();

function fragment(name: string): string {
  let text = fragments.get(name);
  if (text === undefined) {
    text = readTemplate(`iptables/${name}`).trimEnd();
    fragments.set(name, text);
  }
  return text;
}

/** The paths of a fragment, moved below `prefix`: `{{cidr}}` → `{{rule.matches.[0].cidr}}`. */
const below = (text: string, prefix: string): string => text.replaceAll('{{', `{{${prefix}.`);

/**
 * The template of all rules with the same matches and target as this one: their fragments in a row, over a list of
 * rules. One call of a template costs more than a line of it, so rules are rendered in batches.
 */
function assemble({ rule, position }: PlacedRule): Template<readonly PlacedRule[]> {
  const parts = [fragment(position === undefined ? 'append' : 'insert')];
  for (const [i, match] of rule.matches.entries()) {
    const text = fragment(`match/${match.kind}`).replace('{{not}}', 'negated' in match ? '! ' : '');
    parts.push(below(text, `rule.matches.[${i}]`));
  }
  if (rule.target) parts.push(below(fragment(`target/${rule.target.kind}`), 'rule.target'));
  return compileTemplate(`{{#each this}}${parts.join(' ')}\n{{/each}}`);
}

/** All rules that print by one template, and those of the batch at hand. */
interface Shape {
  readonly template: Template<readonly PlacedRule[]>;
  batch: PlacedRule[];
  lines: string[];
  taken: number;
}

// A rule's shape is found by walking down its kinds; a string of them would have to be made for every rule.
interface Branch {
  readonly next: Map<string, Branch>;
  shape?: Shape;
}
const appended: Branch = { next: new Map() };
const inserted: Branch = { next: new Map() };

function step(branch: Branch, key: string): Branch {
  let next = branch.next.get(key);
  if (next === undefined) {
    next = { next: new Map() };
    branch.next.set(key, next);
  }
  return next;
}

function shapeOf(placed: PlacedRule): Shape {
  let branch = placed.position === undefined ? appended : inserted;
  const { matches, target } = placed.rule;
  for (let i = 0; i < matches.length; i++) {
    const match = matches[i] as Match;
    branch = step(branch, match.kind);
    if ('negated' in match) branch = step(branch, '!');
  }
  // No match is called so.
  branch = step(branch, target === undefined ? 'no target' : `-> ${target.kind}`);
  branch.shape ??= { template: assemble(placed), batch: [], lines: [], taken: 0 };
  return branch.shape;
}

/** The lines of rules, without their line ends, in order. */
export function printRules(rules: readonly PlacedRule[]): string[] {
  const shapes = rules.map(shapeOf);
  for (let i = 0; i < rules.length; i++) (shapes[i] as Shape).batch.push(rules[i] as PlacedRule);
  for (const shape of new Set(shapes)) {
    // No token holds a line end.
    shape.lines = shape.template(shape.batch).split('\n');
    shape.batch = [];
    shape.taken = 0;
  }
  return shapes.map((shape) => shape.lines[shape.taken++] as string);
}

/** `-A CHAIN …`, with its line end. */
export function printAppend(chain: string, rule: Rule): string {
  return `${printRules([{ chain, rule }])[0]}\n`;
}

/** `-I CHAIN POSITION …`, with its line end; the first position is 1. */
export function printInsert(chain: string, position: number, rule: Rule): string {
  return `${printRules([{ chain, rule, position }])[0]}\n`;
}
