// Real kernels for tests: an empty network namespace for each call, gone when it ends.
import { execa } from 'execa';

export interface LoadedRules {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

const tools = { ipv4: 'iptables', ipv6: 'ip6tables' } as const;

/** Variants of iptables that a node may have. */
export const variants = ['nft', 'legacy'] as const;
export type Variant = (typeof variants)[number];

/** Loads rules into an empty namespace and returns what iptables-save shows there. */
export function loadAndSave(
  rules: string,
  family: 'ipv4' | 'ipv6',
  variant: Variant = 'nft',
): Promise<LoadedRules> {
  const tool = `${tools[family]}-${variant}`;
  return run(`${tool}-restore --noflush && ${tool}-save`, rules);
}

/** Whether the kernel would take the rules; nothing is loaded. */
export function testRules(
  rules: string,
  family: 'ipv4' | 'ipv6',
  variant: Variant = 'nft',
): Promise<LoadedRules> {
  return run(`${tools[family]}-${variant}-restore --noflush --test`, rules);
}

async function run(script: string, input: string): Promise<LoadedRules> {
  const { exitCode, stdout, stderr } = await execa('unshare', ['-n', 'sh', '-c', script], {
    input,
    reject: false,
    maxBuffer: 500_000_000,
    timeout: 60_000,
  });
  return { exitCode, stdout, stderr };
}
