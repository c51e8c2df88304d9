// What a rule does with a packet. As with matches, every constructor checks its tokens.
import type { Family } from '../model/family.ts';
import { checked, markToken, wordToken } from './token.ts';

export type Target =
  | { readonly kind: 'jump'; readonly chain: string }
  | { readonly kind: 'accept' | 'drop' | 'return' }
  | { readonly kind: 'reject'; readonly with: string }
  | { readonly kind: 'or-mark' | 'xor-mark'; readonly mark: string }
  | { readonly kind: 'masquerade' }
  | { readonly kind: 'dnat'; readonly to: string };

export const accept: Target = { kind: 'accept' };
export const drop: Target = { kind: 'drop' };
export const returnTarget: Target = { kind: 'return' };
/** With a source port drawn at random, so that two hosts behind one address rarely draw the same. */
export const masquerade: Target = { kind: 'masquerade' };

export function jump(chain: string): Target {
  return { kind: 'jump', chain: checked(chain, wordToken, 'a chain') };
}

/** The ICMP answer of a refused connection; iptables-save names it even where it is the default. */
export function reject(family: Family): Target {
  return rejectWith(family === 'ipv4' ? 'icmp-port-unreachable' : 'icmp6-port-unreachable');
}

export function rejectWith(answer: string): Target {
  return { kind: 'reject', with: checked(answer, /^[a-z0-9-]+$/, 'an ICMP answer') };
}

/** Sets the bits of `mark`. */
export function orMark(mark: string): Target {
  return { kind: 'or-mark', mark: checked(mark, markToken, 'a mark') };
}

/** Flips the bits of `mark`. */
export function xorMark(mark: string): Target {
  return { kind: 'xor-mark', mark: checked(mark, markToken, 'a mark') };
}

/** `to` is `ip:port`, or `[ip]:port`. */
export function dnat(to: string): Target {
  return { kind: 'dnat', to: checked(to, /^[0-9a-f.:[\]-]+$/, 'an address and port') };
}
