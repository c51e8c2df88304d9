import { socketText } from '../model/address.ts';
import type { Cluster } from '../model/cluster.ts';
import type { Report } from '../model/problem.ts';
import type { Plan, PlannedServicePort } from './plan.ts';

/**
 * Reports service ports that answer at the same place as an earlier one. Their rules stay, as kube-proxy's would,
 * but the first rule takes the packets.
 */
export function reportConflicts(plan: Plan, cluster: Cluster, report: Report): void {
  const taken = new Map<string, PlannedServicePort>();
  const files = new Map(cluster.services.map(({ namespace, name, file }) => [`${namespace}/${name}`, file]));
  const claim = (port: PlannedServicePort, field: string, place: string): void => {
    const key = `${place}/${port.protocol.toLowerCase()}`;
    const owner = taken.get(key);
    if (owner === undefined) taken.set(key, port);
    // One Service may well list the same address twice, as external IP and load balancer.
    else if (owner.namespace !== port.namespace || owner.service !== port.service) {
      const file = files.get(`${port.namespace}/${port.service}`);
      report({
        ...(file === undefined ? {} : { file }),
        kind: 'Service',
        namespace: port.namespace,
        name: port.service,
        field,
        value: key,
        expected: 'an address and port that no other Service has',
        effect: `${owner.name} has it too and gets the packets`,
      });
    }
  };
  for (const port of plan.servicePorts) {
    claim(port, 'spec.clusterIPs', socketText(port.clusterAddress, port.port));
    for (const address of port.externalAddresses)
      claim(port, 'spec.externalIPs', socketText(address, port.port));
    for (const address of port.loadBalancerAddresses)
      claim(port, 'status.loadBalancer', socketText(address, port.port));
    if (port.nodePort !== undefined) claim(port, 'spec.ports.nodePort', `node port ${port.nodePort}`);
  }
}
