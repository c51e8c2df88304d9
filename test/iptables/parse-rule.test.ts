import { describe, expect, it } from 'vitest';
import { comment, destinationPort, protocol, source } from '../../src/iptables/match.ts';
import { parseRule, splitWords } from '../../src/iptables/parse-rule.ts';
import { printAppend, printInsert } from '../../src/iptables/print-rule.ts';
import { rule } from '../../src/iptables/rule.ts';
import { accept, drop, jump, masquerade, reject, returnTarget } from '../../src/iptables/target.ts';
import { caseNames, readCase } from '../support/oracle-cases.ts';

const parse = (text: string) => parseRule(splitWords(text));
const print = (text: string): string | undefined => {
  const parsed = parse(text);
  return parsed && printAppend('C', parsed).replace('-A C', '').trim();
};

describe('splitWords', () => {
  it.each<[string, string[]]>([
    ['', []],
    ['-s 10.0.0.1/32  -j X', ['-s', '10.0.0.1/32', '-j', 'X']],
    ['--comment "a b" -j X', ['--comment', 'a b', '-j', 'X']],
    ['--comment ""', ['--comment', '']],
    ['--comment "say \\"no\\""', ['--comment', 'say "no"']],
    ['--comment "back\\\\slash"', ['--comment', 'back\\slash']],
    ['--comment "it\'s"', ['--comment', "it's"]],
  ])('%s', (line, words) => {
    expect(splitWords(line)).toEqual(words);
  });
});

describe('parseRule', () => {
  it('reads matches in their order, and the target', () => {
    expect(parse('-s 10.0.0.1/32 ! -p tcp -m comment --comment "a b" -m tcp ! --dport 80 -j KUBE-X')).toEqual(
      rule(
        [source('10.0.0.1/32'), protocol('tcp', true), comment('a b'), destinationPort('tcp', 80, true)],
        jump('KUBE-X'),
      ),
    );
  });

  it('reads a rule without matches or target', () => {
    expect(parse('')).toEqual({ matches: [] });
    expect(parse('-m comment --comment x')).toEqual({ matches: [comment('x')] });
  });

  it.each([
    ['-j ACCEPT', accept],
    ['-j DROP', drop],
    ['-j RETURN', returnTarget],
    ['-j MASQUERADE --random-fully', masquerade],
    ['-j REJECT --reject-with icmp-port-unreachable', reject('ipv4')],
    ['-j REJECT --reject-with icmp6-port-unreachable', reject('ipv6')],
    ['-j DNAT --to-destination [fd00::1]:80', { kind: 'dnat', to: '[fd00::1]:80' } as const],
    ['-j MARK --or-mark 0x4000', { kind: 'or-mark', mark: '0x4000' } as const],
    ['-j MARK --xor-mark 0x4000', { kind: 'xor-mark', mark: '0x4000' } as const],
    ['-j KUBE-SVC-A', jump('KUBE-SVC-A')],
  ])('%s', (text, target) => {
    expect(parse(text)).toEqual(rule([], target));
    expect(print(text)).toBe(text);
  });

  it('reads marks as iptables-save writes them', () => {
    expect(print('-j MARK --set-xmark 0x4000/0x4000')).toBe('-j MARK --or-mark 0x4000');
    expect(print('-j MARK --set-xmark 0x4000/0x0')).toBe('-j MARK --xor-mark 0x4000');
  });

  it('reads recent as iptables-save writes it', () => {
    const mask = '255.255.255.255';
    expect(print(`-m recent --rcheck --seconds 9 --reap --name A --mask ${mask} --rsource`)).toBe(
      '-m recent --rcheck --seconds 9 --reap --name A --rsource',
    );
    expect(print('-m recent --set --name A --mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff --rsource')).toBe(
      '-m recent --set --name A --rsource',
    );
  });

  it('reads options of recent in the order of the spec', () => {
    expect(parse('-m recent --name A --rcheck --seconds 9 --reap -j A')).toEqual(
      parse('-m recent --rcheck --seconds 9 --reap --name A --rsource -j A'),
    );
  });

  it('reads a probability as iptables-save writes it', () => {
    expect(print('-m statistic --mode random --probability 0.33333333349')).toBe(
      '-m statistic --mode random --probability 0.3333333333',
    );
  });

  it.each([
    '-j DOCKER',
    '-j LOG --log-prefix "x "',
    '-j SNAT --to-source 10.0.0.1',
    '-j REJECT',
    '-j REJECT --reject-with tcp-reset --foo bar',
    '-j MASQUERADE',
    '-j MASQUERADE --to-ports 1024-2048',
    '-j DNAT --to-destination 10.0.0.1:80 --random',
    '-j DNAT --to-destination 10.0.0.1:80 --persistent',
    '-j MARK --set-xmark 0x1/0xff',
    '-j MARK --set-mark 0x1',
    '-j MARK --and-mark 0x1',
    '-j ACCEPT -s 10.0.0.1/32',
    '-j ACCEPT -j DROP',
    '! -j ACCEPT',
    '-j',
    '!',
    '-s 10.0.0.1/32 !',
    '-s',
    '-g CHAIN',
    '-o eth0 -j ACCEPT',
    '-f -j ACCEPT',
    'ACCEPT',
    '--dport 80',
    '-p tcp --dport 80 -j ACCEPT',
    '-m tcp --sport 80 -j ACCEPT',
    '-m tcp --dport 80 --sport 1 -j ACCEPT',
    '-m tcp --tcp-flags SYN,RST SYN -j ACCEPT',
    '-m tcp --dport http -j ACCEPT',
    '-m multiport --dports 80,443 -j ACCEPT',
    '-m set --match-set s src -j ACCEPT',
    '-m conntrack --ctorigdst 10.0.0.1 -j ACCEPT',
    '-m conntrack --ctstate NEW --ctdir ORIGINAL -j ACCEPT',
    '-m addrtype --dst-type LOCAL --src-type LOCAL -j ACCEPT',
    '-m addrtype --dst-type LOCAL --limit-iface-in -j ACCEPT',
    '-m mark --mark 0x1/0x1 --foo x',
    '-m comment -j ACCEPT',
    '-m comment --comment "a" --comment "b" -j ACCEPT',
    '-m comment --comment "say \\"no\\"" -j ACCEPT',
    '-m comment --comment "back\\\\slash" -j ACCEPT',
    '-m comment --comment',
    '-m comment ! --comment x -j ACCEPT',
    '! -m tcp -j ACCEPT',
    '-m statistic --mode nth --every 3 --packet 0 -j ACCEPT',
    '-m statistic --mode random ! --probability 0.5 -j ACCEPT',
    '-m statistic --mode random --probability x -j ACCEPT',
    '-m statistic --mode random -j ACCEPT',
    '-m recent --update --seconds 9 --name A --rsource -j A',
    '-m recent --rcheck --seconds 9 --name A --rsource -j A',
    '-m recent --rcheck --reap --name A --rsource -j A',
    '-m recent --rcheck --seconds 9 --reap --hitcount 3 --name A --rsource -j A',
    '-m recent --rcheck --seconds 9 --reap --name A --rdest -j A',
    '-m recent --rcheck --seconds 9 --reap --name A --mask 255.255.255.0 --rsource -j A',
    '-m recent ! --set --name A --rsource',
    '-m recent --set --rcheck --name A --rsource',
    '-m recent --set',
    '-m nfacct --nfacct-name x -j DROP',
    '-s example.com -j ACCEPT',
    '-p icmp -m icmp --icmp-type 8 -j ACCEPT',
  ])('a foreign rule comes back undefined: %s', (text) => {
    expect(parse(text)).toBeUndefined();
  });

  it('does not lose the seconds of a rule that sets', () => {
    expect(parse('-m recent --set --seconds 9 --name A --rsource')).toBeUndefined();
  });

  it.each([
    '-j DNAT --to-destination "10.0.0.1:80 -j ACCEPT"',
    '-j REJECT --reject-with "a b"',
    '-j MARK --or-mark "0x1 -j X"',
    '-j "A B"',
  ])('a target that could print as something else comes back undefined: %s', (text) => {
    expect(parse(text)).toBeUndefined();
  });
});

describe('printInsert', () => {
  it('prints the chain and the position', () => {
    expect(printInsert('INPUT', 2, rule([comment('a b')], drop))).toBe(
      '-I INPUT 2 -m comment --comment "a b" -j DROP\n',
    );
  });
});

/** The line of a recording as our printer would write it. */
const asPrinted = (line: string): string =>
  line
    .replace(/--set-xmark (0x[0-9a-f]+)\/\1/, '--or-mark $1')
    .replace(/--set-xmark (0x[0-9a-f]+)\/0x0/, '--xor-mark $1')
    .replace(/ --mask (255\.255\.255\.255|ffff(:ffff){7})/, '')
    // 0.33333333349 stands for 1/3, which has ten decimals in kube-proxy's own rule.
    .replace(/(?<=--probability )\S+/, (share) => (1 / Math.round(1 / Number(share))).toFixed(10));

describe.each(caseNames)('%s', (name) => {
  it.each(['iptables-save.txt', 'ip6tables-save.txt'])('reads and prints every rule of %s', (file) => {
    const lines = readCase(name, file)
      .split('\n')
      .filter((line) => line.startsWith('-A '));
    expect(lines.length).toBeGreaterThan(20);
    const faulty: string[] = [];
    for (const line of lines) {
      const [, chain = '', text = ''] = /^-A (\S+) ?(.*)$/.exec(line) ?? [];
      const parsed = parse(text);
      const again = parsed && printAppend(chain, parsed);
      if (again !== `${asPrinted(line)}\n`) faulty.push(`${line}\n  ${again ?? 'not ours'}`);
      else expect(parse(again.slice(`-A ${chain} `.length))).toEqual(parsed);
    }
    expect(faulty).toEqual([]);
  });
});
