import type { Report } from '../model/problem.ts';
import { UserError } from '../model/user-error.ts';

/** The kinds that decide rules. */
export type Kind = 'Service' | 'EndpointSlice' | 'Endpoints' | 'Node' | 'Pod' | 'ServiceCIDR';

/** An API object as it was read, before anything is known to be right about it. */
export interface RawObject {
  readonly file?: string;
  readonly kind: Kind;
  readonly raw: Readonly<Record<string, unknown>>;
}

/** One parsed manifest file. */
export interface Manifest {
  readonly file?: string;
  readonly documents: Iterable<unknown>;
}

const groupOfKind: Readonly<Record<Kind, string>> = {
  Service: '',
  EndpointSlice: 'discovery.k8s.io',
  Endpoints: '',
  Node: '',
  Pod: '',
  ServiceCIDR: 'networking.k8s.io',
};

const isRecord = (x: unknown): x is Record<string, unknown> =>
  typeof x === 'object' && x !== null && !Array.isArray(x);

/**
 * Flattens Lists and yields the objects of the kinds that count, one at a time; the others are counted in
 * `passedOver`. A kind of the same name in another API group (Knative's Service) is passed over like any other.
 *
 * @throws UserError when a document is no Kubernetes object at all: the file is not a manifest.
 */
export function* collectObjects(
  manifests: Iterable<Manifest>,
  passedOver: Map<string, number>,
  report: Report,
): Generator<RawObject> {
  for (const { file, documents } of manifests) {
    let number = 0;
    for (const document of documents) {
      number++;
      if (!isRecord(document)) {
        throw new UserError(`${file ?? 'input'}: not a Kubernetes object: document ${number}`);
      }
      yield* takeObject(document, file === undefined ? {} : { file }, {}, passedOver, report);
    }
  }
}

type Source = { readonly file?: string };

/** What the items of a list are, unless they say it themselves: `kubectl get --raw` prints them without. */
interface ItemDefaults {
  readonly kind?: string;
  readonly apiVersion?: unknown;
}

function* takeObject(
  raw: Record<string, unknown>,
  source: Source,
  defaults: ItemDefaults,
  passedOver: Map<string, number>,
  report: Report,
): Generator<RawObject> {
  const kind = raw.kind ?? defaults.kind;
  const apiVersion = raw.apiVersion ?? defaults.apiVersion;
  if (typeof kind !== 'string' || kind === '') {
    report({
      ...source,
      kind: 'Object',
      field: 'kind',
      value: raw.kind,
      expected: 'a kind',
      effect: 'left out',
    });
  } else if (kind.endsWith('List') && 'items' in raw) {
    yield* takeList(raw.items, kind, { apiVersion }, source, passedOver, report);
  } else if (countsHere(kind, apiVersion)) yield { ...source, kind, raw };
  else passedOver.set(kind, (passedOver.get(kind) ?? 0) + 1);
}

function* takeList(
  items: unknown,
  kind: string,
  { apiVersion }: ItemDefaults,
  source: Source,
  passedOver: Map<string, number>,
  report: Report,
): Generator<RawObject> {
  if (items === null) return;
  if (!Array.isArray(items)) {
    report({ ...source, kind, field: 'items', value: items, expected: 'an array', effect: 'left out' });
    return;
  }
  // A plain List is of version v1, whatever its items are.
  const defaults = kind === 'List' ? {} : { kind: kind.slice(0, -'List'.length), apiVersion };
  for (const [i, item] of items.entries()) {
    if (isRecord(item)) yield* takeObject(item, source, defaults, passedOver, report);
    else
      report({
        ...source,
        kind,
        field: `items[${i}]`,
        value: item,
        expected: 'an object',
        effect: 'left out',
      });
  }
}

function countsHere(kind: string, apiVersion: unknown): kind is Kind {
  if (!Object.hasOwn(groupOfKind, kind)) return false;
  if (apiVersion === undefined) return true;
  if (typeof apiVersion !== 'string') return false;
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
  return groupOfKind[kind as Kind] === group;
}
