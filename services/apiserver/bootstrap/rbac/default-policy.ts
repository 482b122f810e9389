import type { ClusterRole, PolicyRule } from "../../../../gen/typernetes/rbac/v1/cluster_role.ts";
import type { ClusterRoleBinding, Subject } from "../../../../gen/typernetes/rbac/v1/cluster_role_binding.ts";
import type { Role } from "../../../../gen/typernetes/rbac/v1/role.ts";
import type { RoleBinding } from "../../../../gen/typernetes/rbac/v1/role_binding.ts";
import { aggregatedRoles, clusterRoles } from "./cluster-roles.ts";
import { controllerRoles } from "./controller-roles.ts";
import { namespaceRoles } from "./namespace-roles.ts";
import { account, group, user } from "./subjects.ts";

const apiGroup = "rbac.authorization.k8s.io";
const aggregationLabel = `${apiGroup}/aggregate-to-`;
export const autoUpdateAnnotation = "rbac.authorization.kubernetes.io/autoupdate";

/** The roles and bindings that every cluster has. */
export interface DefaultPolicy {
  readonly clusterRoles: readonly ClusterRole[];
  readonly clusterRoleBindings: readonly ClusterRoleBinding[];
  readonly roles: readonly Role[];
  readonly roleBindings: readonly RoleBinding[];
}

const everybody = [group("system:authenticated"), group("system:unauthenticated")];

/** Who has which default cluster role. */
const subjectsOf: Readonly<Record<string, readonly Subject[]>> = {
  "cluster-admin": [group("system:masters")],
  "system:monitoring": [group("system:monitoring")],
  "system:discovery": [group("system:authenticated")],
  "system:basic-user": [group("system:authenticated")],
  "system:public-info-viewer": everybody,
  "system:node-proxier": [user("system:kube-proxy")],
  "system:kube-controller-manager": [user("system:kube-controller-manager")],
  "system:kube-dns": [account("kube-dns")],
  "system:kube-scheduler": [user("system:kube-scheduler")],
  "system:volume-scheduler": [user("system:kube-scheduler")],
  // The node authoriser looks after nodes.
  "system:node": [],
  "system:service-account-issuer-discovery": [group("system:serviceaccounts")],
};

const aggregationTargets: Readonly<Record<string, string>> = {
  "system:aggregate-to-admin": "admin",
  "system:aggregate-to-edit": "edit",
  "system:aggregate-to-view": "view",
};

/** Kubernetes' default roles and bindings. */
export function createDefaultPolicy(): DefaultPolicy {
  const own = Object.entries(clusterRoles).map(([name, rules]) => clusterRole(name, rules, aggregationTargets[name]));
  const controllers = Object.entries(controllerRoles);
  const ofController = (name: string) => `system:controller:${name}`;
  return {
    clusterRoles: [
      ...aggregatedRoles.map(({ name, into }) => aggregatedRole(name, into)),
      ...own,
      ...controllers.map(([name, rules]) => clusterRole(ofController(name), rules)),
    ],
    clusterRoleBindings: [
      ...Object.entries(subjectsOf).map(([name, subjects]) => clusterBinding(name, subjects)),
      ...controllers.map(([name]) => clusterBinding(ofController(name), [account(name)])),
    ],
    roles: namespaceRoles.map(({ namespace, name, rules }) => ({
      ...typed("Role", name, {}, namespace),
      rules: [...rules],
    })),
    roleBindings: namespaceRoles.flatMap(({ namespace, name, subjects, bindingName = name }) =>
      subjects
        ? [
            {
              ...typed("RoleBinding", bindingName, {}, namespace),
              subjects: [...subjects],
              roleRef: { apiGroup, kind: "Role", name },
            },
          ]
        : [],
    ),
  };
}

function clusterRole(name: string, rules: readonly PolicyRule[], into?: string): ClusterRole {
  return { ...typed("ClusterRole", name, aggregated(into)), rules: [...rules] };
}

/** With the rules that it comes to, so that it is good before anybody puts them together. */
function aggregatedRole(name: string, into: string | undefined): ClusterRole {
  const matchLabels = { [`${aggregationLabel}${name}`]: "true" };
  return {
    ...typed("ClusterRole", name, aggregated(into)),
    aggregationRule: { clusterRoleSelectors: [{ matchLabels }] },
    rules: rulesInto(name),
  };
}

/** In the order in which the aggregation puts them together: by name of the roles. */
function rulesInto(name: string): PolicyRule[] {
  const others = aggregatedRoles.filter(({ into }) => into === name).flatMap((role) => rulesInto(role.name));
  return [...others, ...(clusterRoles[`system:aggregate-to-${name}`] ?? [])];
}

function clusterBinding(name: string, subjects: readonly Subject[]): ClusterRoleBinding {
  const binding = { ...typed("ClusterRoleBinding", name, {}), roleRef: { apiGroup, kind: "ClusterRole", name } };
  return subjects.length === 0 ? binding : { ...binding, subjects: [...subjects] };
}

function typed(kind: string, name: string, labels: Record<string, string>, namespace?: string) {
  return {
    apiVersion: `${apiGroup}/v1`,
    kind,
    metadata: {
      name,
      ...(namespace && { namespace }),
      labels: { "kubernetes.io/bootstrapping": "rbac-defaults", ...labels },
      annotations: { [autoUpdateAnnotation]: "true" },
    },
  };
}

function aggregated(into: string | undefined): Record<string, string> {
  return into ? { [`${aggregationLabel}${into}`]: "true" } : {};
}
