import type { PodSpec, Volume } from "../../../gen/typernetes/core/v1/pod.ts";
import type { FieldErrors } from "../../api/field-errors.ts";

/** What the rules of one container need to know of its pod. */
export interface PodContext {
  readonly spec: PodSpec;
  /** A pod itself, not a template. */
  readonly isPod: boolean;
  /** The volumes without fault, by name. */
  readonly volumes: ReadonlyMap<string, Volume>;
  readonly errors: FieldErrors;
}

/** Whether the pod shares its users with the node. */
export function hasHostUsers(spec: PodSpec): boolean {
  return spec.hostUsers ?? true;
}
