import { compileRuleset } from './iptables/compile-ruleset.ts';
import { printRuleset } from './iptables/print-ruleset.ts';
import type { Ruleset } from './iptables/rule.ts';
import type { Manifest } from './kube/collect-objects.ts';
import { parseManifest } from './kube/parse-manifest.ts';
import { readCluster } from './kube/read-cluster.ts';
import { checkProxyConfig, readProxyConfig } from './kube/read-proxy-config.ts';
import { type ConfigOverrides, settingsFromConfig } from './kube/settings-from-config.ts';
import type { Cluster } from './model/cluster.ts';
import { families as bothFamilies, type Family } from './model/family.ts';
import { type Problem, problemLine } from './model/problem.ts';
import type { Settings } from './model/settings.ts';
import { UserError } from './model/user-error.ts';
import { reportConflicts } from './plan/find-conflicts.ts';
import { makePlan } from './plan/make-plan.ts';
import { chooseNode, viewNode } from './plan/node-view.ts';
import type { Plan } from './plan/plan.ts';

/** A manifest as text (YAML or JSON), or as objects already parsed. `file` is its name in problems. */
export type ManifestSource =
  | { readonly file?: string; readonly text: string }
  | { readonly file?: string; readonly documents: Iterable<unknown> };

export interface CompileRequest {
  /** Consumed once, one at a time. */
  readonly manifests: Iterable<ManifestSource>;
  /** KubeProxyConfiguration, as text or as the object. */
  readonly config?: string | object;
  /** Name of the configuration in errors. */
  readonly configFile?: string;
  /** What kube-proxy's flags would say over the configuration. */
  readonly overrides?: ConfigOverrides;
  /** Both, unless one is asked for. */
  readonly families?: readonly Family[];
}

/** One family's decisions and rules. */
export interface CompiledFamily {
  readonly family: Family;
  readonly plan: Plan;
  readonly ruleset: Ruleset;
  /** The input for `iptables-restore --noflush` or `ip6tables-restore --noflush`, in pieces. */
  print(): Iterable<string>;
}

export interface CompileResult {
  /** The node whose rules these are. */
  readonly node: string;
  readonly cluster: Cluster;
  readonly families: readonly CompiledFamily[];
  /** What was wrong with the input, and what was done about it. */
  readonly problems: readonly Problem[];
}

/**
 * Compiles a cluster's Services into one node's rules. Pure but for reading the templates: neither the host nor
 * a cluster is asked for anything.
 *
 * @throws UserError when a manifest cannot be read at all, the configuration is wrong, or the node is not known.
 */
export function compile(request: CompileRequest): CompileResult {
  const settings = readSettings(request);
  const problems: Problem[] = [];
  const report = (problem: Problem): void => void problems.push(problem);
  const cluster = readCluster(readManifests(request.manifests), report);
  const node = chooseNode(cluster, settings);
  const families = (request.families ?? bothFamilies).map((family) => {
    const plan = makePlan(cluster, viewNode(cluster, settings, node, family));
    reportConflicts(plan, cluster, report);
    const ruleset = compileRuleset(plan, settings);
    return { family, plan, ruleset, print: () => printRuleset(ruleset) };
  });
  return { node, cluster, families, problems: distinct(problems) };
}

/** Without repetition: what is wrong with a node port, say, is wrong in both families. */
function distinct(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [problemLine(problem), problem])).values()];
}

function readSettings({ config, configFile = 'configuration', overrides }: CompileRequest): Settings {
  const read =
    typeof config === 'string'
      ? readProxyConfig(config, configFile)
      : config && checkProxyConfig(config, configFile);
  const settings = settingsFromConfig(read ?? {}, overrides, configFile);
  if (settings.mode === 'nftables')
    throw new UserError('mode nftables is not there yet; use --mode iptables');
  return settings;
}

function* readManifests(sources: Iterable<ManifestSource>): Generator<Manifest> {
  let found = false;
  function* seen(documents: Iterable<unknown>): Generator<unknown> {
    for (const document of documents) {
      found = true;
      yield document;
    }
  }
  for (const source of sources) {
    const file = source.file === undefined ? {} : { file: source.file };
    const documents =
      'text' in source ? parseManifest(source.text, source.file ?? 'input') : source.documents;
    yield { ...file, documents: seen(documents) };
  }
  if (!found) throw new UserError('no Kubernetes object in the input');
}
