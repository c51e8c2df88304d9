/** An IP family; each is compiled by itself, as kube-proxy does. */
export type Family = 'ipv4' | 'ipv6';

export const families: readonly Family[] = ['ipv4', 'ipv6'];

/** One value for each family. */
export type ByFamily<T> = Readonly<Record<Family, T>>;
