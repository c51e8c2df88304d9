// Reads one rule as iptables-save, or our own printer, writes it.
import {
  comment,
  conntrackState,
  destination,
  destinationPort,
  destinationType,
  inInterface,
  type Match,
  mark,
  protocol,
  protocolModule,
  recentCheck,
  recentSet,
  source,
  sourceType,
  statistic,
} from './match.ts';
import { type Rule, rule } from './rule.ts';
import {
  accept,
  dnat,
  drop,
  jump,
  masquerade,
  orMark,
  rejectWith,
  returnTarget,
  type Target,
  xorMark,
} from './target.ts';

/** Options of one match or target: name → value, or true for one that takes none. */
type Options = ReadonlyMap<string, { readonly value: string | true; readonly negated: boolean }>;

/** Splits as iptables-save quotes: double quotes, with backslash before a quote or a backslash. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  for (const [, quoted, bare] of line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)) {
    words.push(quoted === undefined ? (bare as string) : quoted.replace(/\\(.)/g, '$1'));
  }
  return words;
}

const valueless: ReadonlySet<string> = new Set([
  '--rcheck',
  '--set',
  '--reap',
  '--rsource',
  '--random-fully',
]);

/** One `-m NAME …`, `-j NAME …`, or lone `-s`, `-d`, `-i`, `-p` with its value. */
interface Group {
  readonly flag: string;
  readonly name: string;
  readonly negated: boolean;
  readonly options: Options;
}

/** The words behind `-A CHAIN`, in groups; undefined when they do not parse. */
function group(words: readonly string[]): Group[] | undefined {
  const groups: Group[] = [];
  let options = new Map<string, { value: string | true; negated: boolean }>();
  let negated = false;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    if (word === '!') negated = true;
    else if (/^-[a-zA-Z]$/.test(word)) {
      const name = words[++i];
      if (name === undefined) return undefined;
      options = new Map();
      groups.push({ flag: word, name, negated, options });
      negated = false;
    } else if (word.startsWith('--') && groups.length > 0) {
      const value = valueless.has(word) ? true : words[++i];
      if (value === undefined || options.has(word)) return undefined;
      options.set(word, { value, negated });
      negated = false;
    } else return undefined;
  }
  return negated ? undefined : groups;
}

/**
 * Reads the words of a rule behind `-A CHAIN`. Undefined when any part of it is not among the matches and targets
 * that our rules are made of: such a rule is somebody else's, and must not be taken for ours.
 */
export function parseRule(words: readonly string[]): Rule | undefined {
  const groups = group(words);
  if (groups === undefined) return undefined;
  const matches: Match[] = [];
  let target: Target | undefined;
  try {
    for (const [i, part] of groups.entries()) {
      if (part.flag === '-j') {
        if (i !== groups.length - 1 || part.negated) return undefined;
        target = parseTarget(part);
        if (target === undefined) return undefined;
        continue;
      }
      const match = part.flag === '-m' ? parseModule(part) : parseBasic(part);
      if (match === undefined) return undefined;
      matches.push(match);
    }
  } catch (error) {
    // A token that our constructors refuse can stand in a foreign rule.
    if (error instanceof TypeError) return undefined;
    throw error;
  }
  return rule(matches, target);
}

function parseBasic({ flag, name, negated, options }: Group): Match | undefined {
  if (options.size > 0) return undefined;
  if (flag === '-s') return source(name, negated);
  if (flag === '-d') return destination(name, negated);
  if (flag === '-i') return inInterface(name, negated);
  if (flag === '-p') return protocol(name, negated);
  return undefined;
}

function parseModule({ name, negated, options }: Group): Match | undefined {
  if (negated) return undefined;
  if (name === 'recent') return parseRecent(options);
  if (name === 'statistic') {
    const mode = options.get('--mode');
    const probability = options.get('--probability');
    const known = options.size === 2 && mode?.value === 'random' && probability && !probability.negated;
    return known ? statistic(Number(probability.value)) : undefined;
  }
  const isProtocol = name === 'tcp' || name === 'udp' || name === 'sctp';
  if (isProtocol && options.size === 0) return protocolModule(name);
  const [option] = options;
  if (option === undefined || options.size > 1) return undefined;
  const [flag, { value, negated: not }] = option;
  const text = String(value);
  if (isProtocol && flag === '--dport') return destinationPort(name, text, not);
  if (name === 'comment' && flag === '--comment' && !not) return comment(text);
  if (name === 'conntrack' && flag === '--ctstate') return conntrackState(text, not);
  if (name === 'addrtype' && flag === '--src-type') return sourceType(text, not);
  if (name === 'addrtype' && flag === '--dst-type') return destinationType(text, not);
  if (name === 'mark' && flag === '--mark') return mark(text, not);
  return undefined;
}

/** `--mask` is the whole address in our rules, which iptables-save adds. */
const wholeAddress: ReadonlySet<string | true | undefined> = new Set([
  undefined,
  '255.255.255.255',
  'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
]);

function parseRecent(options: Options): Match | undefined {
  if ([...options.values()].some(({ negated }) => negated)) return undefined;
  const known = new Set(['--rcheck', '--set', '--reap', '--seconds', '--name', '--mask', '--rsource']);
  if ([...options.keys()].some((flag) => !known.has(flag))) return undefined;
  const list = options.get('--name')?.value;
  const seconds = options.get('--seconds')?.value;
  if (typeof list !== 'string' || !wholeAddress.has(options.get('--mask')?.value)) return undefined;
  if (options.has('--set')) {
    const checks = options.has('--rcheck') || options.has('--reap') || seconds !== undefined;
    return checks ? undefined : recentSet(list);
  }
  return options.has('--rcheck') && options.has('--reap') && typeof seconds === 'string'
    ? recentCheck(list, seconds)
    : undefined;
}

const plainTargets: Readonly<Record<string, Target>> = {
  ACCEPT: accept,
  DROP: drop,
  RETURN: returnTarget,
};

function parseTarget({ name, options }: Group): Target | undefined {
  if ([...options.values()].some(({ negated }) => negated)) return undefined;
  const [option] = options;
  if (option === undefined) {
    // Targets of extensions are all capitals and without a dash; a chain may be named so too, but not ours.
    return plainTargets[name] ?? (/^[A-Z0-9]+$/.test(name) ? undefined : jump(name));
  }
  if (options.size > 1) return undefined;
  const [flag, { value }] = option;
  const text = String(value);
  if (name === 'REJECT' && flag === '--reject-with') return rejectWith(text);
  if (name === 'MASQUERADE' && flag === '--random-fully') return masquerade;
  if (name === 'DNAT' && flag === '--to-destination') return dnat(text);
  return name === 'MARK' ? parseMarkTarget(flag, text) : undefined;
}

/** iptables-save turns `--or-mark M` into `--set-xmark M/M`, and `--xor-mark M` into `--set-xmark M/0x0`. */
function parseMarkTarget(flag: string, text: string): Target | undefined {
  if (flag === '--or-mark') return orMark(text);
  if (flag === '--xor-mark') return xorMark(text);
  const [value, mask] = text.split('/');
  if (flag !== '--set-xmark' || value === undefined) return undefined;
  if (mask === value) return orMark(value);
  return mask === '0x0' ? xorMark(value) : undefined;
}
