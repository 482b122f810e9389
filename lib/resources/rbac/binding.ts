import type { RoleRef, Subject } from "../../../gen/typernetes/rbac/v1/cluster_role_binding.ts";
import { deepEqual } from "../../api/deep.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { subdomainName } from "../../api/names.ts";
import { ageColumn, textColumn } from "../columns.ts";
import { checkPathSegment } from "../object-names.ts";
import type { ApiObject, Column } from "../strategy.ts";

const group = "rbac.authorization.k8s.io";
const subjectKinds = ["ServiceAccount", "User", "Group"];

/** What bindings of roles have in common, in a namespace and in the whole cluster. */
export interface Binding extends ApiObject {
  subjects?: Subject[] | undefined;
  roleRef?: RoleRef | undefined;
}

/** Users, groups and roles are of the one group that has them. */
export function defaultBinding({ subjects, roleRef }: Binding): void {
  if (roleRef) roleRef.apiGroup ||= group;
  for (const subject of subjects ?? [])
    if (subject.kind === "User" || subject.kind === "Group") subject.apiGroup ||= group;
}

/** Checks a binding to a role of one of `roleKinds`. */
export function validateBinding(
  { roleRef = {}, subjects = [] }: Binding,
  roleKinds: readonly string[],
  errors: FieldErrors,
): void {
  const { apiGroup = "", kind = "" } = roleRef;
  if (apiGroup !== group) errors.notSupported("roleRef.apiGroup", apiGroup, [group]);
  if (!roleKinds.includes(kind)) errors.notSupported("roleRef.kind", kind, roleKinds);
  checkPathSegment(roleRef.name, "roleRef.name", errors);
  const namespaced = roleKinds.includes("Role");
  for (const [index, subject] of subjects.entries()) validateSubject(subject, namespaced, `subjects[${index}]`, errors);
}

function validateSubject(subject: Subject, namespaced: boolean, path: string, errors: FieldErrors): void {
  const { kind = "", name = "", apiGroup = "", namespace } = subject;
  if (!name) errors.required(`${path}.name`);
  if (kind === "ServiceAccount") {
    for (const message of name ? subdomainName(name, false) : []) errors.invalid(`${path}.name`, name, message);
    if (apiGroup) errors.notSupported(`${path}.apiGroup`, apiGroup, [""]);
    if (!namespaced && !namespace) errors.required(`${path}.namespace`);
  } else if (kind === "User" || kind === "Group") {
    if (!name) errors.invalid(`${path}.name`, name, `${kind.toLowerCase()} name cannot be empty`);
    if (apiGroup !== group) errors.notSupported(`${path}.apiGroup`, apiGroup, [group]);
  } else errors.notSupported(`${path}.kind`, kind, subjectKinds);
}

/** What a binding gives to whom may change; which role it is may not. */
export function validateBindingUpdate(binding: Binding, old: Binding, errors: FieldErrors): void {
  if (!deepEqual(binding.roleRef, old.roleRef)) errors.invalid("roleRef", binding.roleRef, "cannot change roleRef");
}

/** What is printed of a binding. */
export const bindingColumns: readonly Column<Binding>[] = [
  textColumn("Role", "The role that is given.", (it) => `${it.roleRef?.kind}/${it.roleRef?.name}`),
  ageColumn,
  textColumn("Users", "Users to whom.", (it) => names(it, "User"), 1),
  textColumn("Groups", "Groups to whom.", (it) => names(it, "Group"), 1),
  textColumn("ServiceAccounts", "Service accounts to whom.", (it) => names(it, "ServiceAccount"), 1),
];

function names({ subjects = [] }: Binding, kind: string): string {
  const shown = subjects
    .filter((subject) => subject.kind === kind)
    .map(({ name, namespace }) => (kind === "ServiceAccount" ? `${namespace ?? ""}/${name}` : name));
  return shown.join(", ");
}
