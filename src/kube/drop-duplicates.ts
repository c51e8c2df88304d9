import type { Report } from '../model/problem.ts';
import type { RawObject } from './collect-objects.ts';
import { subjectOf } from './schema.ts';

/**
 * Keeps one of the objects that have the same kind, namespace and name: the newest by resourceVersion, and
 * among equals the one whose JSON sorts last, so that the order of the input decides nothing.
 */
export function dropDuplicates(objects: readonly RawObject[], report: Report): readonly RawObject[] {
  const kept = new Map<string, RawObject>();
  for (const object of objects) {
    const { kind, namespace, name } = subjectOf(object, !clusterScoped.has(object.kind));
    // Without a name there is nothing to be the same; reading it reports what is wrong.
    const key = name === undefined ? `${kind}\n\n${kept.size}` : `${kind}\n${namespace ?? ''}\n${name}`;
    const other = kept.get(key);
    if (other === undefined) {
      kept.set(key, object);
      continue;
    }
    const [winner, loser] = isNewer(object, other) ? [object, other] : [other, object];
    kept.set(key, winner);
    const version = versionText(winner);
    report({
      ...subjectOf(loser, namespace !== undefined),
      field: 'metadata.name',
      value: name,
      expected: 'one object of this name',
      effect: `the one with ${version === '' ? 'the last content in byte order' : `resourceVersion ${version}`} kept`,
    });
  }
  return [...kept.values()];
}

const clusterScoped: ReadonlySet<string> = new Set(['Node', 'ServiceCIDR']);

function versionText(object: RawObject): string {
  const version = (object.raw.metadata as Record<string, unknown> | undefined)?.resourceVersion;
  return typeof version === 'string' && /^\d{1,20}$/.test(version) ? version : '';
}

function isNewer(a: RawObject, b: RawObject): boolean {
  const byVersion = BigInt(versionText(a) || -1) - BigInt(versionText(b) || -1);
  if (byVersion !== 0n) return byVersion > 0n;
  return JSON.stringify([a.raw, a.file]) > JSON.stringify([b.raw, b.file]);
}
