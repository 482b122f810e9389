import type { UpdateOptions } from "../../../gen/typernetes/meta/v1/options.ts";
import { FieldErrors } from "../../../lib/api/field-errors.ts";
import type { EncodedMessage } from "../../../lib/grpc/router.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { Caller, Core } from "../core.ts";
import { badRequest, conflict } from "../errors.ts";
import { type FieldOwnership, writerOf } from "../field-ownership.ts";
import type { Undo } from "../registry/kind-hooks.ts";
import type { Change, ObjectPath } from "../registry/object-store.ts";
import type { StoredObject } from "../registry/stored-object.ts";
import type { ResourceInfo } from "../resource-info.ts";
import { prepareUpdate, type Write } from "../write-path.ts";
import { cloneObject } from "./clone-object.ts";
import { isDryRun } from "./dry-run.ts";
import { isFinished } from "./finalization.ts";
import { objectPath } from "./object-path.ts";
import { requestNamespace } from "./request-namespace.ts";

export interface UpdateRequest {
  object?: ApiObject | undefined;
  options?: UpdateOptions | undefined;
}

/** Replaces an object, or with `subresource` a part of it; `apiVersion` is the version that the client wrote. */
export async function update(
  core: Core,
  info: ResourceInfo,
  request: UpdateRequest,
  caller: Caller,
  subresource?: string,
  apiVersion = info.apiVersion,
): Promise<EncodedMessage<ApiObject>> {
  const { object } = request;
  if (!object) throw badRequest("the request has no object");
  const path = objectPath(info, requestNamespace(info, undefined, object), object.metadata?.name);
  const replace = () => {
    if (info.strategy.updatesNeedVersion) requireVersion(path, object);
    return cloneObject(object);
  };
  const ownership = updateOwnership(caller, request.options, apiVersion, subresource);
  return replaceObject(core, path, replace, { caller, subresource, dryRun: isDryRun(request.options), ownership });
}

function requireVersion({ info, name }: ObjectPath, { metadata }: ApiObject): void {
  const version = metadata?.resourceVersion;
  if (version && version !== "0") return;
  const errors = new FieldErrors();
  errors.invalid("metadata.resourceVersion", 0, "must be specified for an update");
  const error = errors.toError({ group: info.schema.group, kind: info.schema.kind, name });
  if (error) throw error;
}

/** The caller as the one who sets what an update changes. @throws StatusError `Invalid` for a manager's name that is none. */
export function updateOwnership(
  caller: Caller,
  options: { fieldManager?: string | undefined } | undefined,
  apiVersion: string,
  subresource: string | undefined,
  optionsKind = "UpdateOptions",
): FieldOwnership {
  const manager = options?.fieldManager;
  return { writer: writerOf(caller, { operation: "Update", manager, apiVersion, subresource, optionsKind }) };
}

/** How an object is replaced. */
export interface ReplaceOptions {
  caller: Caller;
  subresource?: string | undefined;
  dryRun: boolean;
  /** Who sets the fields that change; absent: nobody does. */
  ownership?: FieldOwnership | undefined;
  /** A foreign uid in a patch is a change that is not allowed; elsewhere it names another object, which is a conflict. */
  isPatch?: boolean;
}

/**
 * Replaces an object by what `replace` makes of its newest state, on the whole way of an update. A resource version in
 * the replacement must be the newest one.
 */
export async function replaceObject(
  core: Core,
  path: ObjectPath,
  replace: (current: ApiObject) => ApiObject | Promise<ApiObject>,
  options: ReplaceOptions,
): Promise<EncodedMessage<ApiObject>> {
  const hooks = core.hooksOf(path.info);
  let undo: Undo | undefined;
  let replaced: { object: ApiObject; old: ApiObject; removed: boolean } | undefined;
  const change = async (current: StoredObject): Promise<Change> => {
    await undo?.();
    undo = undefined;
    const object = await replace(current.object);
    if (!options.isPatch) checkUid(path, object, current);
    checkVersion(path, object, current);
    if (!options.subresource) hooks.completeUpdate?.(object, current.object);
    const write: Write = { ...path, ...options, object, old: current.object };
    await prepareUpdate(core, write);
    undo = await hooks.beforeUpdate?.(write.object, current.object, { dryRun: options.dryRun });
    const removed = isFinished(write.object, hooks);
    replaced = { object: write.object, old: current.object, removed };
    return removed ? { remove: true, last: write.object } : { write: write.object };
  };
  try {
    const answer = await core.objects.change(path, change, options);
    if (replaced && !options.dryRun) {
      if (replaced.removed) await hooks.afterDelete?.(replaced.object);
      else await hooks.afterUpdate?.(replaced.object, replaced.old);
    }
    return answer;
  } catch (error) {
    await undo?.();
    throw error;
  }
}

function checkUid(path: ObjectPath, object: ApiObject, current: StoredObject): void {
  const { uid } = object.metadata ?? {};
  if (!uid || uid === current.object.metadata?.uid) return;
  const detail = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.object.metadata?.uid}`;
  throw conflict(path.info, path.name, detail);
}

function checkVersion(path: ObjectPath, object: ApiObject, current: StoredObject): void {
  const { resourceVersion } = object.metadata ?? {};
  if (resourceVersion && resourceVersion !== "0" && resourceVersion !== String(current.revision)) {
    throw conflict(path.info, path.name);
  }
}
