// KubeProxyConfiguration, kubeproxy.config.k8s.io/v1alpha1, as of Kubernetes v1.36.
import * as z from 'zod';

const Duration = z
  .string()
  .regex(/^(0|([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+)$/, { error: 'a duration such as 30s or 1h15m' })
  .nullish();
const Text = z.string().nullish();
const Flag = z.boolean().nullish();
const Count = z.int({ error: 'a whole number' }).nullish();
const MasqueradeBit = z
  .int({ error: 'a whole number from 0 to 31' })
  .min(0, { error: 'a whole number from 0 to 31' })
  .max(31, { error: 'a whole number from 0 to 31' })
  .nullish();
// A longer name would not be an interface's; anything else could break out of its rule.
const InterfaceName = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{0,15}$/, { error: 'an interface name: at most 15 of A-Z, a-z, 0-9, _, . and -' })
  .nullish();
// Sections that decide no rule: their fields are known by name, their values are kube-proxy's affair.
const section = (...fields: readonly string[]) =>
  z.strictObject(Object.fromEntries(fields.map((field) => [field, z.unknown().optional()]))).nullish();

const syncPeriods = { syncPeriod: Duration, minSyncPeriod: Duration };

export const modes = ['iptables', 'nftables'] as const;
export const detectLocalModes = [
  'ClusterCIDR',
  'NodeCIDR',
  'BridgeInterface',
  'InterfaceNamePrefix',
] as const;

export const ProxyConfigShape = z.strictObject({
  apiVersion: z.literal('kubeproxy.config.k8s.io/v1alpha1', { error: 'kubeproxy.config.k8s.io/v1alpha1' }),
  kind: z.literal('KubeProxyConfiguration', { error: 'KubeProxyConfiguration' }),
  featureGates: z.record(z.string(), z.boolean()).nullish(),
  clientConnection: section('kubeconfig', 'acceptContentTypes', 'contentType', 'qps', 'burst'),
  logging: section('format', 'flushFrequency', 'verbosity', 'vmodule', 'options'),
  hostnameOverride: Text,
  bindAddress: Text,
  healthzBindAddress: Text,
  metricsBindAddress: Text,
  bindAddressHardFail: Flag,
  enableProfiling: Flag,
  showHiddenMetricsForVersion: Text,
  mode: z.enum(['', ...modes], { error: `one of ${modes.join(', ')}` }).nullish(),
  iptables: z
    .strictObject({
      masqueradeBit: MasqueradeBit,
      masqueradeAll: Flag,
      localhostNodePorts: Flag,
      ...syncPeriods,
    })
    .nullish(),
  ipvs: section(
    'syncPeriod',
    'minSyncPeriod',
    'scheduler',
    'excludeCIDRs',
    'strictARP',
    'tcpTimeout',
    'tcpFinTimeout',
    'udpTimeout',
  ),
  nftables: z.strictObject({ masqueradeBit: MasqueradeBit, masqueradeAll: Flag, ...syncPeriods }).nullish(),
  winkernel: section('networkName', 'sourceVip', 'enableDSR', 'rootHnsEndpointName', 'forwardHealthCheckVip'),
  detectLocalMode: z
    .enum(['', ...detectLocalModes], { error: `one of ${detectLocalModes.join(', ')}` })
    .nullish(),
  detectLocal: z
    .strictObject({ bridgeInterface: InterfaceName, interfaceNamePrefix: InterfaceName })
    .nullish(),
  clusterCIDR: Text,
  nodePortAddresses: z.array(z.string()).nullish(),
  oomScoreAdj: Count,
  conntrack: z
    .strictObject({
      maxPerCore: Count,
      min: Count,
      tcpEstablishedTimeout: Duration,
      tcpCloseWaitTimeout: Duration,
      tcpBeLiberal: Flag,
      udpTimeout: Duration,
      udpStreamTimeout: Duration,
    })
    .nullish(),
  configSyncPeriod: Duration,
  portRange: Text,
  windowsRunAsService: Flag,
});

export type ProxyConfig = z.infer<typeof ProxyConfigShape>;
