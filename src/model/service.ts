import type { Cidr } from './address.ts';
import type { ByFamily } from './family.ts';

export type Protocol = 'TCP' | 'UDP' | 'SCTP';
export type TrafficPolicy = 'Cluster' | 'Local';

/** One entry of a Service's `spec.ports`. */
export interface PortSpec {
  readonly name: string;
  readonly protocol: Protocol;
  readonly port: number;
  readonly targetPort: number | string;
  readonly nodePort?: number;
}

/** Source ranges of one family: `cidrs` empty and not `closed` means that anyone may come. */
export interface SourceRanges {
  readonly cidrs: readonly Cidr[];
  /** True when every range given for the family was unreadable: then nobody may come, rather than everybody. */
  readonly closed: boolean;
}

/** Why a Service gets no rules at all. */
export type SkipReason = 'headless' | 'external name' | 'other proxy' | 'no cluster IP';

/** What kube-chains knows of a Service; addresses are canonical. */
export interface Service {
  readonly file?: string;
  readonly namespace: string;
  readonly name: string;
  readonly skip?: SkipReason;
  readonly clusterAddress: ByFamily<string | undefined>;
  readonly ports: readonly PortSpec[];
  readonly externalAddresses: ByFamily<readonly string[]>;
  readonly loadBalancerAddresses: ByFamily<readonly string[]>;
  readonly sourceRanges: ByFamily<SourceRanges>;
  readonly internalPolicy: TrafficPolicy;
  /** Local only for the types that are reachable from outside. */
  readonly externalPolicy: TrafficPolicy;
  readonly healthCheckNodePort?: number;
  /** Seconds of ClientIP affinity; absent without affinity. */
  readonly affinitySeconds?: number;
  readonly selector?: Readonly<Record<string, string>>;
  readonly publishNotReadyAddresses: boolean;
  readonly trafficDistribution?: string;
}
