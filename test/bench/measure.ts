import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Measurement {
  /** Wall time of the whole process. */
  readonly seconds: number;
  /** Largest resident set of the process or a child of it, in bytes. */
  readonly peakBytes: number;
}

// Python's wait4 gives the peak of a finished child; Node has no such call, and GNU time may not be installed.
const wrapper = `
import os, sys, time
start = time.monotonic()
pid = os.fork()
if pid == 0: os.execvp(sys.argv[2], sys.argv[2:])
_, status, usage = os.wait4(pid, 0)
seconds = time.monotonic() - start
open(sys.argv[1], 'w').write(f'{seconds} {usage.ru_maxrss * 1024}')
sys.exit(os.waitstatus_to_exitcode(status))
`;

/** Runs a command with its output in a file, and measures it. @throws Error when it fails. */
export function measure(command: readonly string[], output: string): Measurement {
  const figures = join(tmpdir(), `kube-chains-measure-${process.pid}`);
  const file = openSync(output, 'w');
  const { status, stderr } = spawnSync('python3', ['-c', wrapper, figures, ...command], {
    stdio: ['ignore', file, 'pipe'],
  });
  closeSync(file);
  if (status !== 0) throw new Error(`${command.join(' ')}: exit code ${status}: ${stderr}`);
  const [seconds, peakBytes] = readFileSync(figures, 'utf8').split(' ').map(Number);
  rmSync(figures);
  return { seconds: seconds as number, peakBytes: peakBytes as number };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
