import type { DaemonSet } from "../../../gen/typernetes/apps/v1/daemon_set.ts";
import type { Deployment } from "../../../gen/typernetes/apps/v1/deployment.ts";
import type { StatefulSet } from "../../../gen/typernetes/apps/v1/stateful_set.ts";
import type { PodTemplateSpec } from "../../../gen/typernetes/core/v1/pod_template.ts";
import { isRecord } from "../../../lib/api/records.ts";
import { type ApiObject, type ResourceInfo, resourceByPlural } from "../../../lib/api/resource-info.ts";

/** A kind of the contracts that this program knows by name. */
export function knownKind(group: string, plural: string): ResourceInfo {
  const info = resourceByPlural(group, "v1", plural);
  if (!info) throw new Error(`the contracts have no ${plural}`);
  return info;
}

/** Kinds that roll out: their revisions are kept. */
export type Rolling =
  | { readonly kind: "Deployment"; readonly object: Deployment }
  | { readonly kind: "DaemonSet"; readonly object: DaemonSet }
  | { readonly kind: "StatefulSet"; readonly object: StatefulSet };

/** The object as what its kind says it is; undefined for kinds that do not roll out. */
export function asRolling(info: ResourceInfo, object: ApiObject): Rolling | undefined {
  if (info.group !== "apps") return undefined;
  switch (info.kind) {
    case "Deployment":
    case "DaemonSet":
    case "StatefulSet":
      return { kind: info.kind, object };
    default:
      return undefined;
  }
}

/** Where the pod template of a kind is, and the template; undefined for kinds without one. */
export function podTemplateOf(
  info: ResourceInfo,
  object: ApiObject,
): { path: string[]; template: PodTemplateSpec } | undefined {
  const path = templatePath(info.kind);
  let place: unknown = object;
  for (const step of path ?? []) place = isRecord(place) ? place[step] : undefined;
  // The contract of the kind puts a template there, or the pod itself.
  return path && isRecord(place) ? { path, template: place as PodTemplateSpec } : undefined;
}

function templatePath(kind: string): string[] | undefined {
  switch (kind) {
    case "Pod":
      return [];
    case "Deployment":
    case "DaemonSet":
    case "StatefulSet":
    case "ReplicaSet":
    case "ReplicationController":
    case "Job":
      return ["spec", "template"];
    case "CronJob":
      return ["spec", "jobTemplate", "spec", "template"];
    default:
      return undefined;
  }
}

/** A patch that puts `value` at a path. */
export function patchAt(path: readonly string[], value: unknown): Record<string, unknown> {
  return path.reduceRight<unknown>((inner, step) => ({ [step]: inner }), value) as Record<string, unknown>;
}
