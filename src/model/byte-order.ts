/** Plain code-unit order, in which names are sorted everywhere; never the locale's. */
export function compareBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
