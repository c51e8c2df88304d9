import { describe, expect, test } from 'vitest';
import { readService } from '../../src/kube/read-service.ts';
import type { Problem } from '../../src/model/problem.ts';
import type { Service } from '../../src/model/service.ts';
import { brief, file, type Json, readWith, service } from './objects.ts';

function read(
  spec: Json = {},
  metadata: Json = {},
  status?: unknown,
): { value: Service; problems: Problem[] } {
  const { value, problems } = readWith(readService, service(spec, metadata, status));
  if (value === undefined) throw new Error(`left out: ${brief(problems)}`);
  return { value, problems };
}

/** The problems of a Service that is left out. */
function refused(object: Json): Problem[] {
  const { value, problems } = readWith(readService, object);
  expect(value).toBeUndefined();
  expect(problems.length).toBeGreaterThan(0);
  for (const problem of problems) expect(problem).toMatchObject({ file, kind: 'Service' });
  return problems;
}

describe('readService', () => {
  test('fills in the defaults of everything that is not there', () => {
    const { value, problems } = read();
    expect(problems).toEqual([]);
    expect(value).toEqual({
      file,
      namespace: 'shop',
      name: 'web',
      clusterAddress: { ipv4: '10.96.0.10', ipv6: undefined },
      ports: [{ name: '', protocol: 'TCP', port: 80, targetPort: 80 }],
      externalAddresses: { ipv4: [], ipv6: [] },
      loadBalancerAddresses: { ipv4: [], ipv6: [] },
      sourceRanges: { ipv4: { cidrs: [], closed: false }, ipv6: { cidrs: [], closed: false } },
      internalPolicy: 'Cluster',
      externalPolicy: 'Cluster',
      publishNotReadyAddresses: false,
    });
  });

  test('reads every field', () => {
    const { value, problems } = read(
      {
        type: 'LoadBalancer',
        clusterIP: 'FD00:96::A',
        clusterIPs: ['FD00:96::A', '10.96.0.10'],
        ipFamilies: ['IPv6', 'IPv4'],
        ports: [
          { name: 'http', protocol: 'TCP', port: 80, targetPort: 'web', nodePort: 30080 },
          { name: 'dns', protocol: 'UDP', port: 53, targetPort: 5353 },
          { name: 'sig', protocol: 'SCTP', port: 80, targetPort: 0, nodePort: 0 },
        ],
        externalIPs: ['192.0.2.7', '2001:DB8::7', '192.0.2.7'],
        loadBalancerSourceRanges: ['10.0.0.0/8', 'fd00::/8'],
        internalTrafficPolicy: 'Local',
        externalTrafficPolicy: 'Local',
        healthCheckNodePort: 31000,
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } },
        selector: { app: 'web' },
        publishNotReadyAddresses: true,
        trafficDistribution: 'PreferClose',
      },
      {},
      { loadBalancer: { ingress: [{ ip: '198.51.100.1' }, { ip: '2001:db8::1', ipMode: 'VIP' }] } },
    );
    expect(problems).toEqual([]);
    expect(value).toMatchObject({
      clusterAddress: { ipv4: '10.96.0.10', ipv6: 'fd00:96::a' },
      ports: [
        { name: 'http', protocol: 'TCP', port: 80, targetPort: 'web', nodePort: 30080 },
        { name: 'dns', protocol: 'UDP', port: 53, targetPort: 5353 },
        { name: 'sig', protocol: 'SCTP', port: 80, targetPort: 80 },
      ],
      externalAddresses: { ipv4: ['192.0.2.7'], ipv6: ['2001:db8::7'] },
      loadBalancerAddresses: { ipv4: ['198.51.100.1'], ipv6: ['2001:db8::1'] },
      sourceRanges: {
        ipv4: { cidrs: [{ text: '10.0.0.0/8' }], closed: false },
        ipv6: { cidrs: [{ text: 'fd00::/8' }], closed: false },
      },
      internalPolicy: 'Local',
      externalPolicy: 'Local',
      healthCheckNodePort: 31000,
      affinitySeconds: 60,
      selector: { app: 'web' },
      publishNotReadyAddresses: true,
      trafficDistribution: 'PreferClose',
    });
    expect(value.ports[2]).not.toHaveProperty('nodePort');
  });

  test('a namespace that is not there is default; null is as good as absent', () => {
    expect(read({}, { namespace: undefined }).value.namespace).toBe('default');
    const { value, problems } = read({
      type: null,
      clusterIPs: null,
      externalIPs: null,
      loadBalancerSourceRanges: null,
      externalTrafficPolicy: null,
      healthCheckNodePort: null,
      sessionAffinityConfig: null,
      selector: null,
    });
    expect(problems).toEqual([]);
    expect(value).toMatchObject({ clusterAddress: { ipv4: '10.96.0.10' } });
    expect(value).not.toHaveProperty('selector');
  });
});

describe('which Services are skipped', () => {
  test.each([
    ['headless', { clusterIP: 'None' }, {}],
    ['headless', { clusterIP: 'None', clusterIPs: ['None'] }, {}],
    ['headless', { clusterIP: '', clusterIPs: ['None'] }, {}],
    ['headless', {}, { labels: { 'service.kubernetes.io/headless': '' } }],
    ['external name', { type: 'ExternalName', clusterIP: '' }, {}],
    ['external name', { type: 'ExternalName', clusterIP: '10.96.0.10' }, {}],
    ['no cluster IP', { clusterIP: '' }, {}],
    ['no cluster IP', { clusterIP: undefined }, {}],
    ['no cluster IP', { clusterIP: null, clusterIPs: [] }, {}],
    ['other proxy', {}, { labels: { 'service.kubernetes.io/service-proxy-name': '' } }],
    ['other proxy', { clusterIP: 'None' }, { labels: { 'service.kubernetes.io/service-proxy-name': 'x' } }],
  ])('%s: %j %j', (skip, spec, metadata) => {
    const { value, problems } = read(spec, metadata);
    expect(value.skip).toBe(skip);
    expect(value.clusterAddress).toEqual({ ipv4: undefined, ipv6: undefined });
    // It is as it should be, so nobody is warned.
    expect(problems).toEqual([]);
  });

  test('a Service with a cluster IP is not', () => {
    expect(read().value).not.toHaveProperty('skip');
    expect(read({ clusterIP: undefined, clusterIPs: ['10.96.0.10'] }).value).not.toHaveProperty('skip');
  });
});

describe('policies', () => {
  test.each([
    ['ClusterIP', undefined, 'Cluster'],
    ['NodePort', undefined, 'Local'],
    ['LoadBalancer', undefined, 'Local'],
    ['ClusterIP', ['192.0.2.1'], 'Local'],
    ['ClusterIP', [], 'Cluster'],
  ])('external Local of a %s with external IPs %j is %s', (type, externalIPs, policy) => {
    const spec = { type, externalIPs, externalTrafficPolicy: 'Local' };
    expect(read(spec).value.externalPolicy).toBe(policy);
  });

  test.each([
    ['LoadBalancer', 'Local', 31000],
    ['LoadBalancer', 'Cluster', undefined],
    ['NodePort', 'Local', undefined],
  ])('a health check port counts for %s with external %s: %s', (type, externalTrafficPolicy, expected) => {
    const { value } = read({ type, externalTrafficPolicy, healthCheckNodePort: 31000 });
    expect(value.healthCheckNodePort).toBe(expected);
  });

  test('affinity has 10800 seconds, unless it says otherwise; None has none', () => {
    expect(read({ sessionAffinity: 'ClientIP' }).value.affinitySeconds).toBe(10_800);
    const config = (timeoutSeconds: unknown) => ({ clientIP: { timeoutSeconds } });
    const seconds = (sessionAffinity: string, timeout: unknown) =>
      read({ sessionAffinity, sessionAffinityConfig: config(timeout) }).value.affinitySeconds;
    expect(seconds('ClientIP', 1)).toBe(1);
    expect(seconds('ClientIP', 86_400)).toBe(86_400);
    expect(seconds('ClientIP', null)).toBe(10_800);
    expect(seconds('None', 60)).toBeUndefined();
  });
});

describe('cluster IPs', () => {
  test.each([
    ['010.96.0.1', 'without leading zeros'],
    ['::ffff:10.96.0.1', 'not an IPv4 address in IPv6 form'],
    ['fe80::1%eth0', 'without a zone suffix'],
    [' 10.96.0.1', 'an IP address'],
    ['10.96.0.0/16', 'an IP address'],
    ['none', 'an IP address'],
  ])('%j is reported and has no rules', (clusterIP, expected) => {
    const { value, problems } = read({ clusterIP });
    expect(value.clusterAddress).toEqual({ ipv4: undefined, ipv6: undefined });
    expect(problems).toMatchObject([
      { file, kind: 'Service', namespace: 'shop', name: 'web', field: 'spec.clusterIP', value: clusterIP },
    ]);
    expect(problems[0]?.expected).toContain(expected);
  });

  test('one that is wrong leaves the other family alone', () => {
    const { value, problems } = read({ clusterIPs: ['10.96.0.10', 'fd00::zz'] });
    expect(value.clusterAddress).toEqual({ ipv4: '10.96.0.10', ipv6: undefined });
    expect(brief(problems)).toEqual(['spec.clusterIPs[1]: "fd00::zz"; no rules for this cluster IP']);
  });

  test('of a family other than ipFamilies says, and a second one of a family, are refused', () => {
    const swapped = read({ clusterIPs: ['fd00::1'], ipFamilies: ['IPv4'] });
    expect(swapped.value.clusterAddress.ipv6).toBeUndefined();
    expect(swapped.problems).toMatchObject([{ field: 'spec.clusterIPs[0]', expected: 'an IPv4 address' }]);
    const twice = read({ clusterIPs: ['10.96.0.10', '10.96.0.11'] });
    expect(twice.value.clusterAddress.ipv4).toBe('10.96.0.10');
    expect(twice.problems).toMatchObject([{ field: 'spec.clusterIPs[1]', value: '10.96.0.11' }]);
  });
});

describe('ports', () => {
  const ports = (...list: unknown[]) => {
    const { value, problems } = read({ ports: [{ name: 'ok', port: 9999 }, ...list] });
    expect(value.ports[0]).toMatchObject({ name: 'ok', port: 9999 });
    return { ports: value.ports.slice(1), problems };
  };

  test.each([
    [{ port: 0 }, 'spec.ports[1].port: 0; port left out'],
    [{ port: 65536 }, 'spec.ports[1].port: 65536; port left out'],
    [{ port: -1 }, 'spec.ports[1].port: -1; port left out'],
    [{ port: 80.5 }, 'spec.ports[1].port: 80.5; port left out'],
    [{ port: '80' }, 'spec.ports[1].port: "80"; port left out'],
    [{ port: 1e300 }, 'spec.ports[1].port: 1e+300; port left out'],
    [{}, 'spec.ports[1].port: undefined; port left out'],
    [{ port: 1, protocol: 'tcp' }, 'spec.ports[1].protocol: "tcp"; port left out'],
    [{ port: 1, nodePort: 65536 }, 'spec.ports[1].nodePort: 65536; port left out'],
    [{ port: 1, nodePort: -1 }, 'spec.ports[1].nodePort: -1; port left out'],
    [{ port: 1, targetPort: 65536 }, 'spec.ports[1].targetPort: 65536; port left out'],
    [{ port: 1, targetPort: true }, 'spec.ports[1].targetPort: true; port left out'],
    [{ port: 1, name: 'A' }, 'spec.ports[1].name: "A"; port left out'],
    [{ port: 1, name: 'a"\n-j ACCEPT' }, 'spec.ports[1].name: "a\\"\\n-j ACCEPT"; port left out'],
    [{ port: 1, name: 'a'.repeat(64) }, `spec.ports[1].name: "${'a'.repeat(64)}"; port left out`],
    [{ port: 1, name: 'a\n' }, 'spec.ports[1].name: "a\\n"; port left out'],
    [5, 'spec.ports[1]: 5; port left out'],
    [null, 'spec.ports[1]: null; port left out'],
  ])('%j is left out by itself', (port, line) => {
    const found = ports(port);
    expect(found.ports).toEqual([]);
    // A number may be wrong in two ways at once: not whole, and out of range.
    expect([...new Set(brief(found.problems))]).toEqual([line]);
    for (const { expected } of found.problems) expect(expected).not.toMatch(/invalid/i);
  });

  test('the edges are taken', () => {
    expect(ports({ port: 1, name: 'a', nodePort: 65535 }, { port: 65535, name: 'b' }).problems).toEqual([]);
  });

  test('a name is taken whatever the protocol, a number once for each protocol', () => {
    const { ports: kept, problems } = ports(
      { name: 'ok', port: 1 },
      { name: 'a', port: 9999 },
      { name: 'b', port: 2, nodePort: 30000 },
      { name: 'c', port: 3, nodePort: 30000 },
      { name: 'b', port: 4, protocol: 'UDP' },
      { name: 'd', port: 2, nodePort: 30000, protocol: 'UDP' },
    );
    expect(kept.map(({ name, protocol }) => `${name}/${protocol}`)).toEqual(['b/TCP', 'd/UDP']);
    expect(brief(problems)).toEqual([
      'spec.ports[1].name: "ok"; port left out',
      'spec.ports[2].port: 9999; port left out',
      'spec.ports[4].nodePort: 30000; port left out',
      'spec.ports[5].name: "b"; port left out',
    ]);
  });
});

describe('external and load-balancer addresses', () => {
  test('a wrong external IP is left out by itself', () => {
    const { value, problems } = read({ externalIPs: ['192.0.2.1', '010.0.0.1', 5, '::ffff:192.0.2.1'] });
    expect(value.externalAddresses).toEqual({ ipv4: ['192.0.2.1'], ipv6: [] });
    expect(brief(problems)).toEqual([
      'spec.externalIPs[1]: "010.0.0.1"; address left out',
      'spec.externalIPs[2]: 5; address left out',
      'spec.externalIPs[3]: "::ffff:192.0.2.1"; address left out',
    ]);
  });

  test('ingress of mode Proxy, or with only a host name, is not for the node', () => {
    const { value, problems } = read(
      { type: 'LoadBalancer' },
      {},
      {
        loadBalancer: {
          ingress: [
            { ip: '198.51.100.1', ipMode: 'Proxy' },
            { ip: '198.51.100.2', ipMode: 'VIP' },
            { hostname: 'lb.example.com' },
            { ip: '198.51.100.3', ports: [] },
            { ip: '' },
          ],
        },
      },
    );
    expect(value.loadBalancerAddresses.ipv4).toEqual(['198.51.100.2', '198.51.100.3']);
    expect(problems).toEqual([]);
  });

  test('wrong ingress is left out by itself', () => {
    const ingress = [{ ip: 'x' }, 5, { ip: '198.51.100.1', ipMode: 'vip' }, { ip: '198.51.100.2' }];
    const { value, problems } = read({ type: 'LoadBalancer' }, {}, { loadBalancer: { ingress } });
    expect(value.loadBalancerAddresses.ipv4).toEqual(['198.51.100.2']);
    expect(brief(problems)).toEqual([
      'status.loadBalancer.ingress[0].ip: "x"; address left out',
      'status.loadBalancer.ingress[1]: 5; ingress left out',
      'status.loadBalancer.ingress[2].ipMode: "vip"; ingress left out',
    ]);
  });
});

describe('source ranges', () => {
  const ranges = (...loadBalancerSourceRanges: unknown[]) => {
    const { value, problems } = read({ type: 'LoadBalancer', loadBalancerSourceRanges });
    const of = (family: 'ipv4' | 'ipv6') => ({
      cidrs: value.sourceRanges[family].cidrs.map(({ text }) => text),
      closed: value.sourceRanges[family].closed,
    });
    return { ipv4: of('ipv4'), ipv6: of('ipv6'), lines: brief(problems) };
  };
  const open = { cidrs: [], closed: false };
  const closed = { cidrs: [], closed: true };

  test('go to their family, in their order', () => {
    expect(ranges('192.0.2.0/24', 'fd00::/8', '10.0.0.0/8')).toEqual({
      ipv4: { cidrs: ['192.0.2.0/24', '10.0.0.0/8'], closed: false },
      ipv6: { cidrs: ['fd00::/8'], closed: false },
      lines: [],
    });
  });

  test('blanks around one are taken off, host bits cleared, with a warning', () => {
    expect(ranges(' 10.0.0.0/8', '192.0.2.7/24\n')).toEqual({
      ipv4: { cidrs: ['10.0.0.0/8', '192.0.2.0/24'], closed: false },
      ipv6: open,
      lines: [
        'spec.loadBalancerSourceRanges[0]: " 10.0.0.0/8"; read as 10.0.0.0/8',
        'spec.loadBalancerSourceRanges[1]: "192.0.2.7/24\\n"; read as 192.0.2.0/24',
      ],
    });
  });

  test('/0 opens its family, whatever else there is, and only its own', () => {
    expect(ranges('10.0.0.0/8', '0.0.0.0/0', 'fd00::/8', 'bad')).toMatchObject({
      ipv4: open,
      ipv6: { cidrs: ['fd00::/8'], closed: false },
    });
    expect(ranges('::/0')).toEqual({ ipv4: open, ipv6: open, lines: [] });
  });

  test.each(['10.0.0.0', '10.0.0.0/33', '010.0.0.0/8', '', '10.0.0.0/8,fd00::/8', 5, null, {}])(
    'nothing but %j, which cannot be read, lets nobody in',
    (bad) => {
      const found = ranges(bad);
      expect(found).toMatchObject({ ipv4: closed, ipv6: closed });
      expect(found.lines).toEqual([
        `spec.loadBalancerSourceRanges[0]: ${JSON.stringify(bad)}; range left out`,
      ]);
    },
  );

  test('one that cannot be read beside one that can narrows, and closes the other family', () => {
    expect(ranges('bad', '10.0.0.0/8')).toMatchObject({
      ipv4: { cidrs: ['10.0.0.0/8'], closed: false },
      ipv6: closed,
    });
  });
});

describe('what leaves out the whole Service', () => {
  test.each([
    [{ ports: '80' }, 'spec.ports'],
    [{ ports: { 0: { port: 80 } } }, 'spec.ports'],
    [{ type: 'clusterip' }, 'spec.type'],
    [{ clusterIP: 5 }, 'spec.clusterIP'],
    [{ clusterIPs: '10.96.0.10' }, 'spec.clusterIPs'],
    [{ clusterIPs: [5] }, 'spec.clusterIPs[0]'],
    [{ ipFamilies: ['ipv4'] }, 'spec.ipFamilies[0]'],
    [{ externalIPs: '192.0.2.1' }, 'spec.externalIPs'],
    [{ loadBalancerSourceRanges: '10.0.0.0/8' }, 'spec.loadBalancerSourceRanges'],
    [{ internalTrafficPolicy: 'local' }, 'spec.internalTrafficPolicy'],
    [{ externalTrafficPolicy: true }, 'spec.externalTrafficPolicy'],
    [{ healthCheckNodePort: 65536 }, 'spec.healthCheckNodePort'],
    [{ sessionAffinity: 'clientip' }, 'spec.sessionAffinity'],
    [{ sessionAffinityConfig: { clientIP: { timeoutSeconds: 0 } } }, 'clientIP.timeoutSeconds'],
    [{ sessionAffinityConfig: { clientIP: { timeoutSeconds: 86_401 } } }, 'clientIP.timeoutSeconds'],
    [{ selector: { app: 5 } }, 'spec.selector.app'],
    [{ publishNotReadyAddresses: 'true' }, 'spec.publishNotReadyAddresses'],
  ])('%j', (spec, field) => {
    const problems = refused(service(spec));
    expect(problems).toHaveLength(1);
    expect(problems[0]?.field.endsWith(field)).toBe(true);
    expect(problems[0]).toMatchObject({ namespace: 'shop', name: 'web', effect: 'Service left out' });
  });

  test.each([
    [{ name: 'a"b' }, 'metadata.name'],
    [{ name: 'web\n-A INPUT -j ACCEPT' }, 'metadata.name'],
    [{ name: 'web -j ACCEPT' }, 'metadata.name'],
    [{ name: '-j' }, 'metadata.name'],
    [{ name: 'web-' }, 'metadata.name'],
    [{ name: 'Web' }, 'metadata.name'],
    [{ name: 'a.b' }, 'metadata.name'],
    [{ name: '' }, 'metadata.name'],
    [{ name: 'a'.repeat(300) }, 'metadata.name'],
    [{ name: 5 }, 'metadata.name'],
    [{ name: undefined }, 'metadata.name'],
    [{ namespace: 'a\\b' }, 'metadata.namespace'],
    [{ namespace: '' }, 'metadata.namespace'],
    [{ namespace: 5 }, 'metadata.namespace'],
    [{ labels: 'a=b' }, 'metadata.labels'],
    [{ labels: { a: 5 } }, 'metadata.labels.a'],
  ])('metadata %j', (metadata, field) => {
    expect(refused(service({}, metadata)).map((problem) => problem.field)).toEqual([field]);
  });

  test.each([
    [{ spec: undefined }],
    [{ spec: null }],
    [{ spec: [] }],
    [{ metadata: null }],
    [{ metadata: 'x' }],
  ])('%j', (over) => {
    const { metadata, ...rest } = service();
    expect(refused({ metadata, ...rest, ...over })).toHaveLength(1);
  });

  test('every field that is wrong is named', () => {
    const problems = refused(service({ type: 'x', selector: [] }, { name: 'A' }));
    expect(problems.map(({ field }) => field).sort()).toEqual([
      'metadata.name',
      'spec.selector',
      'spec.type',
    ]);
  });
});
