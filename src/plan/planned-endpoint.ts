import { socketText } from '../model/address.ts';
import { compareBytes } from '../model/byte-order.ts';
import type { EndpointSlice, SliceEndpoint } from '../model/endpoint-slice.ts';
import type { Protocol } from '../model/service.ts';

/** An endpoint of one service port, as this node sees it. */
export interface PlannedEndpoint {
  readonly address: string;
  readonly port: number;
  /** `ip:port`: its name, and what endpoints are sorted by. */
  readonly socket: string;
  /** On this node. */
  readonly local: boolean;
  readonly origin: SliceEndpoint;
}

/**
 * All endpoints of the service port `portName`/`protocol`, from every slice of its Service, sorted by `ip:port`
 * in byte order. Where slices overlap, one that terminates never replaces another, and a ready one wins.
 */
export function collectEndpoints(
  slices: readonly EndpointSlice[],
  portName: string,
  protocol: Protocol,
  nodeName: string,
): PlannedEndpoint[] {
  const found = new Map<string, PlannedEndpoint>();
  for (const slice of slices) {
    for (const { name, protocol: slicePortProtocol, port } of slice.ports) {
      if (name !== portName || slicePortProtocol !== protocol) continue;
      for (const origin of slice.endpoints) {
        const socket = socketText(origin.address, port);
        const other = found.get(socket);
        if (other !== undefined && !replaces(origin, other.origin)) continue;
        found.set(socket, {
          address: origin.address,
          port,
          socket,
          local: origin.nodeName === nodeName,
          origin,
        });
      }
    }
  }
  return [...found.values()].sort((a, b) => compareBytes(a.socket, b.socket));
}

function replaces(next: SliceEndpoint, present: SliceEndpoint): boolean {
  if (next.terminating !== present.terminating) return present.terminating;
  return next.ready && !present.ready;
}
