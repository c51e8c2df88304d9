import type { Settings } from '../model/settings.ts';
import type { Plan } from '../plan/plan.ts';

/** What decides the form of the rules beside the plan. */
export interface CompileOptions {
  /** The mark for packets to masquerade, in hex: `0x4000`. */
  readonly masqueradeMark: string;
  readonly masqueradeAll: boolean;
  readonly localhostNodePorts: boolean;
  readonly tcpBeLiberal: boolean;
  /** Large clusters go without: there the comments are most of the work of a restore. */
  readonly endpointComments: boolean;
}

/** Above this many endpoints in a family, kube-proxy leaves endpoint comments out, and so do we. */
export const largeClusterEndpoints = 1000;

export function compileOptions(settings: Settings, plan: Plan): CompileOptions {
  const { masqueradeBit, masqueradeAll, localhostNodePorts } = settings.iptables;
  return {
    masqueradeMark: `0x${(2 ** masqueradeBit).toString(16)}`,
    masqueradeAll,
    localhostNodePorts,
    tcpBeLiberal: settings.tcpBeLiberal,
    endpointComments: plan.endpointCount <= largeClusterEndpoints,
  };
}
