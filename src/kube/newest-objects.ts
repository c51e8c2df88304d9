import type { Report } from '../model/problem.ts';
import type { RawObject } from './collect-objects.ts';
import { type Subject, subjectOf } from './schema.ts';

interface Entry<T> {
  /** Null when the object is right, but nothing to us. */
  readonly value: T | null;
  readonly version: string;
  readonly subject: Subject;
}

/**
 * What was read of the objects of one kind, by namespace and name. Of two with the same name the newest by
 * resourceVersion is kept, and among equals the one whose content sorts last, so that the order of the input
 * decides nothing.
 */
export class NewestObjects<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #report: Report;
  readonly #namespaced: boolean;

  constructor(report: Report, namespaced = true) {
    this.#report = report;
    this.#namespaced = namespaced;
  }

  /** Takes what was read of `object`; an object that could not be read is no rival to one that could. */
  add(object: RawObject, value: T | null | undefined): void {
    if (value === undefined) return;
    const subject = subjectOf(object, this.#namespaced);
    const entry: Entry<T> = { value, version: versionText(object), subject };
    const key = `${subject.namespace ?? ''}/${subject.name}`;
    const other = this.#entries.get(key);
    if (other === undefined) {
      this.#entries.set(key, entry);
      return;
    }
    const [winner, loser] = isNewer(entry, other) ? [entry, other] : [other, entry];
    this.#entries.set(key, winner);
    const { version } = winner;
    this.#report({
      ...loser.subject,
      field: 'metadata.name',
      value: loser.subject.name,
      expected: 'one object of this name',
      effect: `the one with ${version === '' ? 'the last content in byte order' : `resourceVersion ${version}`} kept`,
    });
  }

  /** What is kept, in the order of the input. */
  *values(): Generator<T> {
    for (const { value } of this.#entries.values()) if (value !== null) yield value;
  }
}

function versionText(object: RawObject): string {
  const version = (object.raw.metadata as Record<string, unknown> | undefined)?.resourceVersion;
  return typeof version === 'string' && /^\d{1,20}$/.test(version) ? version : '';
}

function isNewer<T>(a: Entry<T>, b: Entry<T>): boolean {
  const byVersion = BigInt(a.version || -1) - BigInt(b.version || -1);
  return byVersion === 0n ? contentText(a) > contentText(b) : byVersion > 0n;
}

function contentText<T>({ value, subject }: Entry<T>): string {
  const text = JSON.stringify(value, (_, x) => (typeof x === 'bigint' ? `${x}` : x));
  return `${text}\n${subject.file ?? ''}`;
}
