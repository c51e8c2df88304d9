import * as z from 'zod';
import { isFault, parseAddress } from '../model/address.ts';
import type { EndpointSlice, SliceEndpoint, SlicePort } from '../model/endpoint-slice.ts';
import { type Family, families } from '../model/family.ts';
import type { Report } from '../model/problem.ts';
import type { RawObject } from './collect-objects.ts';
import { headlessLabel } from './read-endpoint-slice.ts';
import {
  checkShape,
  Entries,
  Metadata,
  Port,
  PortName,
  ProtocolName,
  Subdomain,
  type Subject,
  subjectOf,
} from './schema.ts';

const EndpointsShape = z.object({ metadata: Metadata.extend({ name: Subdomain }), subsets: Entries });
const SubsetShape = z.object({ addresses: Entries, notReadyAddresses: Entries, ports: Entries });
const AddressShape = z.object({ ip: z.string(), nodeName: z.string().nullish() });
const PortShape = z.object({
  name: PortName.nullish(),
  protocol: ProtocolName,
  port: Port,
});

/**
 * Reads a legacy Endpoints object as the slices that the mirroring controller would make of it:
 * one for each subset and family.
 */
export function readEndpoints(object: RawObject, report: Report): EndpointSlice[] {
  const subject = subjectOf(object);
  const endpoints = checkShape(EndpointsShape, object.raw, subject, 'Endpoints left out', report);
  if (endpoints === undefined || headlessLabel in (endpoints.metadata.labels ?? {})) return [];
  const slices: EndpointSlice[] = [];
  for (const [i, entry] of (endpoints.subsets ?? []).entries()) {
    const at = `subsets[${i}]`;
    const subset = checkShape(SubsetShape, entry, subject, 'subset left out', report, at);
    if (subset === undefined) continue;
    const found: Record<Family, SliceEndpoint[]> = { ipv4: [], ipv6: [] };
    takeAddresses(subset.addresses ?? [], true, `${at}.addresses`, found, subject, report);
    takeAddresses(subset.notReadyAddresses ?? [], false, `${at}.notReadyAddresses`, found, subject, report);
    const ports = readPorts(subset.ports ?? [], `${at}.ports`, subject, report);
    for (const family of families) {
      if (found[family].length === 0) continue;
      slices.push({
        ...(object.file === undefined ? {} : { file: object.file }),
        namespace: endpoints.metadata.namespace ?? 'default',
        name: `${endpoints.metadata.name}-${family}-${i}`,
        serviceName: endpoints.metadata.name,
        family,
        ports,
        endpoints: found[family],
      });
    }
  }
  return slices;
}

function takeAddresses(
  entries: readonly unknown[],
  ready: boolean,
  at: string,
  found: Record<Family, SliceEndpoint[]>,
  subject: Subject,
  report: Report,
): void {
  for (const [i, entry] of entries.entries()) {
    const shape = checkShape(AddressShape, entry, subject, 'endpoint left out', report, `${at}[${i}]`);
    if (shape === undefined) continue;
    const address = parseAddress(shape.ip);
    if (isFault(address)) {
      report({
        ...subject,
        field: `${at}[${i}].ip`,
        value: shape.ip,
        expected: address.expected,
        effect: 'endpoint left out',
      });
      continue;
    }
    found[address.family].push({
      address: address.text,
      ...(shape.nodeName ? { nodeName: shape.nodeName } : {}),
      ready,
      serving: ready,
      terminating: false,
    });
  }
}

function readPorts(entries: readonly unknown[], at: string, subject: Subject, report: Report): SlicePort[] {
  const ports: SlicePort[] = [];
  for (const [i, entry] of entries.entries()) {
    const port = checkShape(PortShape, entry, subject, 'port left out', report, `${at}[${i}]`);
    if (port) ports.push({ name: port.name ?? '', protocol: port.protocol ?? 'TCP', port: port.port });
  }
  return ports;
}
