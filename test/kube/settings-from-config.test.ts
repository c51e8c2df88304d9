import { describe, expect, test } from 'vitest';
import type { ProxyConfig } from '../../src/kube/proxy-config-schema.ts';
import { type ConfigOverrides, settingsFromConfig } from '../../src/kube/settings-from-config.ts';
import { UserError } from '../../src/model/user-error.ts';

type Config = Partial<ProxyConfig>;

function refusal(config: Config, overrides: ConfigOverrides = {}): string {
  try {
    settingsFromConfig(config, overrides);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).not.toContain('\n');
    return (error as UserError).message;
  }
  throw new Error('it was taken');
}

describe('settingsFromConfig', () => {
  test('has the defaults of kube-proxy', () => {
    const defaults = {
      mode: 'iptables',
      nodeIps: [],
      localDetection: { by: 'ClusterCIDR', cidrs: { ipv4: undefined, ipv6: undefined } },
      nodePortAddresses: { by: 'cidr', cidrs: { ipv4: [], ipv6: [] } },
      iptables: { masqueradeAll: false, masqueradeBit: 14, localhostNodePorts: true },
      nftables: { masqueradeAll: false, masqueradeBit: 14 },
      tcpBeLiberal: false,
    };
    expect(settingsFromConfig({})).toEqual(defaults);
    const empty: Config = {
      mode: '',
      hostnameOverride: '',
      clusterCIDR: '',
      detectLocalMode: '',
      detectLocal: { bridgeInterface: '', interfaceNamePrefix: '' },
      nodePortAddresses: null,
      iptables: { masqueradeAll: null, masqueradeBit: null, localhostNodePorts: null },
      nftables: null,
      conntrack: null,
    };
    expect(settingsFromConfig(empty)).toEqual(defaults);
  });

  test('reads every field', () => {
    const config: Config = {
      mode: 'nftables',
      hostnameOverride: ' Node-1 ',
      iptables: { masqueradeAll: true, masqueradeBit: 0, localhostNodePorts: false },
      nftables: { masqueradeAll: true, masqueradeBit: 31 },
      conntrack: { tcpBeLiberal: true },
    };
    expect(settingsFromConfig(config)).toMatchObject({
      mode: 'nftables',
      // kube-proxy trims it and makes it lower case.
      nodeName: 'node-1',
      iptables: { masqueradeAll: true, masqueradeBit: 0, localhostNodePorts: false },
      nftables: { masqueradeAll: true, masqueradeBit: 31 },
      tcpBeLiberal: true,
    });
  });

  test('a flag overrides its field, also with false and 0', () => {
    const config: Config = {
      mode: 'nftables',
      hostnameOverride: 'a',
      clusterCIDR: '10.0.0.0/8',
      nodePortAddresses: ['10.0.0.0/8'],
      iptables: { masqueradeAll: true, masqueradeBit: 5, localhostNodePorts: true },
    };
    const overrides: ConfigOverrides = {
      mode: 'iptables',
      hostnameOverride: 'b',
      clusterCIDR: 'fd00::/8',
      nodePortAddresses: ['fd00::/16'],
      masqueradeAll: false,
      masqueradeBit: 0,
      localhostNodePorts: false,
      nodeIps: ['192.0.2.1', 'FD00::1'],
    };
    expect(settingsFromConfig(config, overrides)).toMatchObject({
      mode: 'iptables',
      nodeName: 'b',
      nodeIps: [{ text: '192.0.2.1' }, { text: 'fd00::1' }],
      localDetection: { cidrs: { ipv4: undefined, ipv6: { text: 'fd00::/8' } } },
      nodePortAddresses: { by: 'cidr', cidrs: { ipv4: [], ipv6: [{ text: 'fd00::/16' }] } },
      iptables: { masqueradeAll: false, masqueradeBit: 0, localhostNodePorts: false },
    });
  });
});

describe('local detection', () => {
  test.each([
    ['10.0.0.0/8', '10.0.0.0/8', undefined],
    ['fd00::/8', undefined, 'fd00::/8'],
    ['10.1.0.0/16,FD00::/8', '10.1.0.0/16', 'fd00::/8'],
    [' fd00::/8 , 10.1.0.0/16 ', '10.1.0.0/16', 'fd00::/8'],
  ])('clusterCIDR %j', (clusterCIDR, ipv4, ipv6) => {
    for (const detectLocalMode of ['', 'ClusterCIDR', undefined] as const) {
      const { localDetection } = settingsFromConfig({ clusterCIDR, detectLocalMode });
      if (localDetection.by !== 'ClusterCIDR') throw new Error(localDetection.by);
      expect(localDetection.cidrs.ipv4?.text).toBe(ipv4);
      expect(localDetection.cidrs.ipv6?.text).toBe(ipv6);
    }
  });

  test.each([
    ['10.0.0.0/8,11.0.0.0/8', 'one CIDR of each family at most'],
    ['fd00::/8,fd01::/8', 'one CIDR of each family at most'],
    ['10.0.0.0', 'a CIDR such as 10.0.0.0/8'],
    ['010.0.0.0/8', 'without leading zeros'],
    ['10.0.0.0/8,', 'a CIDR such as 10.0.0.0/8'],
    ['10.0.0.0/8 fd00::/8', 'CIDR'],
    ['::ffff:10.0.0.0/104', 'not an IPv4 address in IPv6 form'],
    ['x\n-j ACCEPT', 'CIDR'],
  ])('clusterCIDR %j is refused: %s', (clusterCIDR, expected) => {
    const message = refusal({ clusterCIDR });
    expect(message).toMatch(/^configuration: KubeProxyConfiguration: clusterCIDR: "/);
    expect(message).toContain(expected);
  });

  test('by the CIDR of the node, which needs nothing more', () => {
    const config: Config = { detectLocalMode: 'NodeCIDR', clusterCIDR: '10.0.0.0/8' };
    expect(settingsFromConfig(config).localDetection).toEqual({ by: 'NodeCIDR' });
  });

  test('by a bridge, which must be named', () => {
    const detectLocalMode = 'BridgeInterface';
    const detectLocal = { bridgeInterface: 'cni0', interfaceNamePrefix: 'veth' };
    expect(settingsFromConfig({ detectLocalMode, detectLocal }).localDetection).toEqual({
      by: 'BridgeInterface',
      name: 'cni0',
    });
    expect(settingsFromConfig({ detectLocal }, { detectLocalMode, bridgeInterface: 'br0' })).toMatchObject({
      localDetection: { name: 'br0' },
    });
    expect(refusal({ detectLocalMode })).toContain('detectLocal.bridgeInterface: (absent)');
    expect(refusal({ detectLocalMode, detectLocal: { bridgeInterface: '' } })).toContain(': "": expected');
  });

  test('by a prefix, which must be named', () => {
    const detectLocalMode = 'InterfaceNamePrefix';
    const detectLocal = { bridgeInterface: 'cni0', interfaceNamePrefix: 'veth' };
    expect(settingsFromConfig({ detectLocalMode, detectLocal }).localDetection).toEqual({
      by: 'InterfaceNamePrefix',
      prefix: 'veth',
    });
    expect(
      settingsFromConfig({ detectLocal }, { detectLocalMode, interfaceNamePrefix: 'cali' }),
    ).toMatchObject({
      localDetection: { prefix: 'cali' },
    });
    expect(refusal({ detectLocalMode })).toContain('detectLocal.interfaceNamePrefix: (absent)');
  });
});

describe('node port addresses', () => {
  test('CIDRs go to their family', () => {
    const nodePortAddresses = ['10.1.2.3/8', 'fd00::/8', ' 192.0.2.0/24'];
    expect(settingsFromConfig({ nodePortAddresses }).nodePortAddresses).toMatchObject({
      by: 'cidr',
      cidrs: { ipv4: [{ text: '10.0.0.0/8' }, { text: '192.0.2.0/24' }], ipv6: [{ text: 'fd00::/8' }] },
    });
  });

  test('primary stands alone', () => {
    expect(settingsFromConfig({ nodePortAddresses: ['primary'] }).nodePortAddresses).toEqual({
      by: 'primary',
    });
    expect(refusal({ nodePortAddresses: ['primary', '10.0.0.0/8'] })).toBe(
      'configuration: KubeProxyConfiguration: nodePortAddresses: ["primary","10.0.0.0/8"]: ' +
        'expected "primary" alone, or CIDRs',
    );
  });

  test.each(['10.0.0.1', '', 'Primary', '10.0.0.0/33', 'fe80::%eth0/64'])('%j is refused', (bad) => {
    const message = refusal({ nodePortAddresses: ['10.0.0.0/8', bad] });
    expect(message).toContain(`nodePortAddresses[1]: ${JSON.stringify(bad)}: expected `);
  });
});

test.each(['010.0.0.1', '', '10.0.0.0/8', 'fe80::1%eth0', '::ffff:10.0.0.1'])(
  'node IP %j is refused',
  (ip) => {
    expect(refusal({}, { nodeIps: ['10.0.0.1', ip] })).toContain(`node IP: ${JSON.stringify(ip)}: expected`);
  },
);
