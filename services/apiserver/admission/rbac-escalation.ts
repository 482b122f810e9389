import type { ClusterRole, PolicyRule } from "../../../gen/typernetes/rbac/v1/cluster_role.ts";
import type { RoleRef, Subject } from "../../../gen/typernetes/rbac/v1/cluster_role_binding.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import type { Identity } from "../../../lib/grpc/router.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import { uncovered } from "../auth/rbac/covers.ts";
import { rbacGroup } from "../auth/rbac/role-source.ts";
import { forbidden, notFound } from "../errors.ts";
import type { AdmissionContext, AdmissionPluginFactory, AdmissionRequest } from "./admission.ts";

interface Binding extends ApiObject {
  roleRef?: RoleRef | undefined;
  subjects?: Subject[] | undefined;
}

/** Nobody gives more by roles and bindings than he has, unless he may `escalate` or `bind`. */
export const rbacEscalation: AdmissionPluginFactory = (context) => ({
  name: "RBACEscalation",
  kinds: ["roles", "rolebindings", "clusterroles", "clusterrolebindings"].map((plural) => `${plural}.${rbacGroup}`),
  async validate(request) {
    const { info, operation } = request;
    if (operation === "DELETE" || request.subresource) return;
    if (request.identity.groups.includes("system:masters")) return;
    if (info.schema.plural.endsWith("bindings")) await checkBinding(context, request);
    else await checkRole(context, request);
  },
});

async function checkRole(context: AdmissionContext, request: AdmissionRequest): Promise<void> {
  const role: ClusterRole = request.object ?? {};
  const old: ClusterRole | undefined = request.old;
  if (old && deepEqual(role.rules, old.rules) && deepEqual(role.aggregationRule, old.aggregationRule)) return;
  const { info, namespace, name, identity } = request;
  const { plural: resource } = info.schema;
  const escalate = { verb: "escalate", group: rbacGroup, version: "v1", resource, namespace, name };
  if (await context.access.isAllowed(identity, escalate)) return;
  const wanted = role.aggregationRule
    ? [
        { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
        { verbs: ["*"], nonResourceURLs: ["*"] },
      ]
    : (role.rules ?? []);
  refuseMore(context, request, wanted);
}

async function checkBinding(context: AdmissionContext, request: AdmissionRequest): Promise<void> {
  const { roleRef = {}, subjects }: Binding = request.object ?? {};
  const old: Binding | undefined = request.old;
  if (old && deepEqual(roleRef, old.roleRef) && deepEqual(subjects, old.subjects)) return;
  const { namespace, identity } = request;
  const { kind = "", name = "" } = roleRef;
  const resource = kind === "Role" ? "roles" : "clusterroles";
  const bind = { verb: "bind", group: rbacGroup, version: "v1", resource, namespace, name };
  if (await context.access.isAllowed(identity, bind)) return;
  const wanted = context.access.roleRules(kind, namespace ?? "", name);
  if (!wanted) throw notFound(context.resource(rbacGroup, resource), name);
  refuseMore(context, request, wanted);
}

function refuseMore(context: AdmissionContext, request: AdmissionRequest, wanted: readonly PolicyRule[]): void {
  const { identity, namespace, info, name } = request;
  const { rules, errors } = context.access.rulesOf(identity, namespace);
  const held = rules.map(({ rule }) => rule);
  const missing = uncovered(held, wanted);
  if (missing.length === 0) return;
  const lines = [...new Set(missing.map(describeRule))].sort().join("\n");
  const lost = errors.length > 0 ? `; resolution errors: [${errors.join(", ")}]` : "";
  const what = `is attempting to grant RBAC permissions not currently held:\n${lines}${lost}`;
  throw forbidden(info, name, `${describeUser(identity)} ${what}`);
}

function describeUser({ user, groups }: Identity): string {
  return `user ${JSON.stringify(user)} (groups=${list(groups)})`;
}

function describeRule({ apiGroups, resources, resourceNames, nonResourceURLs, verbs }: PolicyRule): string {
  const parts = [
    ["APIGroups", apiGroups],
    ["Resources", resources],
    ["NonResourceURLs", nonResourceURLs],
    ["ResourceNames", resourceNames],
    ["Verbs", verbs],
  ] as const;
  const shown = parts.flatMap(([name, values]) => (values?.length ? [`${name}:${list(values)}`] : []));
  return `{${shown.join(", ")}}`;
}

function list(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(" ")}]`;
}
