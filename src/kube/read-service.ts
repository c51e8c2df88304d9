import * as z from 'zod';
import { type Address, type Cidr, familyName, isFault, parseAddress, parseCidr } from '../model/address.ts';
import type { ByFamily, Family } from '../model/family.ts';
import type { Report } from '../model/problem.ts';
import type { PortSpec, Service, SkipReason, SourceRanges } from '../model/service.ts';
import type { RawObject } from './collect-objects.ts';
import {
  checkShape,
  Entries,
  Label,
  Metadata,
  OptionalPort,
  Port,
  PortName,
  ProtocolName,
  StringMap,
  type Subject,
  subjectOf,
  Texts,
} from './schema.ts';

const Policy = z.enum(['Cluster', 'Local', '']).nullish();
const TimeoutSeconds = z
  .int({ error: 'seconds from 1 to 86400' })
  .min(1, { error: 'seconds from 1 to 86400' })
  .max(86_400, { error: 'seconds from 1 to 86400' });

const ServiceShape = z.object({
  metadata: Metadata.extend({ name: Label }),
  spec: z.object({
    type: z.enum(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']).nullish(),
    clusterIP: z.string().nullish(),
    clusterIPs: Texts,
    ipFamilies: z.array(z.enum(['IPv4', 'IPv6'])).nullish(),
    ports: Entries,
    externalIPs: Entries,
    loadBalancerSourceRanges: Entries,
    internalTrafficPolicy: Policy,
    externalTrafficPolicy: Policy,
    healthCheckNodePort: OptionalPort,
    sessionAffinity: z.enum(['None', 'ClientIP', '']).nullish(),
    sessionAffinityConfig: z
      .object({ clientIP: z.object({ timeoutSeconds: TimeoutSeconds.nullish() }).nullish() })
      .nullish(),
    selector: StringMap,
    publishNotReadyAddresses: z.boolean().nullish(),
    trafficDistribution: z.string().nullish(),
  }),
  status: z.object({ loadBalancer: z.object({ ingress: Entries }).nullish() }).nullish(),
});
type ServiceObject = z.infer<typeof ServiceShape>;

const PortShape = z.object({
  name: PortName.nullish(),
  protocol: ProtocolName,
  port: Port,
  targetPort: z
    .union([z.int().min(0).max(65535), z.string()], { error: 'a port or the name of a container port' })
    .nullish(),
  nodePort: OptionalPort,
});

const IngressShape = z.object({ ip: z.string().nullish(), ipMode: z.enum(['VIP', 'Proxy']).nullish() });

const defaultAffinitySeconds = 10_800;

/** Reads a Service; what is wrong in a list is left out by itself, anything else leaves out the Service. */
export function readService(object: RawObject, report: Report): Service | undefined {
  const subject = subjectOf(object);
  const service = checkShape(ServiceShape, object.raw, subject, 'Service left out', report);
  if (service === undefined) return undefined;
  const { metadata, spec } = service;
  const externallyReachable =
    spec.type === 'LoadBalancer' || spec.type === 'NodePort' || (spec.externalIPs?.length ?? 0) > 0;
  const externalLocal = externallyReachable && spec.externalTrafficPolicy === 'Local';
  const needsHealthCheck = spec.type === 'LoadBalancer' && externalLocal && spec.healthCheckNodePort;
  const skip = skipReason(service);
  const clusterAddress =
    skip === undefined
      ? readClusterAddresses(service, subject, report)
      : { ipv4: undefined, ipv6: undefined };
  return {
    ...(object.file === undefined ? {} : { file: object.file }),
    namespace: metadata.namespace ?? 'default',
    name: metadata.name,
    ...(skip === undefined ? {} : { skip }),
    clusterAddress,
    ports: readPorts(spec.ports ?? [], subject, report),
    externalAddresses: readAddresses(spec.externalIPs ?? [], 'spec.externalIPs', subject, report),
    loadBalancerAddresses: readIngress(service.status?.loadBalancer?.ingress ?? [], subject, report),
    sourceRanges: readSourceRanges(spec.loadBalancerSourceRanges ?? [], subject, report),
    internalPolicy: spec.internalTrafficPolicy === 'Local' ? 'Local' : 'Cluster',
    externalPolicy: externalLocal ? 'Local' : 'Cluster',
    ...(needsHealthCheck ? { healthCheckNodePort: needsHealthCheck } : {}),
    ...(spec.sessionAffinity === 'ClientIP'
      ? { affinitySeconds: spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? defaultAffinitySeconds }
      : {}),
    ...(spec.selector && Object.keys(spec.selector).length > 0 ? { selector: spec.selector } : {}),
    publishNotReadyAddresses: spec.publishNotReadyAddresses ?? false,
    ...(spec.trafficDistribution ? { trafficDistribution: spec.trafficDistribution } : {}),
  };
}

/** Which Services kube-proxy never looks at. */
function skipReason({ metadata, spec }: ServiceObject): SkipReason | undefined {
  const labels = metadata.labels ?? {};
  if ('service.kubernetes.io/service-proxy-name' in labels) return 'other proxy';
  if (spec.type === 'ExternalName') return 'external name';
  const address = spec.clusterIP || spec.clusterIPs?.[0];
  if (address === 'None' || 'service.kubernetes.io/headless' in labels) return 'headless';
  return address ? undefined : 'no cluster IP';
}

function readClusterAddresses(
  { spec }: ServiceObject,
  subject: Subject,
  report: Report,
): ByFamily<string | undefined> {
  const texts = spec.clusterIPs?.length ? spec.clusterIPs : [spec.clusterIP ?? ''];
  const found: Record<Family, string | undefined> = { ipv4: undefined, ipv6: undefined };
  for (const [i, text] of texts.entries()) {
    const wanted = spec.ipFamilies?.[i];
    const family = wanted && (wanted === 'IPv4' ? 'ipv4' : 'ipv6');
    const address = parseAddress(text, family);
    const field = spec.clusterIPs?.length ? `spec.clusterIPs[${i}]` : 'spec.clusterIP';
    const effect = 'no rules for this cluster IP';
    if (isFault(address)) report({ ...subject, field, value: text, expected: address.expected, effect });
    else if (found[address.family] !== undefined) {
      const expected = `one ${familyName(address.family)} address at most`;
      report({ ...subject, field, value: text, expected, effect });
    } else found[address.family] = address.text;
  }
  return found;
}

function readPorts(entries: readonly unknown[], subject: Subject, report: Report): PortSpec[] {
  const ports: PortSpec[] = [];
  const seen = new Set<string>();
  for (const [i, entry] of entries.entries()) {
    const at = `spec.ports[${i}]`;
    const port = checkShape(PortShape, entry, subject, 'port left out', report, at);
    if (port === undefined) continue;
    const name = port.name ?? '';
    const protocol = port.protocol ?? 'TCP';
    // A name is taken whatever the protocol; a number may be had once for each.
    const claims = [
      { field: 'name', value: name, key: `name ${name}` },
      { field: 'port', value: port.port, key: `port ${port.port} ${protocol}` },
      ...(port.nodePort
        ? [{ field: 'nodePort', value: port.nodePort, key: `node port ${port.nodePort} ${protocol}` }]
        : []),
    ];
    const taken = claims.find(({ key }) => seen.has(key));
    if (taken) {
      const { field, value } = taken;
      const expected = `a ${field} that no other ${field === 'name' ? '' : `${protocol} `}port of this Service has`;
      report({ ...subject, field: `${at}.${field}`, value, expected, effect: 'port left out' });
      continue;
    }
    for (const { key } of claims) seen.add(key);
    ports.push({
      name,
      protocol,
      port: port.port,
      targetPort: port.targetPort || port.port,
      ...(port.nodePort ? { nodePort: port.nodePort } : {}),
    });
  }
  return ports;
}

function readAddresses(
  entries: readonly unknown[],
  at: string,
  subject: Subject,
  report: Report,
): ByFamily<string[]> {
  const found: Record<Family, string[]> = { ipv4: [], ipv6: [] };
  for (const [i, entry] of entries.entries()) takeAddress(entry, `${at}[${i}]`, found, subject, report);
  return found;
}

function takeAddress(
  text: unknown,
  field: string,
  found: Record<Family, string[]>,
  subject: Subject,
  report: Report,
): void {
  const address: Address | { expected: string } =
    typeof text === 'string' ? parseAddress(text) : { expected: 'an IP address' };
  if (isFault(address))
    report({ ...subject, field, value: text, expected: address.expected, effect: 'address left out' });
  // Twice the same address would only make the same rule twice.
  else if (!found[address.family].includes(address.text)) found[address.family].push(address.text);
}

/** Only entries with an address whose mode is VIP, which is the default, are this node's business. */
function readIngress(entries: readonly unknown[], subject: Subject, report: Report): ByFamily<string[]> {
  const found: Record<Family, string[]> = { ipv4: [], ipv6: [] };
  for (const [i, entry] of entries.entries()) {
    const at = `status.loadBalancer.ingress[${i}]`;
    const ingress = checkShape(IngressShape, entry, subject, 'ingress left out', report, at);
    if (!ingress?.ip || ingress.ipMode === 'Proxy') continue;
    takeAddress(ingress.ip, `${at}.ip`, found, subject, report);
  }
  return found;
}

function readSourceRanges(
  entries: readonly unknown[],
  subject: Subject,
  report: Report,
): ByFamily<SourceRanges> {
  const cidrs: Record<Family, Cidr[]> = { ipv4: [], ipv6: [] };
  const open = { ipv4: false, ipv6: false };
  let faulty = false;
  for (const [i, entry] of entries.entries()) {
    const cidr =
      typeof entry === 'string' ? parseCidr(entry.trim()) : { expected: 'a CIDR such as 10.0.0.0/8' };
    const problem = { ...subject, field: `spec.loadBalancerSourceRanges[${i}]`, value: entry };
    if (isFault(cidr)) {
      faulty = true;
      report({ ...problem, expected: cidr.expected, effect: 'range left out' });
      continue;
    }
    if (cidr.hostBits) report({ ...problem, expected: 'no host bits', effect: `read as ${cidr.text}` });
    else if (entry !== (entry as string).trim())
      report({ ...problem, expected: 'no blanks around it', effect: `read as ${cidr.text}` });
    if (cidr.prefix === 0) open[cidr.family] = true;
    else cidrs[cidr.family].push(cidr);
  }
  const of = (family: Family): SourceRanges => ({
    cidrs: open[family] ? [] : cidrs[family],
    // Dropping an unreadable range must never open the service to everybody.
    closed: faulty && !open[family] && cidrs[family].length === 0,
  });
  return { ipv4: of('ipv4'), ipv6: of('ipv6') };
}
