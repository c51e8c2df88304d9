import { describe, expect, it } from 'vitest';
import { compile } from '../../src/compile.ts';
import type { ConfigOverrides } from '../../src/kube/settings-from-config.ts';
import type { Family } from '../../src/model/family.ts';
import { UserError } from '../../src/model/user-error.ts';
import type { NodeView } from '../../src/plan/node-view.ts';
import { compileObjects, familyOf, node, service } from '../support/cluster-builder.ts';

const web = service('web');
const nodeOne = node('node-1', {
  zone: 'zone-a',
  addresses: ['192.168.0.1', 'fd00:168::1', '192.168.1.1'],
  podCIDRs: ['10.244.1.0/24', 'fd00:244:1::/48'],
});

/** Without any setting but these. */
const compileBare = (objects: readonly unknown[], overrides: ConfigOverrides = {}) =>
  compile({ manifests: [{ documents: objects }], overrides });

const viewed = (overrides: ConfigOverrides = {}, family: Family = 'ipv4'): NodeView =>
  familyOf(compileBare([nodeOne, web], overrides), family).plan.node;

describe('which node', () => {
  it('the one that is named', () => {
    expect(compileBare([node('node-1'), node('node-2'), web], { hostnameOverride: 'node-2' }).node).toBe(
      'node-2',
    );
  });

  it('the one that the configuration names, in lower case', () => {
    const result = compileObjects([node('node-1'), node('node-2'), web], { hostnameOverride: ' Node-2 ' });
    expect(result.node).toBe('node-2');
  });

  it('the only one, when none is named', () => {
    expect(compileBare([node('node-7'), web]).node).toBe('node-7');
  });

  it('a named one, when the input has no Node at all', () => {
    expect(compileBare([web], { hostnameOverride: 'node-9' }).node).toBe('node-9');
  });

  it('is an error when none is named and there are several', () => {
    expect(() => compileBare([node('node-2'), node('node-1'), web])).toThrow(
      new UserError('name the node with --node: the input has node-1, node-2'),
    );
  });

  it('is an error when none is named and there is none', () => {
    expect(() => compileBare([web])).toThrow(
      new UserError('name the node with --node: the input has no Node object'),
    );
  });

  it('is an error when the named one is not among those of the input', () => {
    expect(() => compileBare([node('node-1'), web], { hostnameOverride: 'node-3' })).toThrow(
      new UserError('unknown node "node-3": the input has node-1'),
    );
  });

  it('is an error that lists ten nodes at most', () => {
    const nodes = Array.from({ length: 12 }, (_, i) => node(`n${String(i).padStart(2, '0')}`));
    expect(() => compileBare([...nodes, web])).toThrow(
      'the input has n00, n01, n02, n03, n04, n05, n06, n07, n08, n09 and 2 more',
    );
  });
});

describe('the view of a node', () => {
  it('has its name, family and zone', () => {
    expect(viewed()).toMatchObject({ name: 'node-1', family: 'ipv4', zone: 'zone-a' });
    expect(viewed({}, 'ipv6')).toMatchObject({ name: 'node-1', family: 'ipv6', zone: 'zone-a' });
  });

  it('has no zone without the label', () => {
    const view = familyOf(compileBare([node('node-1'), web])).plan.node;
    expect(view).not.toHaveProperty('zone');
  });

  it('has the first address of its family', () => {
    expect(viewed().address?.text).toBe('192.168.0.1');
    expect(viewed({}, 'ipv6').address?.text).toBe('fd00:168::1');
  });

  it('has the address that is given instead of that of the Node', () => {
    expect(viewed({ nodeIps: ['172.16.0.1'] }).address?.text).toBe('172.16.0.1');
  });

  it('keeps the address of the Node in a family for which none is given', () => {
    expect(viewed({ nodeIps: ['172.16.0.1'] }, 'ipv6').address?.text).toBe('fd00:168::1');
  });

  it('has no address when none of its family is known', () => {
    const view = familyOf(compileBare([node('node-1', { addresses: ['fd00::1'] }), web])).plan.node;
    expect(view).not.toHaveProperty('address');
  });

  it('of a node that is not in the input knows the name alone', () => {
    const view = familyOf(compileBare([web], { hostnameOverride: 'node-9' })).plan.node;
    expect(view).toEqual({ name: 'node-9', family: 'ipv4', nodePorts: { on: 'all', loopback: true } });
  });
});

describe('local traffic', () => {
  it('cannot be told when nothing is configured', () => {
    expect(viewed()).not.toHaveProperty('localTraffic');
  });

  it('is told by the cluster CIDR of the family', () => {
    const clusterCIDR = '10.244.0.0/16,fd00:244::/32';
    expect(viewed({ clusterCIDR }).localTraffic).toEqual({ by: 'source', cidr: '10.244.0.0/16' });
    expect(viewed({ clusterCIDR }, 'ipv6').localTraffic).toEqual({ by: 'source', cidr: 'fd00:244::/32' });
  });

  it('cannot be told in a family without a cluster CIDR', () => {
    expect(viewed({ clusterCIDR: '10.244.0.0/16' }, 'ipv6')).not.toHaveProperty('localTraffic');
  });

  it('is told by the pod CIDR of the Node', () => {
    const overrides = { detectLocalMode: 'NodeCIDR' } as const;
    expect(viewed(overrides).localTraffic).toEqual({ by: 'source', cidr: '10.244.1.0/24' });
    expect(viewed(overrides, 'ipv6').localTraffic).toEqual({ by: 'source', cidr: 'fd00:244:1::/48' });
  });

  it('cannot be told on a Node without a pod CIDR', () => {
    const result = compileBare([node('node-1'), web], { detectLocalMode: 'NodeCIDR' });
    expect(familyOf(result).plan.node).not.toHaveProperty('localTraffic');
  });

  it('is told by the bridge, in both families', () => {
    const overrides = { detectLocalMode: 'BridgeInterface', bridgeInterface: 'cni0' } as const;
    expect(viewed(overrides).localTraffic).toEqual({ by: 'interface', pattern: 'cni0' });
    expect(viewed(overrides, 'ipv6').localTraffic).toEqual({ by: 'interface', pattern: 'cni0' });
  });

  it('is told by the prefix of interfaces', () => {
    const overrides = { detectLocalMode: 'InterfaceNamePrefix', interfaceNamePrefix: 'veth' } as const;
    expect(viewed(overrides).localTraffic).toEqual({ by: 'interface', pattern: 'veth+' });
  });
});

describe('node ports', () => {
  const all = (...nodePortAddresses: string[]) => viewed({ nodePortAddresses }).nodePorts;
  const all6 = (...nodePortAddresses: string[]) => viewed({ nodePortAddresses }, 'ipv6').nodePorts;

  it('answer everywhere, on loopback only in IPv4', () => {
    expect(all()).toEqual({ on: 'all', loopback: true });
    expect(all6()).toEqual({ on: 'all', loopback: false });
  });

  it('answer on the addresses of the node inside the CIDRs', () => {
    expect(all('192.168.0.0/16')).toEqual({ on: 'addresses', addresses: ['192.168.0.1', '192.168.1.1'] });
    expect(all('192.168.1.0/24')).toEqual({ on: 'addresses', addresses: ['192.168.1.1'] });
    expect(all6('fd00:168::/64')).toEqual({ on: 'addresses', addresses: ['fd00:168::1'] });
  });

  it('answer once on an address that lies in two CIDRs', () => {
    expect(all('192.168.0.0/24', '192.168.0.1/32')).toEqual({ on: 'addresses', addresses: ['192.168.0.1'] });
  });

  it('answer nowhere when no address lies in the CIDRs', () => {
    expect(all('172.16.0.0/12')).toEqual({ on: 'addresses', addresses: [] });
  });

  it('answer everywhere in a family of which there is no CIDR', () => {
    expect(all('fd00:168::/64')).toEqual({ on: 'all', loopback: true });
    expect(all6('192.168.0.0/16')).toEqual({ on: 'all', loopback: false });
  });

  it('answer everywhere when one CIDR is /0', () => {
    expect(all('192.168.0.0/24', '0.0.0.0/0')).toEqual({ on: 'all', loopback: true });
    expect(all6('::/0')).toEqual({ on: 'all', loopback: false });
  });

  it('answer on loopback when a CIDR holds it', () => {
    expect(all('127.0.0.0/8', '192.168.0.0/24')).toEqual({
      on: 'addresses',
      addresses: ['192.168.0.1', '127.0.0.1'],
    });
  });

  it('answer on the first address of the family with "primary"', () => {
    expect(all('primary')).toEqual({ on: 'addresses', addresses: ['192.168.0.1'] });
    expect(all6('primary')).toEqual({ on: 'addresses', addresses: ['fd00:168::1'] });
  });

  it('answer on the addresses that are given instead of those of the Node', () => {
    const view = viewed({ nodeIps: ['172.16.0.1'], nodePortAddresses: ['172.16.0.0/12', '192.168.0.0/16'] });
    expect(view.nodePorts).toEqual({ on: 'addresses', addresses: ['172.16.0.1'] });
  });
});
