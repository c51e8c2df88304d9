import * as z from 'zod';
import { type Address, type Cidr, isFault, parseAddress, parseCidr } from '../model/address.ts';
import type { Node } from '../model/cluster.ts';
import type { Family } from '../model/family.ts';
import type { Report } from '../model/problem.ts';
import type { RawObject } from './collect-objects.ts';
import { checkShape, Entries, Metadata, Subdomain, type Subject, subjectOf, Texts } from './schema.ts';

export const zoneLabel = 'topology.kubernetes.io/zone';

const NodeShape = z.object({
  metadata: Metadata.extend({ name: Subdomain }),
  spec: z.object({ podCIDR: z.string().nullish(), podCIDRs: Texts }).nullish(),
  status: z.object({ addresses: Entries }).nullish(),
});
const NodeAddressShape = z.object({ type: z.string(), address: z.string() });

/** Reads a Node: its name, zone, addresses and pod CIDRs. */
export function readNode(object: RawObject, report: Report): Node | undefined {
  const subject = subjectOf(object, false);
  const node = checkShape(NodeShape, object.raw, subject, 'Node left out', report);
  if (node === undefined) return undefined;
  const zone = node.metadata.labels?.[zoneLabel];
  return {
    name: node.metadata.name,
    ...(zone ? { zone } : {}),
    addresses: readNodeAddresses(node.status?.addresses ?? [], subject, report),
    podCidrs: readPodCidrs(node.spec ?? {}, subject, report),
  };
}

function readNodeAddresses(entries: readonly unknown[], subject: Subject, report: Report): Address[] {
  const byType: Record<string, Address[]> = { InternalIP: [], ExternalIP: [] };
  for (const [i, entry] of entries.entries()) {
    const at = `status.addresses[${i}]`;
    const shape = checkShape(NodeAddressShape, entry, subject, 'address left out', report, at);
    if (shape === undefined || !Object.hasOwn(byType, shape.type)) continue;
    const address = parseAddress(shape.address);
    if (isFault(address)) {
      report({
        ...subject,
        field: `${at}.address`,
        value: shape.address,
        expected: address.expected,
        effect: 'address left out',
      });
    } else byType[shape.type]?.push(address);
  }
  return [...(byType.InternalIP ?? []), ...(byType.ExternalIP ?? [])];
}

function readPodCidrs(
  spec: { podCIDR?: string | null | undefined; podCIDRs?: string[] | null | undefined },
  subject: Subject,
  report: Report,
): Record<Family, Cidr | undefined> {
  const found: Record<Family, Cidr | undefined> = { ipv4: undefined, ipv6: undefined };
  const texts = spec.podCIDRs?.length ? spec.podCIDRs : spec.podCIDR ? [spec.podCIDR] : [];
  for (const [i, text] of texts.entries()) {
    const cidr = parseCidr(text);
    if (isFault(cidr)) {
      report({
        ...subject,
        field: `spec.podCIDRs[${i}]`,
        value: text,
        expected: cidr.expected,
        effect: 'CIDR left out',
      });
    } else found[cidr.family] ??= cidr;
  }
  return found;
}
