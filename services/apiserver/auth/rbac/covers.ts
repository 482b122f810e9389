import type { PolicyRule } from "../../../../gen/typernetes/rbac/v1/cluster_role.ts";
import { matchesPath } from "./rule-set.ts";

/** Whether everything that a rule allows is allowed by `held`. */
export function coversRule(held: readonly PolicyRule[], rule: PolicyRule): boolean {
  return uncovered(held, [rule]).length === 0;
}

/** The parts of `wanted` that `held` does not allow, each about one verb, group, resource, name or path. */
export function uncovered(held: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  return wanted.flatMap(singleRules).filter((single) => !held.some((rule) => coversSingle(rule, single)));
}

function singleRules(rule: PolicyRule): PolicyRule[] {
  const { verbs = [], apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const found: PolicyRule[] = [];
  for (const verb of verbs) {
    for (const path of nonResourceURLs) found.push({ verbs: [verb], nonResourceURLs: [path] });
    for (const group of apiGroups) {
      for (const resource of resources) {
        const single = { verbs: [verb], apiGroups: [group], resources: [resource] };
        if (resourceNames.length === 0) found.push(single);
        for (const name of resourceNames) found.push({ ...single, resourceNames: [name] });
      }
    }
  }
  return found;
}

function coversSingle(rule: PolicyRule, single: PolicyRule): boolean {
  if (!has(rule.verbs, single.verbs?.[0])) return false;
  const path = single.nonResourceURLs?.[0];
  if (path !== undefined) return (rule.nonResourceURLs ?? []).some((pattern) => matchesPath(pattern, path));
  return (
    has(rule.apiGroups, single.apiGroups?.[0]) &&
    hasResource(rule.resources ?? [], single.resources?.[0] ?? "") &&
    hasName(rule.resourceNames ?? [], single.resourceNames?.[0])
  );
}

function has(list: readonly string[] = [], wanted: string | undefined): boolean {
  return list.includes("*") || (wanted !== undefined && list.includes(wanted));
}

function hasResource(list: readonly string[], wanted: string): boolean {
  if (list.includes("*") || list.includes(wanted)) return true;
  const slash = wanted.indexOf("/");
  return slash > 0 && list.includes(`*${wanted.slice(slash)}`);
}

function hasName(list: readonly string[], wanted: string | undefined): boolean {
  return list.length === 0 || (wanted !== undefined && list.includes(wanted));
}
