import { describe, expect, it } from 'vitest';
import type { CompileResult } from '../../src/compile.ts';
import { serviceChainHash } from '../../src/iptables/chain-name.ts';
import {
  type ApiObject,
  chainRules,
  compileObjects,
  endpoint,
  type ServiceInput,
  service,
  slice,
} from '../support/cluster-builder.ts';

const hash = serviceChainHash('shop/web', 'tcp');
const svc = `KUBE-SVC-${hash}`;
const svl = `KUBE-SVL-${hash}`;
const ext = `KUBE-EXT-${hash}`;
const fw = `KUBE-FW-${hash}`;

const local = [endpoint('10.244.1.1', { node: 'node-1' })];
const remote = [endpoint('10.244.2.1', { node: 'node-2' })];
const none: ApiObject[] = [];

/** Reachable in every way. */
const open: ServiceInput = {
  type: 'LoadBalancer',
  ports: [{ port: 80, nodePort: 30080 }],
  externalIPs: ['192.0.2.1'],
  ingress: [{ ip: '198.51.100.1' }],
};

const compileWeb = (input: ServiceInput, endpoints: readonly ApiObject[] = local): CompileResult =>
  compileObjects([service('web', input), slice('web', endpoints)]);

/** The rules of KUBE-SERVICES in nat, but for the jump to node ports. */
const natServices = (result: CompileResult): string[] =>
  chainRules(result, 'nat', 'KUBE-SERVICES').slice(0, -1);

const to = (address: string, text: string, end: string) =>
  `-d ${address}/32 -p tcp -m comment --comment "shop/web ${text}" -m tcp --dport 80 -j ${end}`;
const rejected = 'REJECT --reject-with icmp-port-unreachable';
const toNodePort = (text: string, end: string) =>
  `-p tcp -m comment --comment "shop/web ${text}" -m addrtype --dst-type LOCAL -m tcp --dport 30080 -j ${end}`;

describe('nat KUBE-SERVICES', () => {
  it('sends the cluster IP to SVC', () => {
    expect(natServices(compileWeb({}))).toEqual([to('10.96.0.10', 'cluster IP', svc)]);
  });

  it('sends the cluster IP to SVL for internal Local', () => {
    expect(natServices(compileWeb({ internalTrafficPolicy: 'Local' }))).toEqual([
      to('10.96.0.10', 'cluster IP', svl),
    ]);
  });

  it('sends the cluster IP to SVC for internal Cluster, whatever the external policy', () => {
    expect(natServices(compileWeb({ ...open, externalTrafficPolicy: 'Local' }))[0]).toBe(
      to('10.96.0.10', 'cluster IP', svc),
    );
  });

  it('sends external and load-balancer IPs to EXT', () => {
    expect(natServices(compileWeb(open))).toEqual([
      to('10.96.0.10', 'cluster IP', svc),
      to('192.0.2.1', 'external IP', ext),
      to('198.51.100.1', 'loadbalancer IP', ext),
    ]);
  });

  it('sends each of several addresses', () => {
    const input = {
      ...open,
      externalIPs: ['192.0.2.2', '192.0.2.1'],
      ingress: [{ ip: '198.51.100.2' }, { ip: '198.51.100.1' }],
    };
    expect(natServices(compileWeb(input)).slice(1)).toEqual([
      to('192.0.2.2', 'external IP', ext),
      to('192.0.2.1', 'external IP', ext),
      to('198.51.100.2', 'loadbalancer IP', ext),
      to('198.51.100.1', 'loadbalancer IP', ext),
    ]);
  });

  it('sends load-balancer IPs to FW with source ranges, and external IPs past it', () => {
    const input = { ...open, loadBalancerSourceRanges: ['203.0.113.0/24'] };
    expect(natServices(compileWeb(input)).slice(1)).toEqual([
      to('192.0.2.1', 'external IP', ext),
      to('198.51.100.1', 'loadbalancer IP', fw),
    ]);
  });

  it('sends nothing without endpoints', () => {
    expect(natServices(compileWeb(open, none))).toEqual([]);
  });

  it('sends external traffic to EXT even when external Local has no local endpoint', () => {
    expect(natServices(compileWeb({ ...open, externalTrafficPolicy: 'Local' }, remote))).toEqual([
      to('10.96.0.10', 'cluster IP', svc),
      to('192.0.2.1', 'external IP', ext),
      to('198.51.100.1', 'loadbalancer IP', ext),
    ]);
  });

  it('does not send the cluster IP when internal Local has no local endpoint', () => {
    expect(natServices(compileWeb({ ...open, internalTrafficPolicy: 'Local' }, remote))).toEqual([
      to('192.0.2.1', 'external IP', ext),
      to('198.51.100.1', 'loadbalancer IP', ext),
    ]);
  });
});

describe('nat KUBE-NODEPORTS', () => {
  const nodePorts = (input: ServiceInput, endpoints?: readonly ApiObject[]) =>
    chainRules(compileWeb(input, endpoints), 'nat', 'KUBE-NODEPORTS');
  const rule = `-p tcp -m comment --comment "shop/web" -m tcp --dport 30080 -j ${ext}`;

  it('sends the node port to EXT', () => {
    expect(nodePorts(open)).toEqual([rule]);
  });

  it('passes source ranges by', () => {
    expect(nodePorts({ ...open, loadBalancerSourceRanges: ['203.0.113.0/24'] })).toEqual([rule]);
  });

  it('sends it even when external Local has no local endpoint', () => {
    expect(nodePorts({ ...open, externalTrafficPolicy: 'Local' }, remote)).toEqual([rule]);
  });

  it('sends nothing without endpoints', () => {
    expect(nodePorts(open, none)).toEqual([]);
  });

  it('sends nothing without a node port', () => {
    expect(nodePorts({ externalIPs: ['192.0.2.1'] })).toEqual([]);
  });
});

describe('filter: refused', () => {
  const refused = (input: ServiceInput, endpoints: readonly ApiObject[]) => {
    const result = compileWeb(input, endpoints);
    return {
      services: chainRules(result, 'filter', 'KUBE-SERVICES'),
      external: chainRules(result, 'filter', 'KUBE-EXTERNAL-SERVICES'),
    };
  };

  it('nothing while there are endpoints', () => {
    expect(refused(open, local)).toEqual({ services: [], external: [] });
  });

  it('everything without any endpoint', () => {
    expect(refused(open, none)).toEqual({
      services: [to('10.96.0.10', 'has no endpoints', rejected)],
      external: [
        to('192.0.2.1', 'has no endpoints', rejected),
        to('198.51.100.1', 'has no endpoints', rejected),
        toNodePort('has no endpoints', rejected),
      ],
    });
  });

  it('the same under policy Local', () => {
    const input = { ...open, internalTrafficPolicy: 'Local', externalTrafficPolicy: 'Local' };
    expect(refused(input, none)).toEqual(refused(open, none));
  });

  it('load-balancer IPs with source ranges too, without endpoints', () => {
    expect(refused({ ...open, loadBalancerSourceRanges: ['203.0.113.0/24'] }, none)).toEqual(
      refused(open, none),
    );
  });

  it('drops the cluster IP when internal Local has no local endpoint', () => {
    expect(refused({ ...open, internalTrafficPolicy: 'Local' }, remote)).toEqual({
      services: [to('10.96.0.10', 'has no local endpoints', 'DROP')],
      external: [],
    });
  });

  it('drops external traffic when external Local has no local endpoint', () => {
    expect(refused({ ...open, externalTrafficPolicy: 'Local' }, remote)).toEqual({
      services: [],
      external: [
        to('192.0.2.1', 'has no local endpoints', 'DROP'),
        to('198.51.100.1', 'has no local endpoints', 'DROP'),
        toNodePort('has no local endpoints', 'DROP'),
      ],
    });
  });

  it.each(['UDP', 'SCTP'])('%s', (protocol) => {
    const lower = protocol.toLowerCase();
    const result = compileObjects([service('web', { ports: [{ name: 'p', port: 53, protocol }] })]);
    expect(chainRules(result, 'filter', 'KUBE-SERVICES')).toEqual([
      `-d 10.96.0.10/32 -p ${lower} -m comment --comment "shop/web:p has no endpoints" -m ${lower} --dport 53 -j ${rejected}`,
    ]);
  });

  it('with the ICMPv6 answer in IPv6', () => {
    const result = compileObjects([
      service('web', {
        type: 'NodePort',
        clusterIP: 'fd00:96::a',
        ports: [{ port: 80, nodePort: 30080 }],
      }),
    ]);
    expect(chainRules(result, 'filter', 'KUBE-SERVICES', 'ipv6')).toEqual([
      '-d fd00:96::a/128 -p tcp -m comment --comment "shop/web has no endpoints" -m tcp --dport 80 -j REJECT --reject-with icmp6-port-unreachable',
    ]);
    expect(chainRules(result, 'filter', 'KUBE-EXTERNAL-SERVICES', 'ipv6')).toEqual([
      toNodePort('has no endpoints', 'REJECT --reject-with icmp6-port-unreachable'),
    ]);
  });
});

describe('filter KUBE-PROXY-FIREWALL', () => {
  const firewall = (input: ServiceInput, endpoints?: readonly ApiObject[]) =>
    chainRules(compileWeb(input, endpoints), 'filter', 'KUBE-PROXY-FIREWALL');
  const ranged = { ...open, loadBalancerSourceRanges: ['203.0.113.0/24'] };
  const text = `traffic not accepted by ${fw}`;

  it('drops for each load-balancer IP what FW did not send on', () => {
    const ingress = [{ ip: '198.51.100.1' }, { ip: '198.51.100.2' }];
    expect(firewall({ ...ranged, ingress })).toEqual([
      to('198.51.100.1', text, 'DROP'),
      to('198.51.100.2', text, 'DROP'),
    ]);
  });

  it('drops nothing without source ranges', () => {
    expect(firewall(open)).toEqual([]);
  });

  it('drops nothing without an FW chain', () => {
    expect(firewall(ranged, none)).toEqual([]);
    expect(firewall({ ...ranged, ingress: [] })).toEqual([]);
  });
});

describe('filter KUBE-NODEPORTS', () => {
  const health = (input: ServiceInput, endpoints?: readonly ApiObject[]) =>
    chainRules(compileWeb(input, endpoints), 'filter', 'KUBE-NODEPORTS');
  const accept =
    '-p tcp -m comment --comment "shop/web health check node port" -m tcp --dport 32000 -j ACCEPT';
  const checked = { ...open, externalTrafficPolicy: 'Local', healthCheckNodePort: 32000 };

  it('accepts the health check, with or without endpoints', () => {
    expect(health(checked)).toEqual([accept]);
    expect(health(checked, remote)).toEqual([accept]);
    expect(health(checked, none)).toEqual([accept]);
  });

  it('accepts it over TCP for a port of another protocol', () => {
    const ports = [{ port: 80, protocol: 'UDP' }];
    expect(health({ ...checked, ports })).toEqual([accept]);
  });

  it('is empty under policy Cluster', () => {
    expect(health({ ...checked, externalTrafficPolicy: 'Cluster' })).toEqual([]);
  });
});
