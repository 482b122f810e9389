import type { ObjectMeta } from "../../../gen/typernetes/meta/v1/object_meta.ts";
import type { DeleteOptions } from "../../../gen/typernetes/meta/v1/options.ts";
import { clonePlain } from "../../../lib/base/plain-data.ts";
import type { EncodedMessage } from "../../../lib/grpc/router.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { Caller, Core } from "../core.ts";
import { conflict } from "../errors.ts";
import type { KindHooks } from "../registry/kind-hooks.ts";
import type { Change, ObjectPath } from "../registry/object-store.ts";
import type { StoredObject } from "../registry/stored-object.ts";
import { formatTime } from "../time.ts";
import { admitDelete } from "../write-path.ts";
import { DeletedAnswer } from "./deleted-answer.ts";
import { isDryRun } from "./dry-run.ts";
import { isFinished } from "./finalization.ts";
import { finalizersFor, orphaningWarning, validateDeleteOptions } from "./propagation-policy.ts";

/** Deletes an object, or begins to: finalizers and a grace period keep it until they are done. Answers it as it was left. */
export async function deleteObject(
  core: Core,
  path: ObjectPath,
  options: DeleteOptions,
  caller: Caller,
): Promise<EncodedMessage<ApiObject>> {
  validateDeleteOptions(options);
  const warning = orphaningWarning(options, path.info.strategy);
  if (warning) caller.warn?.(warning);
  const hooks = core.hooksOf(path.info);
  const dryRun = isDryRun(options);
  let removed: ApiObject | undefined;
  const change = async (current: StoredObject): Promise<Change> => {
    removed = undefined;
    checkPreconditions(path, options, current);
    await admitDelete(core, { ...path, old: current.object, caller, dryRun });
    const marked = mark(path, current.object, options, core.clock.now(), hooks);
    if (!marked) return { keep: true };
    if (!isFinished(marked, hooks)) return { write: marked };
    removed = marked;
    return { remove: true, last: clonePlain(current.object) };
  };
  const answer = await core.objects.change(path, change, { dryRun });
  if (!removed) return answer;
  if (!dryRun) await hooks.afterDelete?.(removed);
  return new DeletedAnswer(answer);
}

/** The object as its deletion leaves it; undefined when it is being deleted already and nothing changes. */
function mark(
  path: ObjectPath,
  current: ApiObject,
  options: DeleteOptions,
  nowMs: number,
  hooks: KindHooks,
): ApiObject | undefined {
  const { strategy } = path.info;
  const metadata = clonePlain(current.metadata ?? {});
  const object = { ...clonePlain(current), metadata };
  const finalizers = finalizersFor(metadata.finalizers ?? [], options, strategy);
  const finalizersChanged = finalizers.length !== (metadata.finalizers?.length ?? 0);
  metadata.finalizers = finalizers.length > 0 ? finalizers : undefined;
  const grace = strategy.gracePeriodSeconds?.(current, options.gracePeriodSeconds) ?? 0;
  if (!metadata.deletionTimestamp) {
    beginDeletion(metadata, grace, nowMs);
    hooks.markDeleted?.(object);
    return object;
  }
  const shortened = shortenGrace(metadata, strategy.gracePeriodSeconds ? options.gracePeriodSeconds : undefined, grace);
  return shortened || finalizersChanged || isFinished(object, hooks) ? object : undefined;
}

function beginDeletion(metadata: ObjectMeta, graceSeconds: number, nowMs: number): void {
  metadata.deletionTimestamp = formatTime(nowMs + graceSeconds * 1000);
  metadata.deletionGracePeriodSeconds = graceSeconds;
  if (metadata.generation) metadata.generation++;
}

/** A second deletion may shorten the time that is left, never lengthen it. */
function shortenGrace(metadata: ObjectMeta, requested: number | undefined, grace: number): boolean {
  const before = metadata.deletionGracePeriodSeconds ?? 0;
  if (requested === undefined || grace >= before) return false;
  const end = Date.parse(metadata.deletionTimestamp ?? "") - (before - grace) * 1000;
  metadata.deletionTimestamp = formatTime(end);
  metadata.deletionGracePeriodSeconds = grace;
  return true;
}

function checkPreconditions(path: ObjectPath, options: DeleteOptions, current: StoredObject): void {
  const { uid, resourceVersion } = options.preconditions ?? {};
  const actualUid = current.object.metadata?.uid;
  if (uid !== undefined && uid !== actualUid) {
    const detail = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${actualUid}`;
    throw conflict(path.info, path.name, detail);
  }
  if (resourceVersion !== undefined && resourceVersion !== String(current.revision)) {
    const detail = `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${current.revision}`;
    throw conflict(path.info, path.name, detail);
  }
}
