import { join } from 'node:path';
import { execa } from 'execa';

const main = join(import.meta.dirname, '../../src/cli/main.ts');

export interface CliResult {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly cwd?: string;
}

/** Runs kube-chains from source, as a process of its own; the last argument may be options. */
export async function runCli(...args: readonly (string | CliOptions)[]): Promise<CliResult> {
  const last = args.at(-1);
  const options = typeof last === 'object' ? last : {};
  const words = args.filter((arg) => typeof arg === 'string');
  const tsx = import.meta.resolve('tsx');
  const { exitCode, stdout, stderr } = await execa(process.execPath, ['--import', tsx, main, ...words], {
    reject: false,
    env: { NO_COLOR: '1', ...options.env },
    ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  return { exitCode, stdout: stdout ?? '', stderr: stderr ?? '' };
}
