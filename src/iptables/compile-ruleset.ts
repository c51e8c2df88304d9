import type { Settings } from '../model/settings.ts';
import type { Plan } from '../plan/plan.ts';
import { baseRules } from './base-rules.ts';
import { compileOptions } from './compile-options.ts';
import type { Ruleset } from './rule.ts';
import { serviceRules } from './service-rules.ts';

/** A plan's complete rules for iptables. */
export function compileRuleset(plan: Plan, settings: Settings): Ruleset {
  const options = compileOptions(settings, plan);
  return {
    family: plan.family,
    base: baseRules(plan.node, options),
    services: plan.servicePorts.map((port) => serviceRules(port, plan.node, options)),
  };
}
