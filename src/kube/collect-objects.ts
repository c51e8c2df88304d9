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
  readonly documents: readonly unknown[];
}

export interface Collected {
  readonly objects: readonly RawObject[];
  readonly passedOver: ReadonlyMap<string, number>;
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
 * Flattens Lists and sorts out the kinds that count; a kind of the same name in another API group
 * (Knative's Service) is passed over like any other.
 *
 * @throws UserError when a document is no Kubernetes object at all: the file is not a manifest.
 */
export function collectObjects(manifests: Iterable<Manifest>, report: Report): Collected {
  const objects: RawObject[] = [];
  const passedOver = new Map<string, number>();

  const take = (
    raw: unknown,
    file: string | undefined,
    listKind: string | undefined,
    place: string,
  ): void => {
    const source = file === undefined ? {} : { file };
    if (!isRecord(raw)) {
      if (listKind === undefined)
        throw new UserError(`${file ?? 'input'}: not a Kubernetes object: ${place}`);
      report({
        ...source,
        kind: listKind,
        field: place,
        value: raw,
        expected: 'an object',
        effect: 'left out',
      });
      return;
    }
    const kind = raw.kind ?? listKind?.replace(/List$/, '');
    if (typeof kind !== 'string' || kind === '') {
      report({
        ...source,
        kind: 'Object',
        field: 'kind',
        value: raw.kind,
        expected: 'a kind',
        effect: 'left out',
      });
      return;
    }
    if (kind.endsWith('List') && 'items' in raw) takeList(raw, kind, file);
    else if (countsHere(kind, raw.apiVersion)) objects.push({ ...source, kind, raw });
    else passedOver.set(kind, (passedOver.get(kind) ?? 0) + 1);
  };

  const takeList = (list: Record<string, unknown>, kind: string, file: string | undefined): void => {
    const { items } = list;
    if (items === null) return;
    if (!Array.isArray(items)) {
      const source = file === undefined ? {} : { file };
      report({ ...source, kind, field: 'items', value: items, expected: 'an array', effect: 'left out' });
      return;
    }
    // `kubectl get --raw` prints items without a kind of their own.
    for (const [i, item] of items.entries()) take(item, file, kind, `items[${i}]`);
  };

  for (const { file, documents } of manifests) {
    for (const [i, document] of documents.entries()) take(document, file, undefined, `document ${i + 1}`);
  }
  return { objects, passedOver };
}

function countsHere(kind: string, apiVersion: unknown): kind is Kind {
  if (!Object.hasOwn(groupOfKind, kind)) return false;
  // Absent in the items of a raw List.
  if (apiVersion === undefined) return true;
  const group = String(apiVersion).includes('/') ? String(apiVersion).split('/')[0] : '';
  return groupOfKind[kind as Kind] === group;
}
