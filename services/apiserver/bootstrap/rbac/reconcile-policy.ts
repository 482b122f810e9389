import type { PolicyRule } from "../../../../gen/typernetes/rbac/v1/cluster_role.ts";
import type { RoleRef, Subject } from "../../../../gen/typernetes/rbac/v1/cluster_role_binding.ts";
import { deepEqual } from "../../../../lib/api/deep.ts";
import { clonePlain } from "../../../../lib/base/plain-data.ts";
import { isStatusError } from "../../../../lib/base/status-error.ts";
import type { ApiObject } from "../../../../lib/resources/strategy.ts";
import { coversRule } from "../../auth/rbac/covers.ts";
import type { Core } from "../../core.ts";
import { type ResourceInfo, storeKey } from "../../resource-info.ts";
import { create } from "../../verbs/create.ts";
import { deleteObject } from "../../verbs/delete.ts";
import { update } from "../../verbs/update.ts";
import { itself } from "../itself.ts";
import { autoUpdateAnnotation, type DefaultPolicy } from "./default-policy.ts";

const group = "rbac.authorization.k8s.io";

/** A role or a binding. */
interface PolicyObject extends ApiObject {
  rules?: PolicyRule[] | undefined;
  aggregationRule?: unknown;
  subjects?: Subject[] | undefined;
  roleRef?: RoleRef | undefined;
}

/**
 * Stores the default roles and bindings that are missing, and gives those that are there what they lack. What was added to
 * them stays; those that say so are left alone.
 */
export async function reconcilePolicy(core: Core, policy: DefaultPolicy): Promise<void> {
  const kinds: [string, readonly PolicyObject[]][] = [
    ["clusterroles", policy.clusterRoles],
    ["clusterrolebindings", policy.clusterRoleBindings],
    ["roles", policy.roles],
    ["rolebindings", policy.roleBindings],
  ];
  const writes = kinds.flatMap(([plural, objects]) =>
    objects.map((object) => reconcile(core, core.resource(group, plural), object)),
  );
  await Promise.all(writes);
}

async function reconcile(core: Core, info: ResourceInfo, wanted: PolicyObject): Promise<void> {
  const { namespace, name = "" } = wanted.metadata ?? {};
  const cache = core.cache.cacheOf(info);
  const entry = cache.get(storeKey(info, namespace, name));
  try {
    if (!entry) await create(core, info, { namespace, object: clonePlain(wanted) }, itself);
    else await repair(core, info, cache.decode(entry), wanted);
  } catch (error) {
    // Another server of the same cluster does the same.
    if (!isStatusError(error, "AlreadyExists", "Conflict", "NotFound")) throw error;
  }
}

async function repair(core: Core, info: ResourceInfo, stored: PolicyObject, wanted: PolicyObject): Promise<void> {
  if (stored.metadata?.annotations?.[autoUpdateAnnotation] === "false") return;
  if (wanted.roleRef && !deepEqual(stored.roleRef, wanted.roleRef)) {
    const { namespace, name = "" } = wanted.metadata ?? {};
    await deleteObject(core, { info, namespace, name }, {}, itself);
    await create(core, info, { namespace, object: clonePlain(wanted) }, itself);
    return;
  }
  const repaired = completed(stored, wanted);
  if (!deepEqual(repaired, stored)) await update(core, info, { object: repaired }, itself);
}

function completed(stored: PolicyObject, wanted: PolicyObject): PolicyObject {
  const object = clonePlain(stored);
  object.metadata = {
    ...object.metadata,
    labels: { ...wanted.metadata?.labels, ...object.metadata?.labels },
    annotations: { ...wanted.metadata?.annotations, ...object.metadata?.annotations },
  };
  if (wanted.aggregationRule) object.aggregationRule ??= wanted.aggregationRule;
  else if (wanted.rules) {
    const missing = wanted.rules.filter((rule) => !coversRule(object.rules ?? [], rule));
    if (missing.length > 0) object.rules = [...(object.rules ?? []), ...missing];
  }
  if (wanted.subjects) {
    const missing = wanted.subjects.filter((subject) => !object.subjects?.some((own) => deepEqual(own, subject)));
    if (missing.length > 0) object.subjects = [...(object.subjects ?? []), ...missing];
  }
  return object;
}
