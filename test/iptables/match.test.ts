import { describe, expect, it } from 'vitest';
import {
  comment,
  conntrackState,
  destination,
  destinationPort,
  destinationType,
  inInterface,
  type Match,
  mark,
  protocol,
  protocolModule,
  recentCheck,
  recentSet,
  source,
  sourceType,
  statistic,
} from '../../src/iptables/match.ts';
import { parseRule, splitWords } from '../../src/iptables/parse-rule.ts';
import { printAppend } from '../../src/iptables/print-rule.ts';
import { rule } from '../../src/iptables/rule.ts';

const print = (match: Match): string =>
  printAppend('C', rule([match]))
    .replace('-A C ', '')
    .trimEnd();

describe('a match prints as iptables-save would print it', () => {
  it.each<[string, Match]>([
    ['-s 10.0.0.0/8', source('10.0.0.0/8')],
    ['! -s 10.0.0.0/8', source('10.0.0.0/8', true)],
    ['-s 10.0.0.1/32', source('10.0.0.1')],
    ['-s fd00::1/128', source('fd00::1')],
    ['-d 10.0.0.1/32', destination('10.0.0.1')],
    ['! -d ::1/128', destination('::1/128', true)],
    ['-i cni0', inInterface('cni0')],
    ['! -i veth+', inInterface('veth+', true)],
    ['-p sctp', protocol('sctp')],
    ['! -p udp', protocol('udp', true)],
    ['-m comment --comment "shop/web:http -> [fd00::1]:80"', comment('shop/web:http -> [fd00::1]:80')],
    ['-m tcp --dport 80', destinationPort('tcp', 80)],
    ['-m udp ! --dport 1:1024', destinationPort('udp', '1:1024', true)],
    ['-m sctp', protocolModule('sctp')],
    ['-m conntrack --ctstate NEW', conntrackState('NEW')],
    ['-m conntrack ! --ctstate RELATED,ESTABLISHED', conntrackState('RELATED,ESTABLISHED', true)],
    ['-m addrtype --src-type LOCAL', sourceType('LOCAL')],
    ['-m addrtype ! --src-type LOCAL', sourceType('LOCAL', true)],
    ['-m addrtype --dst-type LOCAL', destinationType('LOCAL')],
    ['-m addrtype ! --dst-type LOCAL', destinationType('LOCAL', true)],
    ['-m mark --mark 0x4000/0x4000', mark('0x4000/0x4000')],
    ['-m mark ! --mark 0x1/0x1', mark('0x1/0x1', true)],
    [
      '-m recent --rcheck --seconds 10800 --reap --name KUBE-SEP-A --rsource',
      recentCheck('KUBE-SEP-A', 10_800),
    ],
    ['-m recent --set --name KUBE-SEP-A --rsource', recentSet('KUBE-SEP-A')],
    ['-m statistic --mode random --probability 0.5000000000', statistic(0.5)],
  ])('%s', (text, match) => {
    expect(print(match)).toBe(text);
    expect(parseRule(splitWords(text))).toEqual(rule([match]));
  });
});

describe('constructors refuse what could print as something else', () => {
  const bad = ['', ' ', 'a b', 'a"b', "a'b", 'a\nb', 'a\n', 'a\\b', 'a\tb', 'a;b', 'a\0', '--dport', 'ä'];
  /** As wordToken takes a leading dash: an option never stands alone, as its flag comes before it. */
  const words = bad.filter((text) => text !== '--dport');

  it.each(bad)('%j is no address', (text) => {
    expect(() => source(text)).toThrow(TypeError);
    expect(() => destination(text)).toThrow(TypeError);
  });

  it.each(words)('%j is no word', (text) => {
    expect(() => inInterface(text)).toThrow(TypeError);
    expect(() => protocol(text)).toThrow(TypeError);
    expect(() => protocolModule(text)).toThrow(TypeError);
    expect(() => destinationPort(text, 80)).toThrow(TypeError);
    expect(() => recentSet(text)).toThrow(TypeError);
    expect(() => recentCheck(text, 1)).toThrow(TypeError);
  });

  it.each([...bad, '-1', '1.5', 'http', '123456', '80,443'])('%j is no port', (text) => {
    expect(() => destinationPort('tcp', text)).toThrow(TypeError);
  });

  it.each([...bad, '-1', '1.5'])('%j is no number of seconds', (text) => {
    expect(() => recentCheck('LIST', text)).toThrow(TypeError);
  });

  it.each([...bad, 'new', 'NEW, ESTABLISHED'])('%j is no state or type', (text) => {
    expect(() => conntrackState(text)).toThrow(TypeError);
    expect(() => sourceType(text)).toThrow(TypeError);
    expect(() => destinationType(text)).toThrow(TypeError);
  });

  it.each([...bad, '4000', '0x', '0x4000/', '0xg'])('%j is no mark', (text) => {
    expect(() => mark(text)).toThrow(TypeError);
  });

  it.each(['10.0.0.0/', '10.0.0.0/1234', '10.0.0.0/8/8', 'example.com', 'FD00::1', '10.0.0.1-10.0.0.2'])(
    '%j is no CIDR',
    (text) => {
      expect(() => source(text)).toThrow(TypeError);
    },
  );

  it.each([
    ['a quote', 'a"b'],
    ['a backslash', 'a\\b'],
    ['a line end', 'a\nCOMMIT'],
    ['a carriage return', 'a\rb'],
    ['a tab', 'a\tb'],
    ['a NUL', 'a\0b'],
    ['a DEL', 'a\u007fb'],
    ['a line end behind it', 'a\n'],
  ])('a comment with %s', (_, text) => {
    expect(() => comment(text)).toThrow(TypeError);
  });

  it('a comment of more than 255 characters', () => {
    expect(print(comment('x'.repeat(255)))).toContain(`"${'x'.repeat(255)}"`);
    expect(() => comment('x'.repeat(256))).toThrow(TypeError);
  });

  it('a comment of more than 255 bytes, which is what xt_comment counts', () => {
    expect(() => comment('é'.repeat(128))).toThrow(TypeError);
  });

  it('a comment may have blanks, colons, brackets, arrows and semicolons', () => {
    const text = "kubernetes service nodeports; NOTE: it's -> [::1]:80 ! -j";
    expect(parseRule(splitWords(print(comment(text))))).toEqual(rule([comment(text)]));
  });

  it.each([-0.1, 1.1, Number.NaN, Number.POSITIVE_INFINITY])('%d is no probability', (share) => {
    expect(() => statistic(share)).toThrow(TypeError);
  });
});

describe('statistic', () => {
  /** What libxt_statistic stores for a probability in print. */
  const kernelValue = (text: string): number => Math.round(Number(text) * 2 ** 31);
  const probabilityOf = (match: Match): string => {
    if (match.kind !== 'statistic') throw new Error('not a statistic');
    return match.probability;
  };
  const shareOf = (n: number): Match => statistic(Number((1 / n).toFixed(10)));

  it.each([
    [2, '0.5000000000'],
    [3, '0.3333333333'],
    [4, '0.2500000000'],
    [7, '0.1428571429'],
    [1000, '0.0010000000'],
  ])('1/%d prints as %s', (n, text) => {
    expect(probabilityOf(shareOf(n))).toBe(text);
  });

  it('1/n prints with the ten decimals of kube-proxy for each n up to 5000', () => {
    const wrong: string[] = [];
    for (let n = 2; n <= 5000; n++) {
      const text = (1 / n).toFixed(10);
      const match = shareOf(n);
      if (match.kind !== 'statistic' || match.threshold !== kernelValue(text) || match.probability !== text)
        wrong.push(`1/${n}: ${probabilityOf(match)} instead of ${text}`);
    }
    expect(wrong).toEqual([]);
  });

  it('reads back what it prints, for each n up to 5000', () => {
    for (let n = 2; n <= 5000; n++) {
      const match = shareOf(n);
      const again = parseRule(splitWords(print(match)));
      expect(again).toEqual(rule([match]));
    }
  });

  it('is the same from what iptables-save makes of it, for each n up to 5000', () => {
    for (let n = 2; n <= 5000; n++) {
      const match = shareOf(n);
      // iptables prints the stored value with eleven decimals.
      const saved = (kernelValue((1 / n).toFixed(10)) / 2 ** 31).toFixed(11);
      expect(statistic(Number(saved))).toEqual(match);
    }
  });

  it('prints as iptables-save does where no 1/n is what the kernel holds', () => {
    expect(probabilityOf(statistic(0.3))).toBe('0.29999999981');
    expect(probabilityOf(statistic(0.75))).toBe('0.75000000000');
  });

  it('reads back any probability that it prints', () => {
    for (let i = 0; i <= 2000; i++) {
      const match = statistic(i / 2000);
      expect(statistic(Number(probabilityOf(match)))).toEqual(match);
    }
  });

  it('tells two probabilities apart that the kernel tells apart', () => {
    expect(statistic(0.3333333333)).toEqual(statistic(0.33333333349));
    expect(statistic(0.3333333333)).not.toEqual(statistic(0.3333333343));
  });
});
