import * as z from 'zod';
import { canonicalAddress, familyName } from '../model/address.ts';
import type { EndpointSlice, SliceEndpoint, SlicePort } from '../model/endpoint-slice.ts';
import type { Family } from '../model/family.ts';
import type { Report } from '../model/problem.ts';
import type { RawObject } from './collect-objects.ts';
import {
  checkShape,
  Entries,
  Metadata,
  PortName,
  ProtocolName,
  Subdomain,
  type Subject,
  subjectOf,
  Texts,
} from './schema.ts';

export const serviceNameLabel = 'kubernetes.io/service-name';
export const headlessLabel = 'service.kubernetes.io/headless';

const SliceShape = z.object({
  metadata: Metadata.extend({ name: Subdomain }),
  addressType: z.enum(['IPv4', 'IPv6', 'FQDN']),
  ports: Entries,
  endpoints: Entries,
});

const SlicePortShape = z.object({
  name: PortName,
  protocol: ProtocolName,
  port: z
    .int({ error: 'a port from 1 to 65535' })
    .min(1, { error: 'a port from 1 to 65535' })
    .max(65535, { error: 'a port from 1 to 65535' }),
});

const HintNames = z.array(z.object({ name: z.string() })).nullish();
const EndpointShape = z.object({
  addresses: Texts,
  conditions: z
    .object({
      ready: z.boolean().nullish(),
      serving: z.boolean().nullish(),
      terminating: z.boolean().nullish(),
    })
    .nullish(),
  nodeName: z.string().nullish(),
  zone: z.string().nullish(),
  hints: z.object({ forZones: HintNames, forNodes: HintNames }).nullish(),
});

/**
 * Reads an EndpointSlice. Null when it does not count (headless, FQDN), undefined when it cannot be used;
 * a bad port or endpoint is left out by itself.
 */
export function readEndpointSlice(object: RawObject, report: Report): EndpointSlice | null | undefined {
  const subject = subjectOf(object);
  const effect = 'EndpointSlice left out';
  const slice = checkShape(SliceShape, object.raw, subject, effect, report);
  if (slice === undefined) return undefined;
  if (slice.addressType === 'FQDN') return null;
  const labels = slice.metadata.labels ?? {};
  if (headlessLabel in labels) return null;
  const serviceName = labels[serviceNameLabel];
  if (!serviceName) {
    report({
      ...subject,
      field: `metadata.labels["${serviceNameLabel}"]`,
      value: serviceName,
      expected: 'the name of a Service',
      effect,
    });
    return undefined;
  }
  const family: Family = slice.addressType === 'IPv4' ? 'ipv4' : 'ipv6';
  const entries = slice.ports ?? [];
  if (entries.length === 0) {
    report({ ...subject, field: 'ports', value: slice.ports, expected: 'a port at least', effect });
    return undefined;
  }
  return {
    ...(object.file === undefined ? {} : { file: object.file }),
    namespace: slice.metadata.namespace ?? 'default',
    name: slice.metadata.name,
    serviceName,
    family,
    ports: readSlicePorts(entries, subject, report),
    endpoints: readSliceEndpoints(slice.endpoints ?? [], family, subject, report),
  };
}

function readSlicePorts(entries: readonly unknown[], subject: Subject, report: Report): SlicePort[] {
  const ports: SlicePort[] = [];
  for (const [i, entry] of entries.entries()) {
    const port = checkShape(SlicePortShape, entry, subject, 'port left out', report, `ports[${i}]`);
    if (port) ports.push({ name: port.name, protocol: port.protocol ?? 'TCP', port: port.port });
  }
  return ports;
}

const EndpointList = z.array(EndpointShape);

function readSliceEndpoints(
  entries: readonly unknown[],
  family: Family,
  subject: Subject,
  report: Report,
): SliceEndpoint[] {
  const endpoints: SliceEndpoint[] = [];
  // Nearly every list is right in all of its entries; only a wrong one is worth looking at one by one.
  const list = EndpointList.safeParse(entries);
  for (let i = 0; i < entries.length; i++) {
    const endpoint = list.success
      ? list.data[i]
      : checkShape(EndpointShape, entries[i], subject, 'endpoint left out', report, `endpoints[${i}]`);
    if (endpoint === undefined) continue;
    // Only the first address counts: Kubernetes promises no meaning for the others.
    const text = endpoint.addresses?.[0];
    const address =
      text === undefined ? { expected: `an ${familyName(family)} address` } : canonicalAddress(text, family);
    if (typeof address === 'string') {
      endpoints.push(asSliceEndpoint(endpoint, address));
      continue;
    }
    const field = `endpoints[${i}].addresses[0]`;
    report({ ...subject, field, value: text, expected: address.expected, effect: 'endpoint left out' });
  }
  return endpoints;
}

function asSliceEndpoint(endpoint: z.infer<typeof EndpointShape>, address: string): SliceEndpoint {
  const { conditions, hints } = endpoint;
  return {
    address,
    ...(endpoint.nodeName ? { nodeName: endpoint.nodeName } : {}),
    ...(endpoint.zone ? { zone: endpoint.zone } : {}),
    ready: conditions?.ready ?? true,
    serving: conditions?.serving ?? true,
    terminating: conditions?.terminating ?? false,
    ...(hints?.forZones?.length ? { zoneHints: hints.forZones.map((hint) => hint.name) } : {}),
    ...(hints?.forNodes?.length ? { nodeHints: hints.forNodes.map((hint) => hint.name) } : {}),
  };
}
