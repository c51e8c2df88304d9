/** Something wrong with an input object, in words a person can act on. Never an exception. */
export interface Problem {
  readonly file?: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name?: string;
  /** Path of the field, as kubectl writes it: `spec.ports[0].port`. */
  readonly field: string;
  readonly value: unknown;
  /** What was expected there. */
  readonly expected: string;
  /** What was done about it, e.g. `service left out`. */
  readonly effect: string;
}

export type Report = (problem: Problem) => void;

const shownLength = 80;
const longName = 300;

/** The value on one line: JSON, cut when it is long. */
export function showValue(value: unknown): string {
  if (value === undefined) return '(absent)';
  return cut(oneLine(jsonText(value)), shownLength);
}

function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch (error) {
    // JSON.stringify recurses: a few thousand levels of brackets are beyond it.
    if (error instanceof RangeError) return '(nested too deeply to show)';
    throw error;
  }
}

/** Line ends and control characters as \\uXXXX: whatever a name holds, it can neither break nor fake a line. */
export function oneLine(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}… (${text.length} characters)` : text;
}

/** One line: `FILE: Service shop/web: spec.ports[0].port: 65536: expected a port …; port left out`. */
export function problemLine({
  file,
  kind,
  namespace,
  name,
  field,
  value,
  expected,
  effect,
}: Problem): string {
  const show = (text: string): string => cut(oneLine(text), longName);
  const full = name === undefined ? '' : ` ${show(namespace ? `${namespace}/${name}` : name)}`;
  const where = file === undefined ? '' : `${show(file)}: `;
  return `${where}${show(kind)}${full}: ${show(field)}: ${showValue(value)}: expected ${expected}; ${oneLine(effect)}`;
}
