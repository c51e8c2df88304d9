// npm run bench: whole processes, ours beside the bare tool, run in turn so that both meet the same machine.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeCluster } from './make-cluster.ts';
import { type Measurement, measure, median } from './measure.ts';

const runs = 5;
const sizes = [
  { services: 1_000, endpoints: 10 },
  { services: 10_000, endpoints: 10 },
] as const;
const mib = 1024 * 1024;

const folder = mkdtempSync(join(tmpdir(), 'kube-chains-bench-'));
const command = [process.execPath, join(import.meta.dirname, '../../dist/cli.js')];

function row(name: string, measurements: readonly Measurement[]): string {
  const seconds = measurements.map((m) => m.seconds);
  const peak = median(measurements.map((m) => m.peakBytes)) / mib;
  const spread = `${Math.min(...seconds).toFixed(2)} to ${Math.max(...seconds).toFixed(2)}`;
  return `  ${name.padEnd(34)} ${median(seconds).toFixed(2)} s (${spread})  peak ${peak.toFixed(0)} MiB`;
}

try {
  for (const { services, endpoints } of sizes) {
    const cluster = join(folder, `${services}.json`);
    const rules = join(folder, `${services}.rules`);
    writeCluster(cluster, services, endpoints);
    const compile = [
      ...command,
      'compile',
      '-f',
      cluster,
      '--family',
      'ipv4',
      '--cluster-cidr',
      '100.0.0.0/8',
      '-q',
    ];
    measure(compile, rules);
    const ours: Measurement[] = [];
    const bare: Measurement[] = [];
    for (let i = 0; i < runs; i++) {
      ours.push(measure(compile, rules));
      bare.push(measure(['unshare', '-n', 'iptables-legacy-restore', '--noflush', rules], '/dev/null'));
    }
    const ratios = ours.map(({ seconds }, i) => seconds / (bare[i] as Measurement).seconds);
    console.log(`${services} services x ${endpoints} endpoints, ${runs} runs`);
    console.log(row('compile from a JSON file', ours));
    console.log(row('iptables-legacy-restore', bare));
    console.log(`  ratio ${median(ratios).toFixed(2)} (at most 1.00 is wanted)\n`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
