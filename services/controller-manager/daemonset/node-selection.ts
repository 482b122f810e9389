import type { Node } from "../../../gen/typernetes/core/v1/node.ts";
import type { PodSpec } from "../../../gen/typernetes/core/v1/pod.ts";
import type { NodeSelectorRequirement, NodeSelectorTerm } from "../../../gen/typernetes/core/v1/reference.ts";
import { tolerates } from "../pods/tolerations.ts";

/** What is to become of a daemon's pod on a node. */
export interface NodeVerdict {
  /** A pod is to be there. */
  runs: boolean;
  /** A pod that is there may stay. */
  stays: boolean;
}

/** Judges a node by the name, selector, affinity and tolerations of a daemon's pods (`daemonPodSpec`). */
export function judgeNode(spec: PodSpec, node: Node): NodeVerdict {
  const name = node.metadata?.name ?? "";
  if ((spec.nodeName && spec.nodeName !== name) || !isSelected(spec, node)) return { runs: false, stays: false };
  const tolerations = spec.tolerations ?? [];
  const repelling = (node.spec?.taints ?? []).filter(
    (taint) =>
      (taint.effect === "NoSchedule" || taint.effect === "NoExecute") &&
      !tolerations.some((toleration) => tolerates(toleration, taint)),
  );
  return { runs: repelling.length === 0, stays: repelling.every((taint) => taint.effect !== "NoExecute") };
}

function isSelected({ nodeSelector = {}, affinity }: PodSpec, { metadata }: Node): boolean {
  const labels = metadata?.labels ?? {};
  if (!Object.entries(nodeSelector).every(([key, value]) => labels[key] === value)) return false;
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return !required || (required.nodeSelectorTerms ?? []).some((term) => meetsTerm(term, metadata?.name ?? "", labels));
}

function meetsTerm(
  { matchExpressions = [], matchFields = [] }: NodeSelectorTerm,
  name: string,
  labels: Readonly<Record<string, string>>,
): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  return (
    matchExpressions.every((requirement) => meets(requirement, labels[requirement.key ?? ""])) &&
    matchFields.every((requirement) => requirement.key === "metadata.name" && meets(requirement, name))
  );
}

function meets({ operator, values = [] }: NodeSelectorRequirement, value: string | undefined): boolean {
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
      return isInteger(value) && Number(value) > Number(values[0]);
    case "Lt":
      return isInteger(value) && Number(value) < Number(values[0]);
    default:
      return false;
  }
}

function isInteger(value: string | undefined): boolean {
  return value !== undefined && /^-?\d+$/.test(value);
}
