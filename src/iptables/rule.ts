import type { Family } from '../model/family.ts';
import type { Match } from './match.ts';

/** What a rule does with a packet that matches. */
export type Target =
  | { readonly kind: 'jump'; readonly chain: string }
  | { readonly kind: 'accept' | 'drop' | 'return' }
  | { readonly kind: 'reject'; readonly with: string }
  | { readonly kind: 'or-mark' | 'xor-mark'; readonly mark: string }
  | { readonly kind: 'masquerade' }
  | { readonly kind: 'dnat'; readonly to: string };

/** A rule: matches in the order in which they are printed, and a target, or none at all. */
export interface Rule {
  readonly matches: readonly Match[];
  readonly target?: Target;
}

export type TableName = 'filter' | 'nat';
export const tableNames: readonly TableName[] = ['filter', 'nat'];

/** A chain and its rules, in order. */
export interface Chain {
  readonly name: string;
  readonly rules: readonly Rule[];
}

/** A rule of one service in a chain that all services share. */
export interface SharedRule {
  readonly table: TableName;
  readonly chain: string;
  readonly rule: Rule;
}

/** Everything that one service port adds to the rules. */
export interface ServiceRules {
  /** `ns/name:port` */
  readonly name: string;
  readonly shared: readonly SharedRule[];
  /** Chains of this service port alone, all in nat. */
  readonly chains: readonly Chain[];
}

/** What exists whatever the services: the shared chains and the way into them. */
export interface BaseRules {
  readonly table: TableName;
  /** Rules at the top of built-in chains, in the order in which they stand there. */
  readonly jumps: readonly Chain[];
  /** The shared chains with their fixed rules; the rules of services follow these. */
  readonly chains: readonly Chain[];
  /** Rules that must stand after those of all services. */
  readonly last: readonly Chain[];
}

/** A family's complete rules: what prints, what is compared, what is explained. */
export interface Ruleset {
  readonly family: Family;
  readonly base: readonly BaseRules[];
  /** Sorted by namespace, name, port name and protocol. */
  readonly services: readonly ServiceRules[];
}

export const jump = (chain: string): Target => ({ kind: 'jump', chain });
export const accept: Target = { kind: 'accept' };
export const drop: Target = { kind: 'drop' };
export const returnTarget: Target = { kind: 'return' };
export const masquerade: Target = { kind: 'masquerade' };

/** The ICMP answer of a refused connection; iptables-save names it even where it is the default. */
export function reject(family: Family): Target {
  return { kind: 'reject', with: family === 'ipv4' ? 'icmp-port-unreachable' : 'icmp6-port-unreachable' };
}

export function rule(matches: readonly Match[], target?: Target): Rule {
  return target === undefined ? { matches } : { matches, target };
}
