import type { Family } from './family.ts';
import type { Protocol } from './service.ts';

/** One endpoint of a slice, before it meets a port. */
export interface SliceEndpoint {
  /** Canonical. */
  readonly address: string;
  readonly nodeName?: string;
  readonly zone?: string;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly zoneHints?: readonly string[];
  readonly nodeHints?: readonly string[];
}

export interface SlicePort {
  readonly name: string;
  readonly protocol: Protocol;
  readonly port: number;
}

/** Endpoints of one Service and family; from an EndpointSlice, a subset of Endpoints, or Pods. */
export interface EndpointSlice {
  readonly file?: string;
  readonly namespace: string;
  readonly name: string;
  readonly serviceName: string;
  readonly family: Family;
  readonly ports: readonly SlicePort[];
  readonly endpoints: readonly SliceEndpoint[];
}
