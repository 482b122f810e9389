import type { Namespace, NamespaceCondition } from "../../../gen/typernetes/core/v1/namespace.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import type { KubernetesObject } from "../../../lib/client/resource-client.ts";

/** Objects of one kind that are still in a namespace. */
export interface Remaining {
  group: string;
  plural: string;
  objects: KubernetesObject[];
}

/** The namespace's conditions while it is being emptied; undefined when they are so already. */
export function deletionConditions(
  namespace: Namespace,
  remaining: readonly Remaining[],
  failures: readonly unknown[],
  nowMs: number,
): NamespaceCondition[] | undefined {
  const before = namespace.status?.conditions ?? [];
  const conditions = [
    condition(
      "NamespaceDeletionDiscoveryFailure",
      undefined,
      "ResourcesDiscovered",
      "All resources successfully discovered",
    ),
    condition(
      "NamespaceDeletionGroupVersionParsingFailure",
      undefined,
      "ParsedGroupVersions",
      "All legacy kube types successfully parsed",
    ),
    failures.length > 0
      ? condition(
          "NamespaceDeletionContentFailure",
          "ContentDeletionFailed",
          "",
          `Failed to delete all resource types, ${failures.length} remaining: ${failures.map(String).join(", ")}`,
        )
      : condition(
          "NamespaceDeletionContentFailure",
          undefined,
          "ContentDeleted",
          "All content successfully deleted, may be waiting on finalization",
        ),
    contentRemaining(remaining),
    finalizersRemaining(remaining),
  ];
  const changed = conditions.map((next) => {
    const old = before.find(({ type }) => type === next.type);
    return { ...next, lastTransitionTime: old?.status === next.status ? old?.lastTransitionTime : rfc3339(nowMs) };
  });
  const others = before.filter(({ type }) => !conditions.some((next) => next.type === type));
  const all = [...others, ...changed];
  return deepEqual(all, before) ? undefined : all;
}

function condition(
  type: string,
  trueReason: string | undefined,
  falseReason: string,
  message: string,
): NamespaceCondition {
  return { type, status: trueReason ? "True" : "False", reason: trueReason ?? falseReason, message };
}

function contentRemaining(remaining: readonly Remaining[]): NamespaceCondition {
  if (remaining.length === 0)
    return condition("NamespaceContentRemaining", undefined, "ContentRemoved", "All content successfully removed");
  const parts = remaining.map(
    ({ group, plural, objects }) => `${plural}.${group} has ${objects.length} resource instances`,
  );
  return condition(
    "NamespaceContentRemaining",
    "SomeResourcesRemain",
    "",
    `Some resources are remaining: ${parts.join(", ")}`,
  );
}

function finalizersRemaining(remaining: readonly Remaining[]): NamespaceCondition {
  const counts = new Map<string, number>();
  for (const { objects } of remaining) {
    for (const object of objects) {
      for (const name of object.metadata?.finalizers ?? []) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  if (counts.size === 0) {
    return condition(
      "NamespaceFinalizersRemaining",
      undefined,
      "ContentHasNoFinalizers",
      "All content-preserving finalizers finished",
    );
  }
  const parts = [...counts].map(([name, count]) => `${name} in ${count} resource instances`);
  return condition(
    "NamespaceFinalizersRemaining",
    "SomeFinalizersRemain",
    "",
    `Some content in the namespace has finalizers remaining: ${parts.join(", ")}`,
  );
}
