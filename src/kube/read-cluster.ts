import { compareBytes } from '../model/byte-order.ts';
import type { Cluster, Node } from '../model/cluster.ts';
import type { EndpointSlice } from '../model/endpoint-slice.ts';
import type { Report } from '../model/problem.ts';
import type { Service } from '../model/service.ts';
import { collectObjects, type Kind, type Manifest, type RawObject } from './collect-objects.ts';
import { dropDuplicates } from './drop-duplicates.ts';
import { readEndpointSlice, serviceNameLabel } from './read-endpoint-slice.ts';
import { readEndpoints } from './read-endpoints.ts';
import { readNode } from './read-node.ts';
import { readPod } from './read-pod.ts';
import { readService } from './read-service.ts';
import { readServiceCidr } from './read-service-cidr.ts';
import { subjectOf } from './schema.ts';
import { PodIndex, slicesFromPods } from './slices-from-pods.ts';

/**
 * Turns manifests into the model. What cannot be used is left out and reported, and touches nothing else.
 *
 * @throws UserError when a document is no Kubernetes object at all.
 */
export function readCluster(manifests: Iterable<Manifest>, report: Report): Cluster {
  const { objects, passedOver } = collectObjects(manifests, report);
  const distinct = dropDuplicates(objects, report);
  const ofKind = (kind: Kind) => distinct.filter((object) => object.kind === kind);
  const services = ofKind('Service')
    .flatMap((object) => readService(object, report) ?? [])
    .sort((a, b) => compareBytes(a.namespace, b.namespace) || compareBytes(a.name, b.name));
  const nodes = new Map<string, Node>();
  for (const object of ofKind('Node')) {
    const node = readNode(object, report);
    if (node) nodes.set(node.name, node);
  }
  return {
    services,
    slices: collectSlices(services, nodes, ofKind, report),
    nodes,
    serviceCidrs: ofKind('ServiceCIDR').flatMap((object) => readServiceCidr(object, report)),
    passedOver,
  };
}

/** EndpointSlices where there are any, else legacy Endpoints, else what the Pods make. */
function collectSlices(
  services: readonly Service[],
  nodes: ReadonlyMap<string, Node>,
  ofKind: (kind: Kind) => readonly RawObject[],
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

  const sliceObjects = ofKind('EndpointSlice');
  const sliced = new Set(sliceObjects.map(labelledService));
  for (const object of sliceObjects) {
    const slice = readEndpointSlice(object, report);
    if (slice) add(slice);
  }
  const endpointObjects = ofKind('Endpoints');
  for (const object of endpointObjects) {
    const key = objectKey(object);
    if (!known.has(key)) reportLonelyEndpoints(object, report);
    else if (!sliced.has(key)) for (const slice of readEndpoints(object, report)) add(slice);
  }
  for (const object of endpointObjects) sliced.add(objectKey(object));

  const unsliced = services.filter(
    (service) => service.skip === undefined && service.selector && !sliced.has(serviceKey(service)),
  );
  if (unsliced.length > 0) {
    const pods = new PodIndex(ofKind('Pod').flatMap((object) => readPod(object, report) ?? []));
    for (const service of unsliced)
      for (const slice of slicesFromPods(service, pods, nodes, report)) add(slice);
  }
  for (const list of slices.values()) list.sort((a, b) => compareBytes(a.name, b.name));
  return slices;
}

const serviceKey = ({ namespace, name }: Service): string => `${namespace}/${name}`;

interface RawMetadata {
  readonly namespace?: unknown;
  readonly name?: unknown;
  readonly labels?: Readonly<Record<string, unknown>> | null;
}

const metadataOf = ({ raw }: RawObject): RawMetadata => (raw.metadata ?? {}) as RawMetadata;

function objectKey(object: RawObject): string {
  const { namespace, name } = metadataOf(object);
  return `${namespace ?? 'default'}/${name}`;
}

/** The Service of a slice even when the slice is unusable: its Pods must not stand in for it then. */
function labelledService(object: RawObject): string {
  const { namespace, labels } = metadataOf(object);
  return `${namespace ?? 'default'}/${labels?.[serviceNameLabel]}`;
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

function reportLonelyEndpoints(object: RawObject, report: Report): void {
  const subject = subjectOf(object);
  const expected = 'the name of a Service of the input';
  report({ ...subject, field: 'metadata.name', value: subject.name, expected, effect: 'Endpoints left out' });
}
