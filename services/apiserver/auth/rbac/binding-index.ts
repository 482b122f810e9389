import type { RoleRef, Subject } from "../../../../gen/typernetes/rbac/v1/cluster_role_binding.ts";
import type { Identity } from "../../../../lib/grpc/router.ts";
import type { ApiObject } from "../../../../lib/resources/strategy.ts";
import type { RoleSource } from "./role-source.ts";

interface Binding extends ApiObject {
  subjects?: readonly Subject[] | undefined;
  roleRef?: RoleRef | undefined;
}

/** A binding that names somebody, and by which of its subjects. */
export interface Grant {
  readonly role: RoleRef;
  /** Undefined for bindings in the whole cluster. */
  readonly namespace: string | undefined;
  readonly bindingName: string;
  readonly subject: Subject;
}

/** All bindings, by whom they name. */
export class BindingIndex {
  readonly #cluster = new Map<string, Grant[]>();
  readonly #byNamespace = new Map<string, Map<string, Grant[]>>();

  constructor(source: RoleSource) {
    for (const binding of source.clusterBindings()) add(this.#cluster, binding, undefined);
    for (const binding of source.bindings()) {
      const namespace = binding.metadata?.namespace ?? "";
      const grants = this.#byNamespace.get(namespace) ?? new Map<string, Grant[]>();
      this.#byNamespace.set(namespace, grants);
      add(grants, binding, namespace);
    }
  }

  /** What somebody is granted in a namespace; in the whole cluster when absent. */
  grantsOf(identity: Identity, namespace: string | undefined): Grant[] {
    const grants = namespace === undefined ? this.#cluster : this.#byNamespace.get(namespace);
    if (!grants) return [];
    const found = new Set(grants.get(`User ${identity.user}`) ?? []);
    for (const group of identity.groups) for (const grant of grants.get(`Group ${group}`) ?? []) found.add(grant);
    return [...found];
  }
}

function add(grants: Map<string, Grant[]>, binding: Binding, namespace: string | undefined): void {
  for (const subject of binding.subjects ?? []) {
    const key = keyOf(subject, namespace);
    const bindingName = binding.metadata?.name ?? "";
    const grant: Grant = { role: binding.roleRef ?? {}, namespace, bindingName, subject };
    const others = grants.get(key);
    if (others) others.push(grant);
    else grants.set(key, [grant]);
  }
}

function keyOf({ kind, name, namespace: own }: Subject, namespace: string | undefined): string {
  if (kind !== "ServiceAccount") return `${kind} ${name}`;
  return `User system:serviceaccount:${own || namespace}:${name}`;
}

/** As Kubernetes names it in the reason of a decision. */
export function describeGrant({ role, namespace, bindingName, subject }: Grant): string {
  const quoted = JSON.stringify;
  const binding =
    namespace === undefined
      ? `ClusterRoleBinding ${quoted(bindingName)}`
      : `RoleBinding ${quoted(`${bindingName}/${namespace}`)}`;
  const who =
    subject.kind === "ServiceAccount" ? `${subject.name}/${subject.namespace || namespace}` : (subject.name ?? "");
  return `${binding} of ${role.kind} ${quoted(role.name)} to ${subject.kind} ${quoted(who)}`;
}
