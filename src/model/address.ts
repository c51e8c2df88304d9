// The one module that knows ip-num: every address and CIDR of the project is read here.
import { isIPv4 } from 'node:net';
import { collapseIPv6Number, IPv4, IPv4CidrRange, IPv6, IPv6CidrRange } from 'ip-num';
import type { Family } from './family.ts';

/** An IP address. `text` is its one canonical spelling (dotted quad, RFC 5952). */
export interface Address {
  readonly family: Family;
  readonly text: string;
  readonly value: bigint;
}

/** A CIDR. `text` is canonical with host bits cleared, and `hostBits` says whether any were set. */
export interface Cidr {
  readonly family: Family;
  readonly text: string;
  readonly first: bigint;
  readonly last: bigint;
  readonly prefix: number;
  readonly hostBits: boolean;
}

/** Why a text is not the address or CIDR that was asked for. */
export interface Fault {
  readonly expected: string;
}

export const isFault = (x: Address | Cidr | Fault): x is Fault => 'expected' in x;

const mappedPrefix = 0xffffn;

function rfc5952(address: IPv6): string {
  return collapseIPv6Number(address.toString()).toLowerCase();
}

/**
 * Reads an address strictly: no leading zeros (`010.0.0.1` is 8.0.0.1 to some readers and 10.0.0.1 to
 * others), no zone suffix, no blanks, and no IPv4-mapped IPv6, which the kernel would match in neither family.
 */
export function parseAddress(text: string, family?: Family): Address | Fault {
  const expected = family === undefined ? 'an IP address' : `an ${familyName(family)} address`;
  const found: Family = text.includes(':') ? 'ipv6' : 'ipv4';
  if (family !== undefined && found !== family) return { expected };
  if (text.includes('%')) return { expected: `${expected} without a zone suffix` };
  try {
    if (found === 'ipv4') return { family: found, text, value: IPv4.fromString(text).value };
    const address = IPv6.fromString(text);
    if (address.value >> 32n === mappedPrefix)
      return { expected: `${expected}, not an IPv4 address in IPv6 form` };
    return { family: found, text: rfc5952(address), value: address.value };
  } catch {
    const leadingZero = found === 'ipv4' && /(^|\.)0\d/.test(text);
    return { expected: leadingZero ? `${expected} without leading zeros` : expected };
  }
}

/**
 * The canonical text of an address, read as strictly as by parseAddress. Endpoints come by the hundred thousand, and
 * of theirs only the text is wanted: strict IPv4 is its own canonical text.
 */
export function canonicalAddress(text: string, family: Family): string | Fault {
  if (family === 'ipv4' && isIPv4(text)) return text;
  const address = parseAddress(text, family);
  return isFault(address) ? address : address.text;
}

/** Reads a CIDR strictly, but lets host bits pass as the API server does; `hostBits` tells. */
export function parseCidr(text: string, family?: Family): Cidr | Fault {
  const expected = family === undefined ? 'a CIDR such as 10.0.0.0/8' : `an ${familyName(family)} CIDR`;
  const [base, prefixText, ...rest] = text.split('/');
  if (base === undefined || prefixText === undefined || rest.length > 0) return { expected };
  if (!/^(0|[1-9]\d{0,2})$/.test(prefixText)) return { expected };
  const address = parseAddress(base, family);
  if (isFault(address)) return { expected: address.expected.replace('address', 'CIDR') };
  try {
    const range =
      address.family === 'ipv4'
        ? IPv4CidrRange.fromCidr(`${address.text}/${prefixText}`)
        : IPv6CidrRange.fromCidr(`${address.text}/${prefixText}`);
    const first = range.getFirst();
    const network = first instanceof IPv6 ? rfc5952(first) : first.toString();
    return {
      family: address.family,
      text: `${network}/${prefixText}`,
      first: first.value,
      last: range.getLast().value,
      prefix: Number(prefixText),
      hostBits: first.value !== address.value,
    };
  } catch {
    return { expected };
  }
}

/** Whether `address` lies in `cidr`; never across families. */
export function contains(cidr: Cidr, address: Address): boolean {
  return cidr.family === address.family && cidr.first <= address.value && address.value <= cidr.last;
}

/** `ip:port`, or `[ip]:port` for IPv6: how Kubernetes and netfilter print an endpoint. */
export function socketText(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** `IPv4` or `IPv6`, as Kubernetes spells it. */
export function familyName(family: Family): 'IPv4' | 'IPv6' {
  return family === 'ipv4' ? 'IPv4' : 'IPv6';
}
