import type { CreateOptions } from "../../../gen/typernetes/meta/v1/options.ts";
import { clonePlain } from "../../../lib/base/plain-data.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { EncodedMessage } from "../../../lib/grpc/router.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import { encodeForStore } from "../codec.ts";
import type { Caller, Core } from "../core.ts";
import { alreadyExists, badRequest } from "../errors.ts";
import { generateName } from "../generate-name.ts";
import type { KindHooks } from "../registry/kind-hooks.ts";
import { WrittenAnswer } from "../registry/stored-object.ts";
import { type ResourceInfo, storeKey } from "../resource-info.ts";
import { prepareCreate, type Write } from "../write-path.ts";
import { isDryRun } from "./dry-run.ts";
import { requestNamespace } from "./request-namespace.ts";
import { updateOwnership } from "./update.ts";

/** How often another generated name is tried when one is taken. */
const generatedNamesMax = 8;

export interface CreateRequest {
  namespace?: string | undefined;
  object?: ApiObject | undefined;
  options?: CreateOptions | undefined;
}

/** Stores a new object; `apiVersion` is the version that the client wrote. @throws StatusError at once, or later. */
export function create(
  core: Core,
  info: ResourceInfo,
  request: CreateRequest,
  caller: Caller,
  apiVersion = info.apiVersion,
): Promise<EncodedMessage<ApiObject>> {
  const { object } = request;
  if (!object) throw badRequest("the request has no object");
  const dryRun = isDryRun(request.options);
  const namespace = requestNamespace(info, request.namespace, object);
  if (object.metadata?.resourceVersion) throw badRequest("resourceVersion should not be set on objects to be created");
  const base = object.metadata?.name ? undefined : object.metadata?.generateName;
  const ownership = updateOwnership(caller, request.options, apiVersion, undefined, "CreateOptions");
  const write = { info, namespace, name: object.metadata?.name ?? "", object, caller, dryRun, ownership };
  return base ? createGenerated(core, write, base) : createNamed(core, write);
}

async function createGenerated(core: Core, write: Write, base: string): Promise<EncodedMessage<ApiObject>> {
  for (let attempt = 1; ; attempt++) {
    const name = generateName(base, core.random);
    try {
      return await createNamed(core, { ...write, name, object: clonePlain(write.object) });
    } catch (error) {
      if (attempt === generatedNamesMax || !isStatusError(error, "AlreadyExists")) throw error;
    }
  }
}

/** Stores a new object under its name. @throws StatusError `AlreadyExists`, and others at once. */
export function createNamed(core: Core, write: Write): Promise<EncodedMessage<ApiObject>> {
  const preparing = prepareCreate(core, write);
  return preparing ? preparing.then(() => store(core, write)) : store(core, write);
}

function store(core: Core, write: Write): Promise<EncodedMessage<ApiObject>> {
  const hooks = core.hooksOf(write.info);
  return hooks.beforeCreate || write.dryRun
    ? storeWithHooks(core, write, hooks)
    : core.objects.create(write, write.object);
}

async function storeWithHooks(core: Core, write: Write, hooks: KindHooks): Promise<EncodedMessage<ApiObject>> {
  const { info, namespace, name, object, dryRun } = write;
  const undo = await hooks.beforeCreate?.(object, { dryRun });
  try {
    if (!dryRun) return await core.objects.create(write, object);
    if (core.cache.cacheOf(info).get(storeKey(info, namespace, name))) throw alreadyExists(info, name);
    return new WrittenAnswer(encodeForStore(info, object), object, undefined);
  } catch (error) {
    await undo?.();
    throw error;
  }
}
