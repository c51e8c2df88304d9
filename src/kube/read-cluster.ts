import type { Cidr } from '../model/address.ts';
import { compareBytes } from '../model/byte-order.ts';
import type { Cluster, Node } from '../model/cluster.ts';
import type { EndpointSlice } from '../model/endpoint-slice.ts';
import type { Report } from '../model/problem.ts';
import type { Service } from '../model/service.ts';
import { collectObjects, type Manifest, type RawObject } from './collect-objects.ts';
import { NewestObjects } from './newest-objects.ts';
import { readEndpointSlice, serviceNameLabel } from './read-endpoint-slice.ts';
import { readEndpoints } from './read-endpoints.ts';
import { readNode } from './read-node.ts';
import { type Pod, readPod } from './read-pod.ts';
import { readService } from './read-service.ts';
import { readServiceCidr } from './read-service-cidr.ts';
import { type Subject, subjectOf } from './schema.ts';
import { PodIndex, slicesFromPods } from './slices-from-pods.ts';

/**
 * Turns manifests into the model. What cannot be used is left out and reported, and touches nothing else.
 *
 * @throws UserError when a document is no Kubernetes object at all.
 */
export function readCluster(manifests: Iterable<Manifest>, report: Report): Cluster {
  const passedOver = new Map<string, number>();
  const found = readObjects(collectObjects(manifests, passedOver, report), report);
  const services = [...found.services.values()].sort(
    (a, b) => compareBytes(a.namespace, b.namespace) || compareBytes(a.name, b.name),
  );
  const nodes = new Map<string, Node>();
  for (const node of found.nodes.values()) nodes.set(node.name, node);
  return {
    services,
    slices: collectSlices(services, nodes, found, report),
    nodes,
    serviceCidrs: [...found.serviceCidrs.values()].flat(),
    passedOver,
  };
}

interface Found {
  readonly services: NewestObjects<Service>;
  readonly slices: NewestObjects<EndpointSlice>;
  readonly endpoints: NewestObjects<Legacy>;
  readonly pods: NewestObjects<Pod>;
  readonly nodes: NewestObjects<Node>;
  readonly serviceCidrs: NewestObjects<Cidr[]>;
  /** Services (`namespace/name`) that some EndpointSlice names, though it may be unusable. */
  readonly sliced: Set<string>;
}

/** Reads each object as it comes, so that no more than one is held raw. */
function readObjects(objects: Iterable<RawObject>, report: Report): Found {
  const found: Found = {
    services: new NewestObjects(report),
    slices: new NewestObjects(report),
    endpoints: new NewestObjects(report),
    pods: new NewestObjects(report),
    nodes: new NewestObjects(report, false),
    serviceCidrs: new NewestObjects(report, false),
    sliced: new Set(),
  };
  for (const object of objects) {
    switch (object.kind) {
      case 'Service':
        found.services.add(object, readService(object, report));
        break;
      case 'EndpointSlice':
        found.sliced.add(labelledService(object));
        found.slices.add(object, readEndpointSlice(object, report));
        break;
      case 'Endpoints':
        found.endpoints.add(object, { subject: subjectOf(object), slices: readEndpoints(object, report) });
        break;
      case 'Pod':
        found.pods.add(object, readPod(object, report));
        break;
      case 'Node':
        found.nodes.add(object, readNode(object, report));
        break;
      case 'ServiceCIDR':
        found.serviceCidrs.add(object, readServiceCidr(object, report));
        break;
    }
  }
  return found;
}

/** A legacy Endpoints object and the slices that it stands for. */
interface Legacy {
  readonly subject: Subject;
  readonly slices: readonly EndpointSlice[];
}

/** EndpointSlices where there are any, else legacy Endpoints, else what the Pods make. */
function collectSlices(
  services: readonly Service[],
  nodes: ReadonlyMap<string, Node>,
  found: Found,
  report: Report,
): Map<string, EndpointSlice[]> {
  const slices = new Map<string, EndpointSlice[]>();
  const known = new Set(services.map(serviceKey));
  const add = (slice: EndpointSlice): void => {
    const key = `${slice.namespace}/${slice.serviceName}`;
    const list = slices.get(key);
    if (!known.has(key)) reportUnknownService(slice, report);
    else if (list) list.push(slice);
    else slices.set(key, [slice]);
  };

  for (const slice of found.slices.values()) add(slice);
  const covered = new Set(found.sliced);
  for (const { subject, slices: legacy } of found.endpoints.values()) {
    const key = `${subject.namespace}/${subject.name}`;
    if (!known.has(key)) reportLonelyEndpoints(subject, report);
    else if (!found.sliced.has(key)) for (const slice of legacy) add(slice);
    covered.add(key);
  }
  const uncovered = services.filter(
    (service) => service.skip === undefined && service.selector && !covered.has(serviceKey(service)),
  );
  if (uncovered.length > 0) {
    const pods = new PodIndex(found.pods.values());
    for (const service of uncovered)
      for (const slice of slicesFromPods(service, pods, nodes, report)) add(slice);
  }
  for (const list of slices.values()) list.sort((a, b) => compareBytes(a.name, b.name));
  return slices;
}

const serviceKey = ({ namespace, name }: Service): string => `${namespace}/${name}`;

interface RawMetadata {
  readonly namespace?: unknown;
  readonly labels?: Readonly<Record<string, unknown>> | null;
}

const metadataOf = ({ raw }: RawObject): RawMetadata => (raw.metadata ?? {}) as RawMetadata;

/** The Service of a slice even when the slice is unusable: its Pods must not stand in for it then. */
function labelledService(object: RawObject): string {
  const { namespace, labels } = metadataOf(object);
  const service = labels?.[serviceNameLabel];
  return typeof service === 'string'
    ? `${typeof namespace === 'string' ? namespace : 'default'}/${service}`
    : '';
}

function reportUnknownService(slice: EndpointSlice, report: Report): void {
  const { file, namespace, name } = slice;
  report({
    ...(file === undefined ? {} : { file }),
    kind: 'EndpointSlice',
    namespace,
    name,
    field: `metadata.labels["${serviceNameLabel}"]`,
    value: slice.serviceName,
    expected: 'a Service of the input',
    effect: 'EndpointSlice left out',
  });
}

function reportLonelyEndpoints(subject: Subject, report: Report): void {
  const expected = 'the name of a Service of the input';
  report({ ...subject, field: 'metadata.name', value: subject.name, expected, effect: 'Endpoints left out' });
}
