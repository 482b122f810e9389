import type { PolicyRule } from "../../../../gen/typernetes/rbac/v1/cluster_role.ts";
import type { Subject } from "../../../../gen/typernetes/rbac/v1/cluster_role_binding.ts";
import { allow, read, reports } from "./policy-rule.ts";
import { account, user } from "./subjects.ts";

interface NamespaceRole {
  namespace: string;
  name: string;
  rules: readonly PolicyRule[];
  /** Whom it is bound to, if anybody. */
  subjects?: readonly Subject[];
  /** The name of the binding; the role's when absent. */
  bindingName?: string;
}

const leading = [allow("coordination.k8s.io", "leases leasecandidates", "create get list update watch")];

/** Roles in the system's namespaces, and who has them. */
export const namespaceRoles: readonly NamespaceRole[] = [
  {
    namespace: "kube-public",
    name: "system:controller:bootstrap-signer",
    rules: [allow("", "configmaps", read), allow("", "configmaps", "update", "cluster-info"), reports],
    subjects: [account("bootstrap-signer")],
  },
  {
    namespace: "kube-system",
    name: "extension-apiserver-authentication-reader",
    rules: [allow("", "configmaps", read, "extension-apiserver-authentication")],
    bindingName: "system::extension-apiserver-authentication-reader",
    subjects: [user("system:kube-controller-manager"), user("system:kube-scheduler")],
  },
  {
    namespace: "kube-system",
    name: "system::leader-locking-kube-controller-manager",
    rules: leading,
    subjects: [
      user("system:kube-controller-manager"),
      account("kube-controller-manager"),
      account("leader-election-controller"),
    ],
  },
  {
    namespace: "kube-system",
    name: "system::leader-locking-kube-scheduler",
    rules: leading,
    subjects: [user("system:kube-scheduler"), account("kube-scheduler")],
  },
  {
    namespace: "kube-system",
    name: "system:controller:bootstrap-signer",
    rules: [allow("", "secrets", read)],
    subjects: [account("bootstrap-signer")],
  },
  {
    namespace: "kube-system",
    name: "system:controller:cloud-provider",
    rules: [allow("", "configmaps", `create ${read}`)],
    subjects: [account("cloud-provider")],
  },
  {
    namespace: "kube-system",
    name: "system:controller:token-cleaner",
    rules: [allow("", "secrets", `delete ${read}`), reports],
    subjects: [account("token-cleaner")],
  },
];
