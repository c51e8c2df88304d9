// The one module that knows js-yaml.
import yaml from 'js-yaml';
import { UserError } from '../model/user-error.ts';
import { type SplitList, splitList } from './split-list.ts';

/** Largest manifest taken, in characters. Beyond it Node could not hold the text as one string. */
export const maxManifestLength = 500_000_000;

/** YAML takes about 20 times its size while it is read; JSON takes 4 times. */
export const maxYamlLength = 120_000_000;

/** How many values aliases may expand to before a document counts as an alias bomb. */
const maxExpandedValues = 1_000_000;

/**
 * Reads a manifest file: JSON, or YAML with any number of documents. Empty documents are dropped. A List that
 * kubectl printed comes in lists of one item each, as they are asked for.
 *
 * @throws UserError when the text is neither, is too large, or is an alias bomb; `cause` is the parser's error.
 */
export function parseManifest(text: string, file: string): Iterable<unknown> {
  if (text.length > maxManifestLength)
    throw new UserError(`${file}: larger than ${maxManifestLength} characters`);
  const body = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const list = splitList(body);
  if (list) return listItems(list, body, file);
  const json = /^\s*[{[]/.test(body) ? parseJson(body) : undefined;
  if (json?.value !== undefined) return json.value === null ? [] : [json.value];
  if (/^\s*\{\s*"/.test(body) || file.endsWith('.json')) throw notReadable(file, 'JSON', json?.error);
  if (body.includes('\0')) throw new UserError(`${file}: not YAML: it has NUL characters`);
  if (body.length > maxYamlLength) {
    throw new UserError(
      `${file}: YAML larger than ${maxYamlLength} characters; print it with kubectl get -o json instead`,
    );
  }
  return parseYaml(body, file);
}

/** Items of a list as lists of one or a few, so that no more are held at once. */
function* listItems({ header, items }: SplitList, text: string, file: string): Generator<unknown> {
  let taken = 0;
  for (const part of items()) {
    // More than one item where there is an empty one, which is printed on one line.
    const { value } = parseJson(`[${part}]`);
    if (value === undefined) {
      yield* remainingItems(text, taken, file);
      return;
    }
    const list = value as unknown[];
    taken += list.length;
    yield { ...header, items: list };
  }
}

/** For a list that was not indented throughout as it seemed; as a whole it also tells where it goes wrong. */
function* remainingItems(text: string, taken: number, file: string): Generator<unknown> {
  const { value, error } = parseJson(text);
  if (error !== undefined) throw notReadable(file, 'JSON', error);
  const list = value as { items: unknown[] };
  yield { ...list, items: list.items.slice(taken) };
}

function parseJson(text: string): { value?: unknown; error?: unknown } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { error };
  }
}

function parseYaml(text: string, file: string): readonly unknown[] {
  const documents: unknown[] = [];
  try {
    // CORE_SCHEMA: dates stay strings, as they are in JSON.
    yaml.loadAll(text, (document) => documents.push(document), { schema: yaml.CORE_SCHEMA, filename: file });
  } catch (error) {
    throw notReadable(file, 'YAML', error);
  }
  if (/(^|[\s[{,:-])\*[^\s,\]}]/.test(text)) {
    const expanded = expandedSize(documents);
    if (expanded > maxExpandedValues) {
      throw new UserError(`${file}: its aliases expand to more than ${maxExpandedValues} values; not read`);
    }
  }
  return documents.filter((document) => document !== null && document !== undefined);
}

function notReadable(file: string, format: string, cause: unknown): UserError {
  const reason = cause instanceof Error ? cause.message.split('\n')[0] : 'it is empty';
  return new UserError(`${file}: not ${format}: ${reason}`, { cause });
}

/** Counts values as a walk would meet them, in time linear in the distinct ones. */
function expandedSize(value: unknown): number {
  const known = new Map<object, number>();
  const size = (x: unknown): number => {
    if (typeof x !== 'object' || x === null) return 1;
    const before = known.get(x);
    if (before !== undefined) return before;
    // An alias to its own ancestor never ends.
    known.set(x, Number.POSITIVE_INFINITY);
    let sum = 1;
    for (const child of Object.values(x)) sum += size(child);
    known.set(x, sum);
    return sum;
  };
  return size(value);
}
