import { describe, expect, test } from 'vitest';
import { parseManifest } from '../../src/kube/parse-manifest.ts';
import { UserError } from '../../src/model/user-error.ts';

/** The message of the UserError, which must be one line. */
function refusal(text: string, file = 'a.yaml'): string {
  try {
    // Part of it may come only as it is asked for.
    Array.from(parseManifest(text, file));
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    const { message } = error as UserError;
    expect(message).not.toContain('\n');
    expect(message.startsWith(`${file}: `)).toBe(true);
    return message;
  }
  throw new Error('it was read');
}

describe('YAML', () => {
  test('any number of documents; empty ones do not count', () => {
    expect(parseManifest('---\n# nothing\n---\na: 1\n---\n\n---\nb: 2\n...\n', 'a.yaml')).toEqual([
      { a: 1 },
      { b: 2 },
    ]);
    expect(parseManifest('', 'a.yaml')).toEqual([]);
    expect(parseManifest('# nothing\n', 'a.yaml')).toEqual([]);
    expect(parseManifest('---\n---\n', 'a.yaml')).toEqual([]);
  });

  test('a document that is no mapping is kept, for the reader of objects to refuse', () => {
    expect(parseManifest('just text', 'a.yaml')).toEqual(['just text']);
    expect(parseManifest('- 1\n- 2\n', 'a.yaml')).toEqual([[1, 2]]);
  });

  test('dates stay text, as in JSON; strings of digits that are quoted stay strings', () => {
    expect(parseManifest('a: 2026-11-20T13:28:47Z\nb: "80"\nc: 80\nd: yes\n', 'a.yaml')).toEqual([
      { a: '2026-11-20T13:28:47Z', b: '80', c: 80, d: 'yes' },
    ]);
  });

  test('a byte order mark and Windows line ends are taken', () => {
    expect(parseManifest('\uFEFFa: 1\r\nb: 2\r\n', 'a.yaml')).toEqual([{ a: 1, b: 2 }]);
  });

  test('aliases are followed as far as they are harmless', () => {
    expect(parseManifest('a: &x [1]\nb: *x\nc: *x\n', 'a.yaml')).toEqual([{ a: [1], b: [1], c: [1] }]);
  });

  test('flow mappings, which look like JSON at first, are YAML all the same', () => {
    expect(parseManifest('{a: 1, b: [x]}', 'a.yaml')).toEqual([{ a: 1, b: ['x'] }]);
    expect(parseManifest('[a, b]', 'a.yaml')).toEqual([['a', 'b']]);
  });

  test.each([
    ['an open bracket', 'a: [1'],
    ['bad indentation', 'a:\n  b: 1\n c: 2\n'],
    ['a tab for indentation', 'a:\n\tb: 1\n'],
    ['the same key twice', 'a: 1\na: 2\n'],
    ['an unknown tag', 'a: !!js/function "x"\n'],
    ['an unknown alias', 'a: *nobody\n'],
    ['a fault in the second document', 'a: 1\n---\nb: [\n'],
  ])('%s is refused, with a reason', (_, text) => {
    expect(refusal(text)).toMatch(/^a\.yaml: not YAML: .{5,}/);
  });

  test('NUL is refused', () => {
    expect(refusal('a: "x\0y"\n')).toContain('NUL');
    expect(refusal('\0\0\0\0')).toContain('NUL');
  });

  test('an alias bomb is refused, in no time', () => {
    const levels = 'bcdefghijk'.split('');
    let bomb = 'a: &a [x, x, x, x, x, x, x, x, x, x]\n';
    let before = 'a';
    for (const name of levels) {
      bomb += `${name}: &${name} [${Array(10).fill(`*${before}`).join(', ')}]\n`;
      before = name;
    }
    const start = performance.now();
    expect(refusal(bomb)).toContain('aliases');
    expect(performance.now() - start).toBeLessThan(5000);
  });

  test.each([
    ['in a sequence', 'a: &a [*a]\n'],
    ['in a mapping', '&a\nkind: Service\nmetadata: *a\n'],
    ['in a sequence of lines', 'a: &a\n  - *a\n'],
  ])('an alias to its own ancestor %s is refused', (_, text) => {
    expect(refusal(text)).toContain('aliases');
  });

  test('nesting beyond any use is refused, not a crash', () => {
    expect(refusal(`a: ${'['.repeat(200_000)}${']'.repeat(200_000)}`)).toMatch(/^a\.yaml: /);
    expect(refusal(`${'- '.repeat(200_000)}x`)).toMatch(/^a\.yaml: /);
    expect(refusal('{a: '.repeat(200_000))).toMatch(/^a\.yaml: /);
  });
});

describe('JSON', () => {
  test('is read as such, blanks and a byte order mark before it', () => {
    expect(parseManifest('\uFEFF \n{"a": [1, "x", null]}\n', 'a.json')).toEqual([{ a: [1, 'x', null] }]);
    expect(parseManifest('[{"a": 1}]', 'a.json')).toEqual([[{ a: 1 }]]);
  });

  test('is told by its text, whatever the file is called', () => {
    // YAML would refuse the tab and a NUL in the text.
    expect(parseManifest('{\n\t"a": "\\u0000"\n}', 'standard input')).toEqual([{ a: '\0' }]);
  });

  test.each(['{"a": 1', '{"a": 1}}', '{"a": 1,}', '{"a": NaN}', '{"a": 1}\n{"b": 2}\n'])(
    '%j is refused as JSON',
    (text) => {
      expect(refusal(text, 'x.yaml')).toMatch(/^x\.yaml: not JSON: .{5,}/);
    },
  );

  test('a .json file is not read as YAML', () => {
    expect(refusal('a: 1\n', 'x.json')).toMatch(/^x\.json: not JSON: /);
    expect(refusal('{a: 1}', 'x.json')).toMatch(/^x\.json: not JSON: /);
    expect(refusal('', 'x.json')).toMatch(/^x\.json: not JSON: /);
  });
});

describe('a List as kubectl prints it', () => {
  const print = (list: unknown): string => JSON.stringify(list, null, 4);
  /** All items, in whatever Lists they come. */
  const itemsOf = (text: string): unknown[] =>
    [...parseManifest(text, 'list.json')].flatMap((list) => (list as { items: unknown[] }).items);
  const object = { kind: 'Service', spec: { ports: [{ port: 80 }] } };

  test('has all of its items', () => {
    expect(itemsOf(print({ kind: 'List', items: [object, object] }))).toEqual([object, object]);
    expect(itemsOf(print({ kind: 'List', items: [object], metadata: {} }))).toEqual([object]);
  });

  test.each([
    ['is empty', [object, {}, object]],
    ['is empty, the last', [object, {}]],
    ['is no object', [object, 5, 'x', null, [], object]],
    ['is a string like an item', [object, '        },\n        {', object]],
  ])('is valid JSON also where an item %s', (_, items) => {
    expect(itemsOf(print({ kind: 'List', items }))).toEqual(items);
  });

  test('is valid JSON also with another array beside its items', () => {
    expect(itemsOf(print({ kind: 'List', items: [object], others: [object] }))).toEqual([object]);
    expect(itemsOf(print({ kind: 'List', others: [object], items: [object] }))).toEqual([object]);
  });

  test('is refused where it is cut', () => {
    const text = print({ kind: 'List', items: [object, object] });
    for (let i = 1; i < text.length; i += 7)
      expect(refusal(text.slice(0, i), 'list.json')).toMatch(/^list\.json: not JSON: /);
  });
});

test('no key can reach a prototype', () => {
  for (const text of ['{"__proto__": {"kind": "Service"}}', '__proto__:\n  kind: Service\n']) {
    const [document] = parseManifest(text, 'a.yaml') as [Record<string, unknown>];
    expect(document.kind).toBeUndefined();
    expect(({} as Record<string, unknown>).kind).toBeUndefined();
  }
});
