import type { NodeAffinity, PodSpec } from "../../../gen/typernetes/core/v1/pod.ts";
import type { NodeSelectorTerm } from "../../../gen/typernetes/core/v1/reference.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { semanticEqual } from "../../api/semantic-equal.ts";

const required = "requiredDuringSchedulingIgnoredDuringExecution";

/**
 * Of a pod that still waits at its scheduling gates the choice of nodes may be narrowed. Checks that it only was, and
 * answers the specification as if it were not.
 */
export function withoutGatedChanges(spec: PodSpec, old: PodSpec, errors: FieldErrors): PodSpec {
  const selector = old.nodeSelector ?? {};
  if (Object.entries(selector).some(([key, value]) => spec.nodeSelector?.[key] !== value))
    errors.invalid(
      "spec.nodeSelector",
      spec.nodeSelector ?? {},
      "only additions to spec.nodeSelector are allowed (no mutations or deletions)",
    );
  const now = spec.affinity?.nodeAffinity;
  const before = old.affinity?.nodeAffinity;
  if (!semanticEqual("core.v1.NodeAffinity", now, before)) validateNodeAffinityChange(now, before, errors);
  const affinity = { ...spec.affinity, nodeAffinity: before };
  const nothingLeft = isEmpty(affinity) && isEmpty(old.affinity);
  return { ...spec, nodeSelector: old.nodeSelector, affinity: nothingLeft ? old.affinity : affinity };
}

function isEmpty(value: object | undefined): boolean {
  return value === undefined || Object.values(value).every((it) => it === undefined);
}

function validateNodeAffinityChange(
  now: NodeAffinity | undefined,
  old: NodeAffinity | undefined,
  errors: FieldErrors,
): void {
  const before = old?.[required]?.nodeSelectorTerms ?? [];
  const terms = now?.[required]?.nodeSelectorTerms ?? [];
  const path = `spec.affinity.nodeAffinity.${required}.nodeSelectorTerms`;
  if (before.length === 0) return;
  if (before.length !== terms.length) {
    errors.invalid(path, terms, "no additions/deletions to non-empty NodeSelectorTerms list are allowed");
    return;
  }
  for (const [index, term] of before.entries())
    if (!hasOnlyAdditions(terms[index] ?? {}, term))
      errors.invalid(`${path}[${index}]`, terms[index], "only additions are allowed (no mutations or deletions)");
}

function hasOnlyAdditions(term: NodeSelectorTerm, old: NodeSelectorTerm): boolean {
  const wasEmpty = !old.matchExpressions?.length && !old.matchFields?.length;
  // A term without conditions matches nothing: a condition would make it match more.
  if (wasEmpty) return !term.matchExpressions?.length && !term.matchFields?.length;
  return startsWith(term.matchExpressions, old.matchExpressions) && startsWith(term.matchFields, old.matchFields);
}

function startsWith(list: readonly object[] = [], start: readonly object[] = []): boolean {
  return (
    list.length >= start.length &&
    start.every((item, index) => semanticEqual("core.v1.NodeSelectorRequirement", list[index], item))
  );
}
