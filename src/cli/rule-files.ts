import type { Family } from '../model/family.ts';

/** Names of the files that hold a family's rules, wherever rules are written. */
export const ruleFiles: Readonly<Record<Family, string>> = {
  ipv4: 'iptables.rules',
  ipv6: 'ip6tables.rules',
};
