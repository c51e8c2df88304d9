import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Address,
  type Cidr,
  contains,
  isFault,
  parseAddress,
  parseCidr,
  socketText,
} from '../../src/model/address.ts';

function address(text: string): Address {
  const read = parseAddress(text);
  if (isFault(read)) throw new Error(`${JSON.stringify(text)} is not taken: ${read.expected}`);
  return read;
}

function cidr(text: string): Cidr {
  const read = parseCidr(text);
  if (isFault(read)) throw new Error(`${JSON.stringify(text)} is not taken: ${read.expected}`);
  return read;
}

describe('parseAddress', () => {
  test.each([
    ['10.0.0.1', 'ipv4', '10.0.0.1', 0x0a000001n],
    ['0.0.0.0', 'ipv4', '0.0.0.0', 0n],
    ['255.255.255.255', 'ipv4', '255.255.255.255', 0xffffffffn],
    ['::', 'ipv6', '::', 0n],
    ['::1', 'ipv6', '::1', 1n],
    ['FD00:0:0:0:0:0:00A1:B', 'ipv6', 'fd00::a1:b', 0xfd0000000000000000000000_00a1000bn],
    ['::1.2.3.4', 'ipv6', '::102:304', 0x01020304n],
  ] as const)('%s is %s %s', (text, family, canonical, value) => {
    expect(parseAddress(text)).toEqual({ family, text: canonical, value });
    expect(parseAddress(text, family)).toEqual({ family, text: canonical, value });
  });

  test.each([
    ['010.0.0.1', 'an IP address without leading zeros'],
    ['10.0.00.1', 'an IP address without leading zeros'],
    ['::ffff:10.0.0.1', 'an IP address, not an IPv4 address in IPv6 form'],
    ['::FFFF:a00:1', 'an IP address, not an IPv4 address in IPv6 form'],
    ['0:0:0:0:0:ffff:0:0', 'an IP address, not an IPv4 address in IPv6 form'],
    ['fe80::1%eth0', 'an IP address without a zone suffix'],
    ['fe80::1%', 'an IP address without a zone suffix'],
    ['10.0.0.1%eth0', 'an IP address without a zone suffix'],
  ])('%s is refused: expected %s', (text, expected) => {
    expect(parseAddress(text)).toEqual({ expected });
  });

  test.each([
    '',
    ' ',
    ' 10.0.0.1',
    '10.0.0.1 ',
    '10.0.0.1\n',
    '10.0. 0.1',
    '10.0.0',
    '10.0.0.1.1',
    '10.0.0.1.',
    '10..0.1',
    '10.0.0.256',
    '10.0.0.-1',
    '+10.0.0.1',
    '1e1.0.0.1',
    '0x0a.0.0.1',
    '１０.0.0.1',
    '167772161',
    '10.0.0.1/32',
    '10.0.0.1:80',
    ' fd00::1',
    'fd00::1\t',
    'fd00: :1',
    '[::1]',
    'fd00::1/128',
    ':',
    ':::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::1',
    ':1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:',
    '1::2::3',
    '12345::',
    'g::',
    '0x1::',
    '::1.2.3',
    '::1.2.3.256',
    '::01.2.3.4',
    'None',
  ])('%j is refused', (text) => {
    expect(parseAddress(text)).toEqual({ expected: expect.stringMatching(/^an IP address/) });
  });

  test('is refused in the other family, whatever it is', () => {
    expect(parseAddress('10.0.0.1', 'ipv6')).toEqual({ expected: 'an IPv6 address' });
    expect(parseAddress('fd00::1', 'ipv4')).toEqual({ expected: 'an IPv4 address' });
    expect(parseAddress('x', 'ipv4')).toEqual({ expected: 'an IPv4 address' });
  });

  const group = fc.oneof(fc.constantFrom(0, 0, 0, 1, 0xffff), fc.integer({ min: 0, max: 0xffff }));
  const groups = fc.tuple(group, group, group, group, group, group, group, group);
  const isMapped = (g: readonly number[]): boolean => g.slice(0, 5).every((x) => x === 0) && g[5] === 0xffff;

  test('property: IPv6 comes out in the canonical form of RFC 5952, as WHATWG URLs have it', () => {
    fc.assert(
      fc.property(groups, fc.boolean(), fc.boolean(), (numbers, padded, upper) => {
        fc.pre(!isMapped(numbers));
        const written = numbers.map((n) => n.toString(16).padStart(padded ? 4 : 1, '0')).join(':');
        const text = upper ? written.toUpperCase() : written;
        const canonical = new URL(`http://[${text}]/`).hostname.slice(1, -1);
        const read = address(text);
        expect(read.text).toBe(canonical);
        expect(read.value).toBe(numbers.reduce((sum, n) => (sum << 16n) | BigInt(n), 0n));
        // What is canonical stays as it is.
        expect(address(canonical)).toEqual(read);
      }),
      { numRuns: 2000 },
    );
  });

  test('property: IPv4 is itself, and never taken with a leading zero', () => {
    const byte = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(fc.tuple(byte, byte, byte, byte), fc.integer({ min: 0, max: 3 }), (bytes, at) => {
        const read = address(bytes.join('.'));
        expect(read.text).toBe(bytes.join('.'));
        expect(read.value).toBe(bytes.reduce((sum, b) => (sum << 8n) | BigInt(b), 0n));
        const padded = bytes.map((b, i) => (i === at ? `0${b}` : `${b}`)).join('.');
        expect(isFault(parseAddress(padded))).toBe(true);
      }),
    );
  });

  test('property: any text gives an address that reads back the same, or a fault; never an exception', () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'0123456789abcf.:%/ \n') }));
    fc.assert(
      fc.property(text, (x) => {
        const read = parseAddress(x);
        if (!isFault(read)) expect(parseAddress(read.text)).toEqual(read);
        const range = parseCidr(x);
        if (!isFault(range)) expect(parseCidr(range.text)).toEqual({ ...range, hostBits: false });
      }),
      { numRuns: 5000 },
    );
  });
});

describe('parseCidr', () => {
  test.each([
    ['10.0.0.0/8', '10.0.0.0/8', 0x0a000000n, 0x0affffffn, false],
    ['10.1.2.3/8', '10.0.0.0/8', 0x0a000000n, 0x0affffffn, true],
    ['10.1.2.3/32', '10.1.2.3/32', 0x0a010203n, 0x0a010203n, false],
    ['10.1.2.3/31', '10.1.2.2/31', 0x0a010202n, 0x0a010203n, true],
    ['0.0.0.0/0', '0.0.0.0/0', 0n, 0xffffffffn, false],
    ['1.2.3.4/0', '0.0.0.0/0', 0n, 0xffffffffn, true],
    ['::/0', '::/0', 0n, (1n << 128n) - 1n, false],
    ['FD00::/64', 'fd00::/64', 0xfd00n << 112n, (0xfd00n << 112n) + (1n << 64n) - 1n, false],
    ['fd00::1/64', 'fd00::/64', 0xfd00n << 112n, (0xfd00n << 112n) + (1n << 64n) - 1n, true],
    ['::1/128', '::1/128', 1n, 1n, false],
  ] as const)('%s is %s', (text, canonical, first, last, hostBits) => {
    const family = text.includes(':') ? 'ipv6' : 'ipv4';
    const prefix = Number(text.split('/')[1]);
    expect(parseCidr(text)).toEqual({ family, text: canonical, first, last, prefix, hostBits });
  });

  test.each([
    '',
    '/',
    '/8',
    '10.0.0.0',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/08',
    '10.0.0.0/-1',
    '10.0.0.0/+8',
    '10.0.0.0/8.0',
    '10.0.0.0/8/8',
    '10.0.0.0/255.0.0.0',
    ' 10.0.0.0/8',
    '10.0.0.0/8 ',
    '10.0.0.0/8\n',
    '10.0.0.0 /8',
    '10.0.0.0/ 8',
    '010.0.0.0/8',
    '10.0/16',
    'fd00::/129',
    'fe80::%eth0/64',
    '::ffff:10.0.0.0/104',
  ])('%j is refused', (text) => {
    expect(parseCidr(text)).toEqual({ expected: expect.stringContaining('CIDR') });
  });

  test('of one family only, when one is asked for', () => {
    expect(parseCidr('10.0.0.0/8', 'ipv6')).toEqual({ expected: 'an IPv6 CIDR' });
    expect(parseCidr('fd00::/8', 'ipv4')).toEqual({ expected: 'an IPv4 CIDR' });
    expect(parseCidr('fd00::/8', 'ipv6')).toMatchObject({ family: 'ipv6', text: 'fd00::/8' });
  });

  test('property: clearing host bits by hand gives the same network', () => {
    const number = fc.bigInt({ min: 0n, max: 0xffffffffn });
    const dotted = (n: bigint): string => [24n, 16n, 8n, 0n].map((by) => (n >> by) & 255n).join('.');
    fc.assert(
      fc.property(number, fc.integer({ min: 0, max: 32 }), (n, prefix) => {
        const network = (n >> BigInt(32 - prefix)) << BigInt(32 - prefix);
        expect(cidr(`${dotted(n)}/${prefix}`)).toMatchObject({
          text: `${dotted(network)}/${prefix}`,
          first: network,
          hostBits: network !== n,
        });
      }),
    );
  });
});

describe('contains', () => {
  test.each([
    ['10.0.0.0/8', '10.0.0.0', true],
    ['10.0.0.0/8', '10.255.255.255', true],
    ['10.0.0.0/8', '9.255.255.255', false],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.1.2.3/8', '10.9.9.9', true],
    ['10.1.2.3/32', '10.1.2.3', true],
    ['10.1.2.3/32', '10.1.2.4', false],
    ['0.0.0.0/0', '255.255.255.255', true],
    ['fd00::/64', 'fd00::ffff:ffff:ffff:ffff', true],
    ['fd00::/64', 'fd00:0:0:1::', false],
    // Never across families, even where the numbers would fit.
    ['::/0', '10.0.0.1', false],
    ['0.0.0.0/0', '::1', false],
    ['::/96', '10.0.0.1', false],
  ])('%s contains %s: %s', (range, one, expected) => {
    expect(contains(cidr(range), address(one))).toBe(expected);
  });
});

test('a socket has brackets in IPv6', () => {
  expect(socketText('10.0.0.1', 80)).toBe('10.0.0.1:80');
  expect(socketText('fd00::1', 80)).toBe('[fd00::1]:80');
});
