import type { NodeView } from '../plan/node-view.ts';
import type { PlannedServicePort } from '../plan/plan.ts';
import type { CompileOptions } from './compile-options.ts';

/** What all chains of one service port are made from. */
export interface ServiceContext {
  readonly port: PlannedServicePort;
  readonly node: NodeView;
  readonly options: CompileOptions;
  /** `tcp`, `udp` or `sctp`. */
  readonly protocol: string;
  readonly chains: { readonly svc: string; readonly svl: string; readonly ext: string; readonly fw: string };
  /** Source ranges apply: load-balancer traffic passes the firewall chain. */
  readonly usesFirewall: boolean;
}
