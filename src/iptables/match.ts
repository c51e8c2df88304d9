// What a rule asks of a packet. Every constructor checks its tokens, so that a match can only print as itself.
import { checked, markToken, wordToken } from './token.ts';

export type Match =
  | { readonly kind: 'source' | 'destination'; readonly cidr: string; readonly negated?: true }
  | { readonly kind: 'in-interface'; readonly name: string; readonly negated?: true }
  | { readonly kind: 'protocol'; readonly protocol: string; readonly negated?: true }
  | { readonly kind: 'comment'; readonly text: string }
  | {
      readonly kind: 'destination-port';
      readonly protocol: string;
      readonly port: string;
      readonly negated?: true;
    }
  /** `-m tcp` with no option: what iptables-save shows after `-m tcp -p tcp`. */
  | { readonly kind: 'protocol-module'; readonly protocol: string }
  | { readonly kind: 'conntrack-state'; readonly states: string; readonly negated?: true }
  | { readonly kind: 'source-type' | 'destination-type'; readonly type: string; readonly negated?: true }
  | { readonly kind: 'mark'; readonly mark: string; readonly negated?: true }
  | { readonly kind: 'recent-check'; readonly list: string; readonly seconds: string }
  | { readonly kind: 'recent-set'; readonly list: string }
  /** `threshold` of 2^31 packets match, as the kernel keeps it; `probability` is that in print. */
  | { readonly kind: 'statistic'; readonly threshold: number; readonly probability: string };

const negation = (negated: boolean): { negated?: true } => (negated ? { negated: true } : {});

const addressToken = /^[0-9a-f.:]+(\/\d{1,3})?$/;
// xt_comment holds 256 bytes; a quote, a backslash or a line end would break out of the quotes.
const commentToken = /^[^"\\\u0000-\u001f\u007f]*$/;
const commentBytes = 255;

/** `cidr` may be a lone address, which is printed as its /32 or /128, as iptables-save does. */
export function source(cidr: string, negated = false): Match {
  return { kind: 'source', cidr: withPrefix(cidr), ...negation(negated) };
}

export function destination(cidr: string, negated = false): Match {
  return { kind: 'destination', cidr: withPrefix(cidr), ...negation(negated) };
}

function withPrefix(cidr: string): string {
  checked(cidr, addressToken, 'an address or CIDR');
  if (cidr.includes('/')) return cidr;
  return cidr.includes(':') ? `${cidr}/128` : `${cidr}/32`;
}

export function inInterface(name: string, negated = false): Match {
  return { kind: 'in-interface', name: checked(name, wordToken, 'an interface name'), ...negation(negated) };
}

/** Matches without a token of their own are made once: every endpoint has them. */
const protocols = new Map<string, Match>();
const modules = new Map<string, Match>();

function once(made: Map<string, Match>, name: string, make: () => Match): Match {
  let match = made.get(name);
  if (match === undefined) {
    match = make();
    made.set(name, match);
  }
  return match;
}

export function protocol(name: string, negated = false): Match {
  if (!negated)
    return once(protocols, name, () => ({
      kind: 'protocol',
      protocol: checked(name, wordToken, 'a protocol'),
    }));
  return { kind: 'protocol', protocol: checked(name, wordToken, 'a protocol'), ...negation(negated) };
}

/** @throws TypeError when the text cannot stand between quotes on one line, or is over 255 bytes. */
export function comment(text: string): Match {
  if (Buffer.byteLength(text) > commentBytes)
    throw new TypeError(`a comment over ${commentBytes} bytes: ${JSON.stringify(text)}`);
  return { kind: 'comment', text: checked(text, commentToken, 'a comment') };
}

export function destinationPort(name: string, port: number | string, negated = false): Match {
  const token = checked(String(port), /^\d{1,5}(:\d{1,5})?$/, 'a port');
  return {
    kind: 'destination-port',
    protocol: checked(name, wordToken, 'a protocol'),
    port: token,
    ...negation(negated),
  };
}

export function protocolModule(name: string): Match {
  return once(modules, name, () => ({
    kind: 'protocol-module',
    protocol: checked(name, wordToken, 'a protocol'),
  }));
}

export function conntrackState(states: string, negated = false): Match {
  return {
    kind: 'conntrack-state',
    states: checked(states, /^[A-Z,]+$/, 'conntrack states'),
    ...negation(negated),
  };
}

export function sourceType(type: string, negated = false): Match {
  return { kind: 'source-type', type: checked(type, /^[A-Z,]+$/, 'an address type'), ...negation(negated) };
}

export function destinationType(type: string, negated = false): Match {
  return {
    kind: 'destination-type',
    type: checked(type, /^[A-Z,]+$/, 'an address type'),
    ...negation(negated),
  };
}

/** `mark` is `0x4000/0x4000`: value and mask. */
export function mark(value: string, negated = false): Match {
  return {
    kind: 'mark',
    mark: checked(value, markToken, 'a mark'),
    ...negation(negated),
  };
}

/** Whether the source was put on `list` in the last `seconds`; older entries are reaped. */
export function recentCheck(list: string, seconds: number | string): Match {
  return {
    kind: 'recent-check',
    list: checked(list, wordToken, 'a list name'),
    seconds: checked(String(seconds), /^\d+$/, 'seconds'),
  };
}

export function recentSet(list: string): Match {
  return { kind: 'recent-set', list: checked(list, wordToken, 'a list name') };
}

/** Thresholds are out of this many: the kernel keeps a probability in 31 bits. */
export const thresholdScale = 2 ** 31;

/**
 * A random share of packets. 1/3 goes in as 0.3333333333 and comes back from the kernel as 0.33333333349:
 * both have the same threshold, and print the same here.
 */
export function statistic(probability: number): Match {
  const threshold = Math.round(Number(probability.toFixed(11)) * thresholdScale);
  if (!(threshold >= 0 && threshold <= thresholdScale))
    throw new TypeError(`not a probability: ${probability}`);
  return { kind: 'statistic', threshold, probability: probabilityText(threshold) };
}

/** kube-proxy's ten decimals of 1/n wherever that is what the kernel holds, else as iptables-save prints it. */
function probabilityText(threshold: number): string {
  const share = threshold / thresholdScale;
  const likely = (1 / Math.max(1, Math.round(1 / share))).toFixed(10);
  return Math.round(Number(likely) * thresholdScale) === threshold ? likely : share.toFixed(11);
}
