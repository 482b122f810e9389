import type { Namespace, NamespaceCondition } from "../../../gen/typernetes/core/v1/namespace.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import type { KubernetesObject } from "../../../lib/client/resource-client.ts";

/** Objects of one kind that are still in a namespace. */
export interface Remaining {
  group: string;
  plural: string;
  objects: readonly KubernetesObject[];
}

/** How far a namespace is emptied. */
export interface Emptying {
  remaining: Remaining[];
  /** Why objects could not be deleted or looked for. */
  failures: unknown[];
  /** Group versions of which is not known what they have. */
  undiscovered: readonly string[];
  /** What is wrong with names of group versions. */
  misnamed: readonly string[];
}

/** The namespace's conditions while it is being emptied; undefined when they are so already. */
export function deletionConditions(
  namespace: Namespace,
  { remaining, failures, undiscovered, misnamed }: Emptying,
  nowMs: number,
): NamespaceCondition[] | undefined {
  const before = namespace.status?.conditions ?? [];
  const conditions = [
    discovery(undiscovered),
    groupVersions(misnamed),
    content(failures),
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

function discovery(failed: readonly string[]): NamespaceCondition {
  const type = "NamespaceDeletionDiscoveryFailure";
  if (failed.length === 0)
    return condition(type, undefined, "ResourcesDiscovered", "All resources successfully discovered");
  const all = failed.map((groupVersion) => `${groupVersion}: stale GroupVersion discovery: ${groupVersion}`).join(", ");
  const message = `Discovery failed for some groups, ${failed.length} failing: unable to retrieve the complete list of server APIs: ${all}`;
  return condition(type, "DiscoveryFailed", "", message);
}

function groupVersions(misnamed: readonly string[]): NamespaceCondition {
  const type = "NamespaceDeletionGroupVersionParsingFailure";
  return misnamed.length > 0
    ? condition(type, "GroupVersionParsingFailed", "", misnamed.join(", "))
    : condition(type, undefined, "ParsedGroupVersions", "All legacy kube types successfully parsed");
}

function content(failures: readonly unknown[]): NamespaceCondition {
  const type = "NamespaceDeletionContentFailure";
  if (failures.length === 0) {
    const message = "All content successfully deleted, may be waiting on finalization";
    return condition(type, undefined, "ContentDeleted", message);
  }
  const all = failures.map((error) => (error instanceof Error ? error.message : String(error))).sort();
  const message = `Failed to delete all resource types, ${all.length} remaining: ${all.join(", ")}`;
  return condition(type, "ContentDeletionFailed", "", message);
}

function contentRemaining(remaining: readonly Remaining[]): NamespaceCondition {
  if (remaining.length === 0)
    return condition("NamespaceContentRemaining", undefined, "ContentRemoved", "All content successfully removed");
  const parts = remaining
    .map(({ group, plural, objects }) => `${plural}.${group} has ${objects.length} resource instances`)
    .sort();
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
  const parts = [...counts].map(([name, count]) => `${name} in ${count} resource instances`).sort();
  return condition(
    "NamespaceFinalizersRemaining",
    "SomeFinalizersRemain",
    "",
    `Some content in the namespace has finalizers remaining: ${parts.join(", ")}`,
  );
}
