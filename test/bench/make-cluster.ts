// Clusters of any size, as `kubectl get services,endpointslices,nodes -A -o json` prints them.
import { closeSync, openSync, writeSync } from 'node:fs';

const node = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'node-1', labels: { 'topology.kubernetes.io/zone': 'zone-a' } },
  status: { addresses: [{ type: 'InternalIP', address: '192.168.0.10' }] },
};

const octets = (n: number): string => `${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;

function service(i: number): object {
  const clusterIP = `10.${96 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      creationTimestamp: '2026-11-20T12:30:05Z',
      name: `service-${i}`,
      namespace: `namespace-${i % 100}`,
      resourceVersion: String(100_000 + i),
      uid: `49c612af-232b-420f-ad15-${String(i).padStart(12, '0')}`,
    },
    spec: {
      clusterIP,
      clusterIPs: [clusterIP],
      internalTrafficPolicy: 'Cluster',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 }],
      selector: { app: `service-${i}` },
      sessionAffinity: 'None',
      type: 'ClusterIP',
    },
    status: { loadBalancer: {} },
  };
}

function slice(i: number, endpoints: number): object {
  return {
    addressType: 'IPv4',
    apiVersion: 'discovery.k8s.io/v1',
    endpoints: Array.from({ length: endpoints }, (_, j) => {
      const n = i * endpoints + j;
      return {
        addresses: [`100.${octets(n)}`],
        conditions: { ready: true, serving: true, terminating: false },
        nodeName: `node-${1 + (n % 100)}`,
        targetRef: {
          kind: 'Pod',
          name: `service-${i}-${j}`,
          namespace: `namespace-${i % 100}`,
          uid: `f4c612af-232b-420f-ad15-${String(n).padStart(12, '0')}`,
        },
        zone: 'zone-a',
      };
    }),
    kind: 'EndpointSlice',
    metadata: {
      creationTimestamp: '2026-11-20T12:30:05Z',
      generateName: `service-${i}-`,
      generation: 3,
      labels: {
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        'kubernetes.io/service-name': `service-${i}`,
      },
      name: `service-${i}-abcde`,
      namespace: `namespace-${i % 100}`,
      resourceVersion: String(200_000 + i),
      uid: `59c612af-232b-420f-ad15-${String(i).padStart(12, '0')}`,
    },
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  };
}

/** Writes a List of `services` Services with `endpoints` endpoints each, indented as kubectl does. */
export function writeCluster(path: string, services: number, endpoints: number): void {
  const file = openSync(path, 'w');
  writeSync(file, '{\n    "apiVersion": "v1",\n    "items": [\n');
  const write = (object: object, last = false): void => {
    const text = JSON.stringify(object, null, 4).replaceAll(/^/gm, '        ');
    writeSync(file, `${text}${last ? '' : ','}\n`);
  };
  for (let i = 0; i < services; i++) write(service(i));
  for (let i = 0; i < services; i++) write(slice(i, endpoints));
  write(node, true);
  writeSync(
    file,
    '    ],\n    "kind": "List",\n    "metadata": {\n        "resourceVersion": ""\n    }\n}\n',
  );
  closeSync(file);
}
