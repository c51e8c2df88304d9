// A List as `kubectl get -o json` prints it, taken apart item by item: parsed as a whole, 10,000 Services with
// their slices are 88 MB of text and 150 MB of objects at once.

export interface SplitList {
  /** The list without its items. */
  readonly header: Readonly<Record<string, unknown>>;
  /** The text of each item: JSON, or the whole is not what it seems. */
  items(): Generator<string>;
}

const open = '\n    "items": [\n';
const close = '\n    ]';
// Within JSON a line end never stands in a string, so these can only be where an item begins and ends.
const itemStart = '        {';
const between = '\n        },\n';
const itemEnd = '\n        }';

/** Undefined when the text is not indented as kubectl indents a List. */
export function splitList(text: string): SplitList | undefined {
  const start = text.indexOf(open);
  const end = text.lastIndexOf(close);
  if (start < 0 || end < start + open.length || !text.startsWith(itemStart, start + open.length))
    return undefined;
  let header: unknown;
  try {
    // Valid with an empty `items` only when the brackets just found are those of the list.
    header = JSON.parse(`${text.slice(0, start + open.length)}${text.slice(end)}`);
  } catch {
    return undefined;
  }
  const { items } = header as { items?: unknown };
  if (!Array.isArray(items) || items.length > 0) return undefined;
  return {
    header: header as Record<string, unknown>,
    items: () => itemTexts(text, start + open.length, end),
  };
}

function* itemTexts(text: string, start: number, end: number): Generator<string> {
  for (let from = start; ; ) {
    const at = text.indexOf(between, from);
    if (at < 0 || at >= end) {
      yield text.slice(from, end);
      return;
    }
    yield text.slice(from, at + itemEnd.length);
    from = at + between.length;
  }
}
