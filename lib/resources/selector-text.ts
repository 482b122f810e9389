import type { LabelSelector, LabelSelectorRequirement } from "../../gen/typernetes/meta/v1/selector.ts";

/** A label selector as text, `app=web,tier in (a,b),!canary`: conditions by key. Empty when it selects everything. */
export function selectorText(selector: LabelSelector | undefined): string {
  const conditions = [
    ...Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => ({ key, text: `${key}=${value}` })),
    ...(selector?.matchExpressions ?? []).map((it) => ({ key: it.key ?? "", text: requirementText(it) })),
  ];
  return conditions
    .sort((left, right) => (left.key < right.key ? -1 : left.key > right.key ? 1 : 0))
    .map((it) => it.text)
    .join(",");
}

function requirementText({ key = "", operator, values = [] }: LabelSelectorRequirement): string {
  if (operator === "Exists") return key;
  if (operator === "DoesNotExist") return `!${key}`;
  return `${key} ${operator === "NotIn" ? "notin" : "in"} (${[...values].sort().join(",")})`;
}
