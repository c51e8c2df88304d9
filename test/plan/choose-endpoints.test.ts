import { describe, expect, it } from 'vitest';
import type { SliceEndpoint } from '../../src/model/endpoint-slice.ts';
import { chooseEndpoints, type EndpointChoice } from '../../src/plan/choose-endpoints.ts';
import type { NodeView } from '../../src/plan/node-view.ts';
import type { PlannedEndpoint } from '../../src/plan/planned-endpoint.ts';

const view: NodeView = {
  name: 'node-1',
  zone: 'zone-a',
  family: 'ipv4',
  nodePorts: { on: 'all', loopback: true },
};
const { zone: _zone, ...viewWithoutZone } = view;

const cluster = { cluster: true, local: false };
const local = { cluster: false, local: true };
const both = { cluster: true, local: true };

type Input = Partial<SliceEndpoint> & { readonly here?: boolean };

/** Endpoint `last` of 10.0.0.0/24, port 80. */
function at(last: number, { here = false, ...more }: Input = {}): PlannedEndpoint {
  const address = `10.0.0.${last}`;
  return {
    address,
    port: 80,
    socket: `${address}:80`,
    local: here,
    origin: { address, ready: true, serving: true, terminating: false, ...more },
  };
}

const leaving = { ready: false, serving: true, terminating: true };
const dead = { ready: false, serving: false, terminating: false };
const gone = { ready: false, serving: false, terminating: true };
/** Serving, though not ready, and no one has asked it to leave. */
const warming = { ready: false, serving: true, terminating: false };

const ids = (endpoints: readonly PlannedEndpoint[]): number[] =>
  endpoints.map(({ address }) => Number(address.split('.')[3]));
const clusterOf = (choice: EndpointChoice): unknown[] => [choice.clusterReason, ...ids(choice.cluster)];
const localOf = (choice: EndpointChoice): unknown[] => [choice.localReason, ...ids(choice.local)];

describe('cluster endpoints', () => {
  const choose = (...all: PlannedEndpoint[]): unknown[] => clusterOf(chooseEndpoints(all, cluster, view));

  it('are the ready ones', () => {
    expect(choose(at(1), at(2, dead), at(3), at(4, leaving))).toEqual(['all ready', 1, 3]);
  });

  it('are the serving and terminating ones when none is ready', () => {
    expect(choose(at(1, leaving), at(2, dead), at(3, gone), at(4, warming))).toEqual([
      'terminating, as none is ready',
      1,
    ]);
  });

  it('are none when none is ready or serving and terminating', () => {
    expect(choose(at(1, dead), at(2, gone), at(3, warming))).toEqual(['none']);
  });

  it('are none when there is no endpoint', () => {
    expect(choose()).toEqual(['none']);
  });

  it('count as not used when they are not, even though there are some', () => {
    expect(clusterOf(chooseEndpoints([at(1)], local, view))).toEqual(['not used']);
  });

  it('do not care on which node they are', () => {
    expect(choose(at(1, { here: true }), at(2))).toEqual(['all ready', 1, 2]);
  });
});

describe('node hints', () => {
  const ours = { nodeHints: ['node-1'] };
  const theirs = { nodeHints: ['node-2'] };
  const choose = (...all: PlannedEndpoint[]): unknown[] => clusterOf(chooseEndpoints(all, cluster, view));

  it('narrow to the endpoints that name this node', () => {
    expect(choose(at(1, ours), at(2, theirs), at(3, { nodeHints: ['node-2', 'node-1'] }))).toEqual([
      'node hints',
      1,
      3,
    ]);
  });

  it('do not count when one ready endpoint has none', () => {
    expect(choose(at(1, ours), at(2))).toEqual(['all ready', 1, 2]);
  });

  it('do not count when none names this node', () => {
    expect(choose(at(1, theirs), at(2, theirs))).toEqual(['all ready', 1, 2]);
  });

  it('are not asked of an endpoint that is not ready', () => {
    expect(choose(at(1, ours), at(2, theirs), at(3, dead), at(4, leaving))).toEqual(['node hints', 1]);
  });

  it('that only an endpoint which is not ready has for us do not count', () => {
    expect(choose(at(1, theirs), at(2, { ...dead, ...ours }))).toEqual(['all ready', 1]);
  });

  it('go before zone hints', () => {
    expect(
      choose(at(1, { ...ours, zoneHints: ['zone-b'] }), at(2, { ...theirs, zoneHints: ['zone-a'] })),
    ).toEqual(['node hints', 1]);
  });

  it('leave it to the zone hints when none names this node', () => {
    expect(
      choose(at(1, { ...theirs, zoneHints: ['zone-b'] }), at(2, { ...theirs, zoneHints: ['zone-a'] })),
    ).toEqual(['zone hints', 2]);
  });

  it('leave it to the zone hints when one endpoint has none', () => {
    expect(choose(at(1, { ...ours, zoneHints: ['zone-b'] }), at(2, { zoneHints: ['zone-a'] }))).toEqual([
      'zone hints',
      2,
    ]);
  });

  it('do not narrow the terminating ones', () => {
    expect(choose(at(1, { ...leaving, ...ours }), at(2, { ...leaving, ...theirs }))).toEqual([
      'terminating, as none is ready',
      1,
      2,
    ]);
  });
});

describe('zone hints', () => {
  const ours = { zoneHints: ['zone-a'] };
  const theirs = { zoneHints: ['zone-b'] };
  const choose = (...all: PlannedEndpoint[]): unknown[] => clusterOf(chooseEndpoints(all, cluster, view));

  it('narrow to the endpoints that name the zone of this node', () => {
    expect(choose(at(1, ours), at(2, theirs), at(3, { zoneHints: ['zone-b', 'zone-a'] }))).toEqual([
      'zone hints',
      1,
      3,
    ]);
  });

  it('do not count when one ready endpoint has none', () => {
    expect(choose(at(1, ours), at(2), at(3, theirs))).toEqual(['all ready', 1, 2, 3]);
  });

  it('do not count when none names the zone', () => {
    expect(choose(at(1, theirs), at(2, theirs))).toEqual(['all ready', 1, 2]);
  });

  it('are not asked of an endpoint that is not ready', () => {
    expect(choose(at(1, ours), at(2, theirs), at(3, dead), at(4, leaving))).toEqual(['zone hints', 1]);
  });

  it('that only an endpoint which is not ready has for us do not count', () => {
    expect(choose(at(1, theirs), at(2, { ...dead, ...ours }))).toEqual(['all ready', 1]);
  });

  it('do not count on a node without a zone', () => {
    const choice = chooseEndpoints([at(1, ours), at(2, theirs)], cluster, viewWithoutZone);
    expect(clusterOf(choice)).toEqual(['all ready', 1, 2]);
  });

  it('do not narrow the terminating ones', () => {
    expect(choose(at(1, { ...leaving, ...ours }), at(2, { ...leaving, ...theirs }))).toEqual([
      'terminating, as none is ready',
      1,
      2,
    ]);
  });
});

describe('local endpoints', () => {
  const here = { here: true };
  const choose = (...all: PlannedEndpoint[]): unknown[] => localOf(chooseEndpoints(all, local, view));

  it('are the local and ready ones', () => {
    expect(choose(at(1, here), at(2), at(3, { ...here, ...leaving }), at(4, here))).toEqual([
      'local and ready',
      1,
      4,
    ]);
  });

  it('are the local ones that serve and terminate when no local one is ready', () => {
    expect(
      choose(
        at(1),
        at(2, { ...here, ...leaving }),
        at(3, leaving),
        at(4, { ...here, ...gone }),
        at(5, { ...here, ...warming }),
      ),
    ).toEqual(['local and terminating, as no local one is ready', 2]);
  });

  it('are none when this node has none that answers', () => {
    expect(choose(at(1), at(2, { ...here, ...dead }), at(3, { ...here, ...warming }))).toEqual(['none']);
  });

  it('are not narrowed by hints', () => {
    expect(
      choose(
        at(1, { ...here, zoneHints: ['zone-b'], nodeHints: ['node-2'] }),
        at(2, { ...here, zoneHints: ['zone-a'], nodeHints: ['node-1'] }),
      ),
    ).toEqual(['local and ready', 1, 2]);
  });

  it('count as not used when they are not, even though there are some', () => {
    expect(localOf(chooseEndpoints([at(1, here)], cluster, view))).toEqual(['not used']);
  });
});

describe('reachable endpoints', () => {
  it('are the cluster ones when local ones are not used', () => {
    const all = [at(1), at(2, dead), at(3, { here: true })];
    expect(ids(chooseEndpoints(all, cluster, view).reachable)).toEqual([1, 3]);
  });

  it('are the local ones when cluster ones are not used', () => {
    const all = [at(1), at(3, { here: true })];
    expect(ids(chooseEndpoints(all, local, view).reachable)).toEqual([3]);
  });

  it('are both together, each once, in the order of ip:port', () => {
    const all = [
      at(1, { here: true, nodeHints: ['node-2'] }),
      at(2, { nodeHints: ['node-1'] }),
      at(3, { here: true, nodeHints: ['node-1'] }),
      at(4, { nodeHints: ['node-2'] }),
    ];
    const choice = chooseEndpoints(all, both, view);
    expect(clusterOf(choice)).toEqual(['node hints', 2, 3]);
    expect(localOf(choice)).toEqual(['local and ready', 1, 3]);
    expect(ids(choice.reachable)).toEqual([1, 2, 3]);
  });

  it('hold a local one that terminates beside a ready one elsewhere', () => {
    const choice = chooseEndpoints([at(1, { here: true, ...leaving }), at(2)], both, view);
    expect(clusterOf(choice)).toEqual(['all ready', 2]);
    expect(ids(choice.reachable)).toEqual([1, 2]);
  });
});

describe('has endpoints', () => {
  const has = (uses: { cluster: boolean; local: boolean }, ...all: PlannedEndpoint[]): boolean =>
    chooseEndpoints(all, uses, view).hasEndpoints;

  it('is true when there are cluster endpoints', () => {
    expect(has(cluster, at(1))).toBe(true);
    expect(has(cluster, at(1, leaving))).toBe(true);
  });

  it('is false when no cluster endpoint is there', () => {
    expect(has(cluster)).toBe(false);
    expect(has(cluster, at(1, dead), at(2, gone), at(3, warming))).toBe(false);
  });

  it('is true with local ones used alone when any endpoint anywhere is ready', () => {
    expect(has(local, at(1))).toBe(true);
  });

  it('is true with local ones used alone when any endpoint anywhere serves and terminates', () => {
    expect(has(local, at(1, leaving))).toBe(true);
  });

  it('is false with local ones used alone when no endpoint anywhere answers', () => {
    expect(has(local)).toBe(false);
    expect(has(local, at(1, { here: true, ...dead }), at(2, gone), at(3, warming))).toBe(false);
  });

  it('is false when neither is used', () => {
    expect(has({ cluster: false, local: false }, at(1))).toBe(false);
  });
});
