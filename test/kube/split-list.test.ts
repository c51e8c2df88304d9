import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compile } from '../../src/compile.ts';
import { splitList } from '../../src/kube/split-list.ts';
import { node, service, slice } from './objects.ts';

const print = (items: readonly unknown[]): string =>
  JSON.stringify({ apiVersion: 'v1', items, kind: 'List', metadata: { resourceVersion: '' } }, null, 4);

describe('splitList', () => {
  test('gives the items and the rest', () => {
    const items = [service(), slice(), node()];
    const list = splitList(print(items));
    expect(list?.header).toEqual({
      apiVersion: 'v1',
      items: [],
      kind: 'List',
      metadata: { resourceVersion: '' },
    });
    expect([...(list?.items() ?? [])].map((text) => JSON.parse(text))).toEqual(items);
  });

  test('property: whatever is in the items, they come back', () => {
    const item = fc.dictionary(fc.string(), fc.jsonValue());
    fc.assert(
      fc.property(fc.array(item, { minLength: 1 }), (items) => {
        const list = splitList(print(items));
        // An item without fields is printed as {}, on one line.
        if (items.some((x) => Object.keys(x).length === 0)) return;
        const wanted = JSON.parse(JSON.stringify(items));
        expect([...(list?.items() ?? [])].map((text) => JSON.parse(text))).toEqual(wanted);
      }),
    );
  });

  test.each([
    ['one line', JSON.stringify({ items: [service()] })],
    ['two blanks', JSON.stringify({ items: [service()] }, null, 2)],
    ['no items', JSON.stringify({ kind: 'List', items: [] }, null, 4)],
    ['items of something else', JSON.stringify({ spec: { items: [service()] } }, null, 4)],
    ['YAML', 'items:\n- kind: Service\n'],
  ])('leaves alone what kubectl does not print: %s', (_, text) => {
    expect(splitList(text)).toBeUndefined();
  });

  test('a list that is broken in one item says where in the whole text', () => {
    const text = print([service(), slice()]).replace('"addressType"', 'addressType');
    expect(() => compile({ manifests: [{ file: 'list.json', text }] })).toThrow(
      /^list\.json: not JSON: .*position 7\d\d/,
    );
  });
});
