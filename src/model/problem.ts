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

/** The value on one line: JSON, so that newlines and control characters cannot break out, and cut when long. */
export function showValue(value: unknown): string {
  if (value === undefined) return '(absent)';
  const json = JSON.stringify(value) ?? String(value);
  const safe = json.replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return safe.length > shownLength ? `${safe.slice(0, shownLength)}… (${safe.length} characters)` : safe;
}

/** One line: `FILE: Service shop/web: spec.ports[0].port: 65536: expected a port …; port left out`. */
export function problemLine(problem: Problem): string {
  const name =
    problem.name === undefined ? '' : ` ${[problem.namespace, problem.name].filter(Boolean).join('/')}`;
  const where = problem.file === undefined ? '' : `${showPlain(problem.file)}: `;
  return `${where}${showPlain(problem.kind)}${showPlain(name)}: ${problem.field}: ${showValue(problem.value)}: expected ${problem.expected}; ${problem.effect}`;
}

/** A name as it is when harmless, else as JSON and cut, so that a hostile name stays on its line. */
function showPlain(text: string): string {
  return /^[\w ./:@+=,~-]*$/.test(text) && text.length <= 2 * shownLength
    ? text
    : ` ${showValue(text.trim())}`;
}
