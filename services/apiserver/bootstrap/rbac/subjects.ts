import type { Subject } from "../../../../gen/typernetes/rbac/v1/cluster_role_binding.ts";

const apiGroup = "rbac.authorization.k8s.io";

export function user(name: string): Subject {
  return { kind: "User", apiGroup, name };
}

export function group(name: string): Subject {
  return { kind: "Group", apiGroup, name };
}

/** A service account of the system. */
export function account(name: string): Subject {
  return { kind: "ServiceAccount", name, namespace: "kube-system" };
}
