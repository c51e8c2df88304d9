/**
 * kube-chains as a library: `compile` turns manifests into one node's rules.
 *
 *     import { compile } from 'kube-chains';
 *     const { families, problems } = compile({ manifests: [{ file: 'shop.yaml', text }] });
 *     for (const { family, print } of families) console.log(family, [...print()].join(''));
 */
export {
  type CompiledFamily,
  type CompileRequest,
  type CompileResult,
  compile,
  type ManifestSource,
} from './compile.ts';
export { type Grouped, groupByService } from './iptables/group-by-service.ts';
export type { Match } from './iptables/match.ts';
export { type ParsedRule, type ParsedTable, ParseError, parseTables } from './iptables/parse-tables.ts';
export { printRuleset } from './iptables/print-ruleset.ts';
export type {
  BaseRules,
  Chain,
  Rule,
  Ruleset,
  ServiceRules,
  SharedRule,
  TableName,
} from './iptables/rule.ts';
export type { Target } from './iptables/target.ts';
export type { ConfigOverrides } from './kube/settings-from-config.ts';
export type { Cluster, Node } from './model/cluster.ts';
export type { EndpointSlice, SliceEndpoint, SlicePort } from './model/endpoint-slice.ts';
export type { Family } from './model/family.ts';
export { type Problem, problemLine } from './model/problem.ts';
export type { PortSpec, Protocol, Service, TrafficPolicy } from './model/service.ts';
export { UserError } from './model/user-error.ts';
export type { ClusterReason, EndpointChoice, LocalReason } from './plan/choose-endpoints.ts';
export type { LocalTraffic, NodePortScope, NodeView } from './plan/node-view.ts';
export type { Plan, PlannedServicePort, SourceFilter, Verdict } from './plan/plan.ts';
export type { PlannedEndpoint } from './plan/planned-endpoint.ts';
