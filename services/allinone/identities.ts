import type { Identity } from "../../lib/grpc/router.ts";

/** Who the members of a cluster are, as in Kubernetes. */
export const identities = {
  administrator: { user: "kubernetes-admin", groups: ["system:masters"] },
  controllerManager: { user: "system:kube-controller-manager", groups: [] },
  scheduler: { user: "system:kube-scheduler", groups: [] },
  // The role is bound to the account that it has where it runs in a pod.
  dns: {
    user: "system:serviceaccount:kube-system:kube-dns",
    groups: ["system:serviceaccounts", "system:serviceaccounts:kube-system"],
  },
  proxy: { user: "system:kube-proxy", groups: [] },
} satisfies Record<string, Identity>;

/** The identity of a node's kubelet. */
export function nodeIdentity(nodeName: string): Identity {
  return { user: `system:node:${nodeName}`, groups: ["system:nodes"] };
}

/** The name of the node with this number, counted from 1. */
export function nodeName(index: number): string {
  return `node-${index}`;
}
