import { compileTemplate, readTemplate, type Template } from '../template/template.ts';
import type { Match } from './match.ts';
import type { Rule } from './rule.ts';

type Tokens = Record<string, unknown>;

const fragments = new Map<string, string>();
const templates = new Map<string, Template<Tokens>>();

function fragment(name: string): string {
  let text = fragments.get(name);
  if (text === undefined) {
    text = readTemplate(`iptables/${name}`).trimEnd();
    fragments.set(name, text);
  }
  return text;
}

/** The paths of a fragment, moved below `prefix`: `{{cidr}}` → `{{m0.cidr}}`. */
const below = (text: string, prefix: string): string => text.replaceAll('{{', `{{${prefix}.`);

const shapeOf = ({ kind, ...match }: Match): string => ('negated' in match ? `! ${kind}` : kind);

/**
 * The template of all rules with these matches and this target: their fragments in a row. A template for each
 * rule shape (there are about thirty) is four times as fast as one for each match.
 */
function assemble(verb: 'append' | 'insert', { matches, target }: Rule): Template<Tokens> {
  const parts = [fragment(verb)];
  for (const [i, match] of matches.entries()) {
    const text = fragment(`match/${match.kind}`).replace('{{not}}', 'negated' in match ? '! ' : '');
    parts.push(below(text, `m${i}`));
  }
  if (target) parts.push(below(fragment(`target/${target.kind}`), 'target'));
  return compileTemplate<Tokens>(`${parts.join(' ')}\n`);
}

function print(verb: 'append' | 'insert', rule: Rule, place: Tokens): string {
  let shape: string = verb;
  const tokens: Tokens = place;
  for (let i = 0; i < rule.matches.length; i++) {
    const match = rule.matches[i] as Match;
    shape += ` ${shapeOf(match)}`;
    tokens[`m${i}`] = match;
  }
  if (rule.target) {
    shape += ` -> ${rule.target.kind}`;
    tokens.target = rule.target;
  }
  let template = templates.get(shape);
  if (template === undefined) {
    template = assemble(verb, rule);
    templates.set(shape, template);
  }
  return template(tokens);
}

/** `-A CHAIN …`, with its line end. */
export function printAppend(chain: string, rule: Rule): string {
  return print('append', rule, { chain });
}

/** `-I CHAIN POSITION …`, with its line end; the first position is 1. */
export function printInsert(chain: string, position: number, rule: Rule): string {
  return print('insert', rule, { chain, position });
}
