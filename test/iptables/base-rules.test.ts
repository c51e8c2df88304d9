import { describe, expect, it } from 'vitest';
import type { Family } from '../../src/model/family.ts';
import {
  type ApiObject,
  chainRules,
  compileObjects,
  node,
  printed,
  service,
  slice,
  tableLines,
} from '../support/cluster-builder.ts';

const nodeOne = node('node-1', { addresses: ['192.168.0.1', '192.168.1.1', 'fd00:168::1'] });
const compileBase = (config: ApiObject = {}) => compileObjects([nodeOne], config);
const families: readonly Family[] = ['ipv4', 'ipv6'];

const firewallNote = '-m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL';
const externalNote =
  '-m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES';
const servicesNote = '-m comment --comment "kubernetes service portals" -j KUBE-SERVICES';
const onNew = '-m conntrack --ctstate NEW';

describe.each(families)('jumps from the built-in chains, %s', (family) => {
  const result = compileBase();

  it('filter INPUT', () => {
    expect(chainRules(result, 'filter', 'INPUT', family)).toEqual([
      '-j KUBE-FIREWALL',
      `${onNew} ${firewallNote}`,
      '-m comment --comment "kubernetes health check service ports" -j KUBE-NODEPORTS',
      `${onNew} ${externalNote}`,
    ]);
  });

  it('filter FORWARD', () => {
    expect(chainRules(result, 'filter', 'FORWARD', family)).toEqual([
      `${onNew} ${firewallNote}`,
      '-m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD',
      `${onNew} ${servicesNote}`,
      `${onNew} ${externalNote}`,
    ]);
  });

  it('filter OUTPUT', () => {
    expect(chainRules(result, 'filter', 'OUTPUT', family)).toEqual([
      '-j KUBE-FIREWALL',
      `${onNew} ${firewallNote}`,
      `${onNew} ${servicesNote}`,
    ]);
  });

  it('nat PREROUTING and OUTPUT', () => {
    expect(chainRules(result, 'nat', 'PREROUTING', family)).toEqual([servicesNote]);
    expect(chainRules(result, 'nat', 'OUTPUT', family)).toEqual([servicesNote]);
  });

  it('nat POSTROUTING', () => {
    expect(chainRules(result, 'nat', 'POSTROUTING', family)).toEqual([
      '-m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING',
    ]);
  });

  it('are inserted at the top, counted, so that they stand in the order in which they read', () => {
    for (const table of ['filter', 'nat'] as const) {
      const next = new Map<string, number>();
      const jumps = tableLines(printed(result, family), table).filter((line) => line.startsWith('-I'));
      expect(jumps.length).toBeGreaterThan(2);
      for (const line of jumps) {
        const [, chain = '', position] = line.split(' ');
        expect(Number(position)).toBe((next.get(chain) ?? 0) + 1);
        next.set(chain, Number(position));
      }
    }
  });

  it('are the only rules of the built-in chains', () => {
    expect(printed(result, family)).not.toMatch(/^-A (INPUT|OUTPUT|FORWARD|PREROUTING|POSTROUTING) /m);
  });
});

describe('the mark', () => {
  const chains = (masqueradeBit?: number) => {
    const result = compileBase(masqueradeBit === undefined ? {} : { iptables: { masqueradeBit } });
    return {
      markMasq: chainRules(result, 'nat', 'KUBE-MARK-MASQ'),
      postrouting: chainRules(result, 'nat', 'KUBE-POSTROUTING'),
      forward: chainRules(result, 'filter', 'KUBE-FORWARD'),
    };
  };
  const snat =
    '-m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully';

  it('is bit 14 by default', () => {
    const { markMasq, postrouting } = chains();
    expect(markMasq).toEqual(['-j MARK --or-mark 0x4000']);
    expect(postrouting).toEqual([
      '-m mark ! --mark 0x4000/0x4000 -j RETURN',
      '-j MARK --xor-mark 0x4000',
      snat,
    ]);
  });

  it.each([
    [0, '0x1'],
    [15, '0x8000'],
    [31, '0x80000000'],
  ])('of bit %d is %s everywhere', (bit, mark) => {
    const { markMasq, postrouting, forward } = chains(bit);
    expect(markMasq).toEqual([`-j MARK --or-mark ${mark}`]);
    expect(postrouting).toEqual([
      `-m mark ! --mark ${mark}/${mark} -j RETURN`,
      `-j MARK --xor-mark ${mark}`,
      snat,
    ]);
    expect(forward).toContain(
      `-m comment --comment "kubernetes forwarding rules" -m mark --mark ${mark}/${mark} -j ACCEPT`,
    );
  });
});

describe('KUBE-FORWARD', () => {
  const accepts = [
    '-m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT',
    '-m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
  ];

  it.each(families)('drops invalid packets first, %s', (family) => {
    expect(chainRules(compileBase(), 'filter', 'KUBE-FORWARD', family)).toEqual([
      '-m conntrack --ctstate INVALID -j DROP',
      ...accepts,
    ]);
  });

  it('does not when conntrack takes them as valid', () => {
    const result = compileBase({ conntrack: { tcpBeLiberal: true } });
    expect(chainRules(result, 'filter', 'KUBE-FORWARD')).toEqual(accepts);
  });
});

describe('KUBE-FIREWALL', () => {
  const dropped =
    '! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block incoming localnet connections" -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP';
  const firewall = (config: ApiObject = {}, family: Family = 'ipv4') =>
    chainRules(compileBase(config), 'filter', 'KUBE-FIREWALL', family);

  it('keeps others out of IPv4 loopback', () => {
    expect(firewall()).toEqual([dropped]);
  });

  it('is empty in IPv6', () => {
    expect(firewall({}, 'ipv6')).toEqual([]);
  });

  it('is empty without localhost node ports', () => {
    expect(firewall({ iptables: { localhostNodePorts: false } })).toEqual([]);
  });

  it('is empty when node ports answer on addresses that are not loopback', () => {
    expect(firewall({ nodePortAddresses: ['192.168.0.0/24'] })).toEqual([]);
    expect(firewall({ nodePortAddresses: ['primary'] })).toEqual([]);
  });

  it('drops when the addresses of node ports are loopback too', () => {
    expect(firewall({ nodePortAddresses: ['127.0.0.0/8'] })).toEqual([dropped]);
    expect(firewall({ nodePortAddresses: ['0.0.0.0/0'] })).toEqual([dropped]);
    expect(firewall({ nodePortAddresses: ['fd00:168::/64'] })).toEqual([dropped]);
  });
});

describe('the jump to node ports', () => {
  const note =
    '-m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain"';
  const jumps = (config: ApiObject = {}, family: Family = 'ipv4') =>
    chainRules(compileBase(config), 'nat', 'KUBE-SERVICES', family);
  const off = { iptables: { localhostNodePorts: false } };

  it('takes every local address', () => {
    expect(jumps()).toEqual([`${note} -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS`]);
  });

  it('takes every local address but loopback in IPv6', () => {
    const expected = [`! -d ::1/128 ${note} -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS`];
    expect(jumps({}, 'ipv6')).toEqual(expected);
    expect(jumps(off, 'ipv6')).toEqual(expected);
  });

  it('takes every local address but loopback in IPv4 without localhost node ports', () => {
    expect(jumps(off)).toEqual([`! -d 127.0.0.0/8 ${note} -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS`]);
  });

  it('is one for each address of the node inside nodePortAddresses', () => {
    const nodePortAddresses = ['192.168.0.0/16', 'fd00:168::/64'];
    expect(jumps({ nodePortAddresses })).toEqual([
      `-d 192.168.0.1/32 ${note} -j KUBE-NODEPORTS`,
      `-d 192.168.1.1/32 ${note} -j KUBE-NODEPORTS`,
    ]);
    expect(jumps({ nodePortAddresses }, 'ipv6')).toEqual([`-d fd00:168::1/128 ${note} -j KUBE-NODEPORTS`]);
  });

  it('takes every local address in a family without nodePortAddresses', () => {
    expect(jumps({ nodePortAddresses: ['fd00:168::/64'] })).toEqual(jumps());
    expect(jumps({ nodePortAddresses: ['192.168.0.0/16'] }, 'ipv6')).toEqual(jumps({}, 'ipv6'));
  });

  it('is one for the first address with "primary"', () => {
    expect(jumps({ nodePortAddresses: ['primary'] })).toEqual([
      `-d 192.168.0.1/32 ${note} -j KUBE-NODEPORTS`,
    ]);
    expect(jumps({ nodePortAddresses: ['primary'] }, 'ipv6')).toEqual([
      `-d fd00:168::1/128 ${note} -j KUBE-NODEPORTS`,
    ]);
  });

  it('is one for loopback only where node ports are served there', () => {
    const nodePortAddresses = ['127.0.0.0/8', '::1/128'];
    expect(jumps({ nodePortAddresses })).toEqual([`-d 127.0.0.1/32 ${note} -j KUBE-NODEPORTS`]);
    expect(jumps({ nodePortAddresses, ...off })).toEqual([]);
    expect(jumps({ nodePortAddresses }, 'ipv6')).toEqual([]);
  });

  it('stands behind the rules of all services', () => {
    const result = compileObjects([
      nodeOne,
      service('web', { type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] }),
      slice('web', ['10.244.1.1']),
    ]);
    const rules = chainRules(result, 'nat', 'KUBE-SERVICES');
    expect(rules).toHaveLength(2);
    expect(rules[1]).toContain('-j KUBE-NODEPORTS');
  });
});

describe('the shared chains', () => {
  it.each(families)('are all declared, with or without rules, %s', (family) => {
    const text = printed(compileBase(), family);
    const declared = (table: 'filter' | 'nat') =>
      tableLines(text, table).filter((line) => line.startsWith(':'));
    expect(declared('filter').toSorted()).toEqual([
      ':KUBE-EXTERNAL-SERVICES - [0:0]',
      ':KUBE-FIREWALL - [0:0]',
      ':KUBE-FORWARD - [0:0]',
      ':KUBE-NODEPORTS - [0:0]',
      ':KUBE-PROXY-FIREWALL - [0:0]',
      ':KUBE-SERVICES - [0:0]',
    ]);
    expect(declared('nat').toSorted()).toEqual([
      ':KUBE-MARK-MASQ - [0:0]',
      ':KUBE-NODEPORTS - [0:0]',
      ':KUBE-POSTROUTING - [0:0]',
      ':KUBE-SERVICES - [0:0]',
    ]);
  });

  it('hang no nfacct counter on any rule', () => {
    expect(printed(compileBase())).not.toContain('nfacct');
  });
});
