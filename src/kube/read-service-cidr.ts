import * as z from 'zod';
import { type Cidr, isFault, parseCidr } from '../model/address.ts';
import type { Report } from '../model/problem.ts';
import type { RawObject } from './collect-objects.ts';
import { checkShape, Metadata, Subdomain, subjectOf, Texts } from './schema.ts';

const ServiceCidrShape = z.object({
  metadata: Metadata.extend({ name: Subdomain }),
  spec: z.object({ cidrs: Texts }).nullish(),
});

/** Reads the ranges of a ServiceCIDR (networking.k8s.io): where cluster IPs may be allocated. */
export function readServiceCidr(object: RawObject, report: Report): Cidr[] {
  const subject = subjectOf(object, false);
  const shape = checkShape(ServiceCidrShape, object.raw, subject, 'ServiceCIDR left out', report);
  const cidrs: Cidr[] = [];
  for (const [i, text] of (shape?.spec?.cidrs ?? []).entries()) {
    const cidr = parseCidr(text);
    if (isFault(cidr)) {
      report({
        ...subject,
        field: `spec.cidrs[${i}]`,
        value: text,
        expected: cidr.expected,
        effect: 'CIDR left out',
      });
    } else cidrs.push(cidr);
  }
  return cidrs;
}
