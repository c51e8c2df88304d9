import type { NodeView } from './node-view.ts';
import type { PlannedEndpoint } from './planned-endpoint.ts';

/** Why just these cluster endpoints. */
export type ClusterReason =
  | 'not used'
  | 'all ready'
  | 'node hints'
  | 'zone hints'
  | 'terminating, as none is ready'
  | 'none';

/** Why just these local endpoints. */
export type LocalReason =
  | 'not used'
  | 'local and ready'
  | 'local and terminating, as no local one is ready'
  | 'none';

/** Which endpoints a service port uses on this node, and why. */
export interface EndpointChoice {
  readonly cluster: readonly PlannedEndpoint[];
  readonly clusterReason: ClusterReason;
  readonly local: readonly PlannedEndpoint[];
  readonly localReason: LocalReason;
  /** Cluster and local ones together, in the order of `ip:port`. */
  readonly reachable: readonly PlannedEndpoint[];
  /** False when traffic can be refused outright. */
  readonly hasEndpoints: boolean;
}

const isReady = ({ origin }: PlannedEndpoint): boolean => origin.ready;
/** Still answers, though it is on its way out. */
const isFallback = ({ origin }: PlannedEndpoint): boolean => origin.serving && origin.terminating;

/** Spec 1, "Which endpoints are used". `all` is sorted, and so is everything chosen from it. */
export function chooseEndpoints(
  all: readonly PlannedEndpoint[],
  uses: { readonly cluster: boolean; readonly local: boolean },
  node: NodeView,
): EndpointChoice {
  const [cluster, clusterReason] = uses.cluster ? chooseCluster(all, node) : ([[], 'not used'] as const);
  const [local, localReason] = uses.local ? chooseLocal(all) : ([[], 'not used'] as const);
  const used = new Set([...cluster, ...local]);
  return {
    cluster,
    clusterReason,
    local,
    localReason,
    reachable: local.length === 0 ? cluster : all.filter((endpoint) => used.has(endpoint)),
    hasEndpoints:
      cluster.length > 0 || (uses.local && all.some((endpoint) => isReady(endpoint) || isFallback(endpoint))),
  };
}

function chooseCluster(
  all: readonly PlannedEndpoint[],
  node: NodeView,
): readonly [readonly PlannedEndpoint[], ClusterReason] {
  const ready = all.filter(isReady);
  if (ready.length > 0) return narrowByTopology(ready, node);
  const fallback = all.filter(isFallback);
  return [fallback, fallback.length > 0 ? 'terminating, as none is ready' : 'none'];
}

/** Hints count only when every ready endpoint has them and one at least is meant for us. */
function narrowByTopology(
  ready: readonly PlannedEndpoint[],
  node: NodeView,
): readonly [readonly PlannedEndpoint[], ClusterReason] {
  if (ready.every(({ origin }) => origin.nodeHints)) {
    const ours = ready.filter(({ origin }) => origin.nodeHints?.includes(node.name));
    if (ours.length > 0) return [ours, 'node hints'];
  }
  const { zone } = node;
  if (zone !== undefined && ready.every(({ origin }) => origin.zoneHints)) {
    const ours = ready.filter(({ origin }) => origin.zoneHints?.includes(zone));
    if (ours.length > 0) return [ours, 'zone hints'];
  }
  return [ready, 'all ready'];
}

function chooseLocal(all: readonly PlannedEndpoint[]): readonly [readonly PlannedEndpoint[], LocalReason] {
  const local = all.filter((endpoint) => endpoint.local);
  const ready = local.filter(isReady);
  if (ready.length > 0) return [ready, 'local and ready'];
  const fallback = local.filter(isFallback);
  return [fallback, fallback.length > 0 ? 'local and terminating, as no local one is ready' : 'none'];
}
