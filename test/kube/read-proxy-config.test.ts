import { describe, expect, test } from 'vitest';
import { compile } from '../../src/compile.ts';
import { checkProxyConfig, readProxyConfig } from '../../src/kube/read-proxy-config.ts';
import { UserError } from '../../src/model/user-error.ts';
import { type Json, node } from './objects.ts';

const head = { apiVersion: 'kubeproxy.config.k8s.io/v1alpha1', kind: 'KubeProxyConfiguration' };

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    const { message } = error as UserError;
    expect(message).not.toContain('\n');
    return message;
  }
  throw new Error('it was taken');
}

const refused = (config: Json): string =>
  refusal(() => checkProxyConfig({ ...head, ...config }, 'proxy.yaml'));

describe('readProxyConfig', () => {
  test('reads the configuration that kubeadm writes', () => {
    // `kubeadm config print init-defaults --component-configs KubeProxyConfiguration`
    const text = `apiVersion: kubeproxy.config.k8s.io/v1alpha1
bindAddress: 0.0.0.0
bindAddressHardFail: false
clientConnection:
  acceptContentTypes: ""
  burst: 0
  contentType: ""
  kubeconfig: /var/lib/kube-proxy/kubeconfig.conf
  qps: 0
clusterCIDR: ""
configSyncPeriod: 0s
conntrack:
  maxPerCore: null
  min: null
  tcpBeLiberal: false
  tcpCloseWaitTimeout: null
  tcpEstablishedTimeout: null
  udpStreamTimeout: 0s
  udpTimeout: 0s
detectLocal:
  bridgeInterface: ""
  interfaceNamePrefix: ""
detectLocalMode: ""
enableProfiling: false
healthzBindAddress: ""
hostnameOverride: ""
iptables:
  localhostNodePorts: null
  masqueradeAll: false
  masqueradeBit: null
  minSyncPeriod: 0s
  syncPeriod: 0s
ipvs:
  excludeCIDRs: null
  minSyncPeriod: 0s
  scheduler: ""
  strictARP: false
  syncPeriod: 0s
  tcpFinTimeout: 0s
  tcpTimeout: 0s
  udpTimeout: 0s
kind: KubeProxyConfiguration
logging:
  flushFrequency: 0
  options:
    json:
      infoBufferSize: "0"
    text:
      infoBufferSize: "0"
  verbosity: 0
metricsBindAddress: ""
mode: ""
nftables:
  masqueradeAll: false
  masqueradeBit: null
  minSyncPeriod: 0s
  syncPeriod: 0s
nodePortAddresses: null
oomScoreAdj: null
portRange: ""
showHiddenMetricsForVersion: ""
winkernel:
  enableDSR: false
  forwardHealthCheckVip: false
  networkName: ""
  rootHnsEndpointName: ""
  sourceVip: ""
`;
    const config = readProxyConfig(text, 'proxy.yaml');
    expect(config).toMatchObject({ mode: '', iptables: { masqueradeAll: false, masqueradeBit: null } });
    expect(readProxyConfig(JSON.stringify(config), 'proxy.json')).toEqual(config);
  });

  test('reads one document, neither none nor two', () => {
    const one = JSON.stringify(head);
    expect(readProxyConfig(one, 'p')).toEqual(head);
    expect(refusal(() => readProxyConfig('', 'p'))).toBe(
      'p: expected one KubeProxyConfiguration, found 0 documents',
    );
    expect(refusal(() => readProxyConfig(`${one}\n---\n${one}`, 'p'))).toContain('p: ');
    expect(refusal(() => readProxyConfig('kind: A\n---\nkind: B\n', 'p'))).toContain('found 2 documents');
  });

  test('what cannot be read at all is refused with the name of the file', () => {
    expect(refusal(() => readProxyConfig('a: [', 'proxy.yaml'))).toMatch(/^proxy\.yaml: not YAML: /);
    expect(refusal(() => readProxyConfig('{"a": ', 'proxy.json'))).toMatch(/^proxy\.json: not JSON: /);
  });
});

describe('checkProxyConfig', () => {
  test.each([
    [{ mdoe: 'iptables' }, 'unknown field "mdoe"'],
    [{ iptables: { masqueradeall: true } }, 'iptables: unknown field "masqueradeall"'],
    [{ detectLocal: { interface: 'x' } }, 'detectLocal: unknown field "interface"'],
    [{ ipvs: { x: 1 } }, 'ipvs: unknown field "x"'],
    [{ conntrack: { max: 1 } }, 'conntrack: unknown field "max"'],
    [{ a: 1, b: 2 }, 'unknown field "a", "b"'],
  ])('names the unknown field of %j', (config, message) => {
    expect(refused(config)).toBe(`proxy.yaml: KubeProxyConfiguration: ${message}`);
  });

  test.each([
    [{ mode: 'ipvs' }, 'mode: "ipvs": expected one of iptables, nftables'],
    [{ mode: 'IPTables' }, 'mode: "IPTables": expected one of iptables, nftables'],
    [{ iptables: { masqueradeBit: 32 } }, 'iptables.masqueradeBit: 32: expected a whole number from 0 to 31'],
    [{ iptables: { masqueradeBit: -1 } }, 'iptables.masqueradeBit: -1: expected a whole number from 0 to 31'],
    [
      { iptables: { masqueradeBit: 1.5 } },
      'iptables.masqueradeBit: 1.5: expected a whole number from 0 to 31',
    ],
    [
      { iptables: { masqueradeBit: '14' } },
      'iptables.masqueradeBit: "14": expected a whole number from 0 to 31',
    ],
    [{ iptables: { masqueradeAll: 'true' } }, 'iptables.masqueradeAll: "true": expected boolean'],
    [{ iptables: { syncPeriod: 30 } }, 'iptables.syncPeriod: 30: expected string'],
    [
      { iptables: { syncPeriod: '30' } },
      'iptables.syncPeriod: "30": expected a duration such as 30s or 1h15m',
    ],
    [{ iptables: [] }, 'iptables: []: expected object'],
    [
      { detectLocalMode: 'Nothing' },
      'detectLocalMode: "Nothing": expected one of ClusterCIDR, NodeCIDR, BridgeInterface, InterfaceNamePrefix',
    ],
    [
      { detectLocal: { bridgeInterface: 'cni0 -j ACCEPT' } },
      'detectLocal.bridgeInterface: "cni0 -j ACCEPT": expected an interface name: ' +
        'at most 15 of A-Z, a-z, 0-9, _, . and -',
    ],
    [{ clusterCIDR: 5 }, 'clusterCIDR: 5: expected string'],
    [{ nodePortAddresses: '10.0.0.0/8' }, 'nodePortAddresses: "10.0.0.0/8": expected array'],
    [{ nodePortAddresses: [5] }, 'nodePortAddresses[0]: 5: expected string'],
    [{ conntrack: { tcpBeLiberal: 1 } }, 'conntrack.tcpBeLiberal: 1: expected boolean'],
    [{ oomScoreAdj: 1.5 }, 'oomScoreAdj: 1.5: expected a whole number'],
    [{ kind: 'Kube' }, 'kind: "Kube": expected KubeProxyConfiguration'],
    [
      { apiVersion: 'kubeproxy.config.k8s.io/v1' },
      'apiVersion: "kubeproxy.config.k8s.io/v1": expected kubeproxy.config.k8s.io/v1alpha1',
    ],
  ])('names the field and the value of %j', (config, message) => {
    expect(refused(config)).toBe(`proxy.yaml: KubeProxyConfiguration: ${message}`);
  });

  test.each(['a"b', 'a\n-j ACCEPT', 'a b', 'a+', 'é', 'x'.repeat(16)])(
    'an interface called %j cannot get into a rule',
    (name) => {
      expect(refused({ detectLocal: { bridgeInterface: name } })).toContain('detectLocal.bridgeInterface');
      expect(refused({ detectLocal: { interfaceNamePrefix: name } })).toContain('interfaceNamePrefix');
    },
  );

  test('names every field that is wrong', () => {
    expect(refused({ mode: 'x', clusterCIDR: 5, more: 1 })).toMatch(/mode: .*clusterCIDR: .*"more"/);
  });

  test.each([[5], ['text'], [[]], [null]])('%j is no configuration', (document) => {
    expect(refusal(() => checkProxyConfig(document, 'proxy.yaml'))).toMatch(
      /^proxy\.yaml: .*expected object/,
    );
  });

  test('kind and apiVersion must be there', () => {
    expect(refusal(() => checkProxyConfig({}, 'p'))).toMatch(/apiVersion: \(absent\).*kind: \(absent\)/);
  });

  test('compile names the file of a configuration in text, and takes an object too', () => {
    const manifests = [{ documents: [node()] }];
    const bad = { ...head, mode: 'ipvs' };
    const message = 'KubeProxyConfiguration: mode: "ipvs": expected one of iptables, nftables';
    const compiled = (config: string | object) => () => compile({ manifests, config, configFile: 'p.yaml' });
    expect(refusal(compiled(JSON.stringify(bad)))).toBe(`p.yaml: ${message}`);
    expect(refusal(compiled(bad))).toBe(`p.yaml: ${message}`);
    expect(refusal(() => compile({ manifests, config: bad }))).toBe(`configuration: ${message}`);
  });
});
