/**
 * A token that may stand in a rule.
 *
 * @throws TypeError when it could print as something else than itself.
 */
export function checked(text: string, pattern: RegExp, what: string): string {
  if (!pattern.test(text)) throw new TypeError(`not ${what}: ${JSON.stringify(text)}`);
  return text;
}

/** Names of chains, interfaces, protocols and lists. */
export const wordToken = /^[A-Za-z0-9_.+-]+$/;
/** `0x4000`, or with its mask `0x4000/0x4000`. */
export const markToken = /^0x[0-9a-f]+(\/0x[0-9a-f]+)?$/;
