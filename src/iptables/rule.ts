import type { Family } from '../model/family.ts';
import type { Match } from './match.ts';
import type { Target } from './target.ts';

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

export function rule(matches: readonly Match[], target?: Target): Rule {
  return target === undefined ? { matches } : { matches, target };
}
