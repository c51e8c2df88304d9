// Shapes of API fields that several kinds share, and how a mismatch becomes a Problem.
import * as z from 'zod';
import type { Problem, Report } from '../model/problem.ts';
import type { RawObject } from './collect-objects.ts';

/** RFC 1123 label; Service names since Kubernetes v1.34 too. */
const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** RFC 1123 subdomain. */
const subdomain = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

export const Label = z.string().regex(label, { error: 'a DNS label: at most 63 of a-z, 0-9 and -' });
/** Of a service port; empty when the Service has only one. */
export const PortName = z.union([Label, z.literal('')], {
  error: 'a DNS label: at most 63 of a-z, 0-9 and -',
});
export const Subdomain = z.string().regex(subdomain, {
  error: 'a DNS subdomain: at most 253 of a-z, 0-9, - and .',
});
export const Port = z
  .int({ error: 'a whole number from 1 to 65535' })
  .min(1, { error: 'a port from 1 to 65535' })
  .max(65535, { error: 'a port from 1 to 65535' });
/** A port that may be left unset, which the API writes as 0 or not at all. */
export const OptionalPort = z
  .int({ error: 'a whole number from 0 to 65535' })
  .min(0, { error: 'a port from 1 to 65535' })
  .max(65535, { error: 'a port from 1 to 65535' })
  .nullish();
export const ProtocolName = z.enum(['TCP', 'UDP', 'SCTP']).nullish();
/** A list whose entries are judged one by one. */
export const Entries = z.array(z.unknown()).nullish();
export const Texts = z.array(z.string()).nullish();
export const StringMap = z.record(z.string(), z.string()).nullish();

export const Metadata = z.object({
  name: z.string(),
  namespace: Label.nullish(),
  labels: StringMap,
});

/** Names an object's place in problems, once for all of its problems. */
export interface Subject {
  readonly file?: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name?: string;
}

/** What can be said of an object even when nothing about it is right. */
export function subjectOf(object: RawObject, namespaced = true): Subject {
  const metadata = object.raw.metadata as Record<string, unknown> | null | undefined;
  const name = metadata?.name;
  const namespace = metadata?.namespace;
  return {
    ...(object.file === undefined ? {} : { file: object.file }),
    kind: object.kind,
    ...(namespaced ? { namespace: typeof namespace === 'string' ? namespace : 'default' } : {}),
    ...(typeof name === 'string' ? { name } : {}),
  };
}

/** `['spec', 'ports', 0, 'port']` → `spec.ports[0].port`. */
function pathText(path: readonly PropertyKey[]): string {
  let text = '';
  for (const key of path)
    text += typeof key === 'number' ? `[${key}]` : `${text === '' ? '' : '.'}${String(key)}`;
  return text;
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const key of path) value = (value as Record<PropertyKey, unknown> | null | undefined)?.[key];
  return value;
}

/**
 * Checks `raw` against `schema`. On a mismatch every field that is wrong is reported, `effect` with it,
 * and undefined comes back.
 */
export function checkShape<T>(
  schema: z.ZodType<T>,
  raw: unknown,
  subject: Subject,
  effect: string,
  report: Report,
  at = '',
): T | undefined {
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    const path = pathText(issue.path);
    const problem: Problem = {
      ...subject,
      field: [at, path].filter(Boolean).join(path.startsWith('[') ? '' : '.') || 'object',
      value: valueAt(raw, issue.path),
      expected: issue.message.replace(/^Invalid (input|option): expected /, '').replace(/, received .*$/, ''),
      effect,
    };
    report(problem);
  }
  return undefined;
}
