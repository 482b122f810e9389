import { type ResourceInfo, resourceByPlural } from "../../../lib/api/resource-info.ts";

/** A kind of questions that a server answers and forgets. */
export function reviewKind(group: "authentication.k8s.io" | "authorization.k8s.io", plural: string): ResourceInfo {
  const info = resourceByPlural(group, "v1", plural);
  if (!info) throw new Error(`the contracts have no ${plural}`);
  return info;
}
