import * as z from 'zod';
import { isFault, parseAddress } from '../model/address.ts';
import type { ByFamily, Family } from '../model/family.ts';
import type { Report } from '../model/problem.ts';
import type { Protocol } from '../model/service.ts';
import type { RawObject } from './collect-objects.ts';
import {
  checkShape,
  Entries,
  Metadata,
  Port,
  ProtocolName,
  Subdomain,
  type Subject,
  subjectOf,
} from './schema.ts';

/** A container port that a Service may name as its target. */
export interface ContainerPort {
  readonly name: string;
  readonly protocol: Protocol;
  readonly port: number;
}

/** What the EndpointSlice controller looks at in a Pod. */
export interface Pod {
  readonly file?: string;
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly nodeName?: string;
  readonly addresses: ByFamily<readonly string[]>;
  readonly ports: readonly ContainerPort[];
  readonly ready: boolean;
  readonly terminating: boolean;
}

const ContainerShape = z.object({ restartPolicy: z.string().nullish(), ports: Entries });
const ContainerPortShape = z.object({
  name: z.string().nullish(),
  protocol: ProtocolName,
  containerPort: Port,
});
const PodShape = z.object({
  metadata: Metadata.extend({ name: Subdomain, deletionTimestamp: z.string().nullish() }),
  spec: z
    .object({
      nodeName: z.string().nullish(),
      containers: Entries,
      initContainers: Entries,
    })
    .nullish(),
  status: z
    .object({
      phase: z.string().nullish(),
      podIP: z.string().nullish(),
      podIPs: z.array(z.object({ ip: z.string() })).nullish(),
      conditions: z.array(z.object({ type: z.string(), status: z.string() })).nullish(),
    })
    .nullish(),
});

/** Reads a Pod; null when it has ended or has no address yet, and so can be nobody's endpoint. */
export function readPod(object: RawObject, report: Report): Pod | null | undefined {
  const subject = subjectOf(object);
  const pod = checkShape(PodShape, object.raw, subject, 'Pod left out', report);
  if (pod === undefined) return undefined;
  const { metadata, spec, status } = pod;
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return null;
  const addresses = readPodAddresses(status?.podIPs ?? [], status?.podIP, subject, report);
  if (addresses.ipv4.length + addresses.ipv6.length === 0) return null;
  return {
    ...(object.file === undefined ? {} : { file: object.file }),
    namespace: metadata.namespace ?? 'default',
    name: metadata.name,
    labels: metadata.labels ?? {},
    ...(spec?.nodeName ? { nodeName: spec.nodeName } : {}),
    addresses,
    ports: [
      ...readContainerPorts(spec?.containers ?? [], 'spec.containers', false, subject, report),
      ...readContainerPorts(spec?.initContainers ?? [], 'spec.initContainers', true, subject, report),
    ],
    ready: status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false,
    terminating: Boolean(metadata.deletionTimestamp),
  };
}

function readPodAddresses(
  podIPs: readonly { ip: string }[],
  podIP: string | null | undefined,
  subject: Subject,
  report: Report,
): ByFamily<string[]> {
  const found: Record<Family, string[]> = { ipv4: [], ipv6: [] };
  const texts = podIPs.length > 0 ? podIPs.map(({ ip }) => ip) : podIP ? [podIP] : [];
  for (const [i, text] of texts.entries()) {
    const address = parseAddress(text);
    if (isFault(address)) {
      const field = podIPs.length > 0 ? `status.podIPs[${i}].ip` : 'status.podIP';
      report({ ...subject, field, value: text, expected: address.expected, effect: 'address left out' });
    } else found[address.family].push(address.text);
  }
  return found;
}

/** Ports of containers, or of sidecars: init containers that keep running. */
function readContainerPorts(
  entries: readonly unknown[],
  at: string,
  onlySidecars: boolean,
  subject: Subject,
  report: Report,
): ContainerPort[] {
  const ports: ContainerPort[] = [];
  for (const [i, entry] of entries.entries()) {
    const container = checkShape(ContainerShape, entry, subject, 'container left out', report, `${at}[${i}]`);
    if (container === undefined || (onlySidecars && container.restartPolicy !== 'Always')) continue;
    for (const [j, portEntry] of (container.ports ?? []).entries()) {
      const path = `${at}[${i}].ports[${j}]`;
      const port = checkShape(
        ContainerPortShape,
        portEntry,
        subject,
        'container port left out',
        report,
        path,
      );
      if (port)
        ports.push({ name: port.name ?? '', protocol: port.protocol ?? 'TCP', port: port.containerPort });
    }
  }
  return ports;
}
