import { join } from 'node:path';
import { compile } from '../../compile.ts';
import { parseManifest } from '../../kube/parse-manifest.ts';
import { readCluster } from '../../kube/read-cluster.ts';
import { checkProxyConfig } from '../../kube/read-proxy-config.ts';
import type { Problem } from '../../model/problem.ts';
import { UserError } from '../../model/user-error.ts';
import { readInput } from '../read-input.ts';
import { ruleFiles } from '../rule-files.ts';

export interface CompiledScenario {
  /** Path of each rule file that the scenario should hold → its text. */
  readonly files: ReadonlyMap<string, string>;
  readonly problems: readonly Problem[];
}

interface Document {
  readonly file: string;
  readonly documents: readonly unknown[];
}

const isConfig = (document: unknown): boolean =>
  (document as { kind?: unknown } | null)?.kind === 'KubeProxyConfiguration';

/**
 * Compiles a scenario folder: its manifests, under the KubeProxyConfiguration that lies among them if there is
 * one. With several Nodes, each gets a folder of its own, unless the configuration names one.
 *
 * @throws UserError when the input cannot be read at all.
 */
export function compileScenario(folder: string): CompiledScenario {
  const parsed: Document[] = [];
  const configs: { file: string; document: object }[] = [];
  for (const source of readInput([folder])) {
    const file = source.file ?? folder;
    const documents = [...('text' in source ? parseManifest(source.text, file) : source.documents)];
    for (const document of documents.filter(isConfig)) configs.push({ file, document: document as object });
    parsed.push({ file, documents: documents.filter((document) => !isConfig(document)) });
  }
  const [config, second] = configs;
  if (second)
    throw new UserError(`${second.file}: a second KubeProxyConfiguration beside the one of ${config?.file}`);
  const nodes = nodesOf(parsed, config);
  const files = new Map<string, string>();
  const problems: Problem[] = [];
  for (const node of nodes) {
    const result = compile({
      manifests: parsed,
      ...(config ? { config: config.document, configFile: config.file } : {}),
      ...(node === undefined ? {} : { overrides: { hostnameOverride: node } }),
    });
    problems.push(...result.problems);
    const place = nodes.length > 1 && node !== undefined ? join(folder, node) : folder;
    for (const { family, print } of result.families)
      files.set(join(place, ruleFiles[family]), [...print()].join(''));
  }
  return { files, problems };
}

/** The nodes to compile for; undefined leaves it to the configuration, or to the one Node that there is. */
function nodesOf(
  parsed: readonly Document[],
  config: { file: string; document: object } | undefined,
): (string | undefined)[] {
  if (config && checkProxyConfig(config.document, config.file).hostnameOverride) return [undefined];
  // Its problems are reported when it is compiled.
  const { nodes } = readCluster(parsed, () => {});
  return nodes.size > 1 ? [...nodes.keys()].sort() : [undefined];
}
