import type { PolicyRule } from "../../../../gen/typernetes/rbac/v1/cluster_role.ts";

/** A rule about resources; groups, resources and verbs are separated by spaces, and `""` is the core group. */
export function allow(groups: string | string[], resources: string, verbs: string, names?: string): PolicyRule {
  return {
    verbs: verbs.split(" "),
    apiGroups: typeof groups === "string" ? groups.split(" ") : groups,
    resources: resources.split(" "),
    ...(names && { resourceNames: names.split(" ") }),
  };
}

/** A rule about paths. */
export function allowPaths(paths: string, verbs = "get"): PolicyRule {
  return { verbs: verbs.split(" "), nonResourceURLs: paths.split(" ") };
}

export const read = "get list watch";
export const write = "create delete deletecollection patch update";
/** Who reports what it does. */
export const reports = allow(["", "events.k8s.io"], "events", "create patch update");
