import type { ListMeta } from "../../../gen/typernetes/meta/v1/object_meta.ts";
import { clonePlain } from "../../../lib/base/plain-data.ts";
import type { EncodedMessage, Handlers } from "../../../lib/grpc/router.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { Caller, Core } from "../core.ts";
import { badRequest } from "../errors.ts";
import type { ResourceService } from "../grpc/resource-service.ts";
import type { ResourceInfo } from "../resource-info.ts";
import { Slices } from "../slices.ts";
import { create } from "../verbs/create.ts";
import { deleteObject } from "../verbs/delete.ts";
import { deleteCollection } from "../verbs/delete-collection.ts";
import { get } from "../verbs/get.ts";
import { list } from "../verbs/list.ts";
import type { ObjectList } from "../verbs/list-answer.ts";
import { objectPath } from "../verbs/object-path.ts";
import { patch } from "../verbs/patch.ts";
import { type UpdateRequest, update } from "../verbs/update.ts";
import { watch } from "../verbs/watch.ts";
import type { WatchEventMessage } from "../watch-cache/cache-event.ts";
import type { WatchResponse } from "../watch-cache/delivery.ts";

/** Another version or group of a kind: its objects are those of the kind that is stored, in another form. */
export interface View {
  /** The message of the other form. */
  readonly message: string;
  readonly apiVersion: string;
  readonly kind: string;
  /** The stored object in the other form. */
  show(stored: ApiObject): ApiObject;
  /** The object to be stored; `isNew` when it is for a create. The argument is its own to change. */
  read(shown: ApiObject, isNew: boolean): ApiObject;
}

type Answer = Promise<EncodedMessage<ApiObject>>;

/** The verbs of a view: those of the stored kind, every object converted on its way in and out. */
export function viewHandlers(core: Core, info: ResourceInfo, view: View): Handlers<ResourceService> {
  const shown = async (answer: Answer) => showAnswer(view, (await answer).value);
  const replace = async (request: UpdateRequest, caller: Caller, subresource?: string) =>
    shown(update(core, info, readRequest(view, request, false), caller, subresource));
  return {
    create: async (request, caller) => shown(create(core, info, readRequest(view, request, true), caller)),
    get: (request) => shown(get(core, info, request)),
    list: async (request, caller) => showList(view, (await list(core, info, request, caller)).value),
    watch: (request, caller) => showEvents(view, watch(core, info, request, caller)),
    update: (request, caller) => replace(request, caller),
    updateStatus: (request, caller) => replace(request, caller, "status"),
    patch: (request, caller) => shown(patch(core, info, request, caller, view)),
    delete: async (request, caller) => {
      const path = objectPath(info, request.namespace, request.name);
      return shown(deleteObject(core, path, { ...request.options }, caller));
    },
    deleteCollection: async (request, caller) =>
      showList(view, (await deleteCollection(core, info, request, caller)).value),
  };
}

function readRequest<R extends { object?: ApiObject | undefined }>(view: View, request: R, isNew: boolean): R {
  const { object } = request;
  if (!object) return request;
  const { apiVersion, kind, ...rest } = object;
  if ((apiVersion && apiVersion !== view.apiVersion) || (kind && kind !== view.kind)) {
    throw badRequest(`the data are a ${apiVersion} ${kind}, where a ${view.apiVersion} ${view.kind} is expected`);
  }
  return { ...request, object: view.read(clonePlain<ApiObject>(rest), isNew) };
}

/** A deletion may answer a status instead. */
function showAnswer(view: View, object: ApiObject): ApiObject {
  return object.kind === "Status" ? object : showObject(view, object);
}

function showObject(view: View, stored: ApiObject): ApiObject {
  return { ...view.show(stored), apiVersion: view.apiVersion, kind: view.kind };
}

async function showList(view: View, { metadata, items }: ObjectList): Promise<ObjectList> {
  const shown: ApiObject[] = [];
  const slices = new Slices();
  for (const item of items) {
    if (slices.isOver()) await slices.breathe();
    shown.push(showObject(view, item));
  }
  const meta: ListMeta = metadata;
  return { apiVersion: view.apiVersion, kind: `${view.kind}List`, metadata: meta, items: shown };
}

async function* showEvents(
  view: View,
  stream: AsyncIterable<EncodedMessage<WatchResponse>>,
): AsyncGenerator<WatchResponse> {
  for await (const { value } of stream) yield { events: value.events.map((event) => showEvent(view, event)) };
}

function showEvent(view: View, event: WatchEventMessage): WatchEventMessage {
  const { object } = event;
  if (!object) return event;
  // A bookmark has nothing but a revision.
  if (event.type === "BOOKMARK") return { ...event, object: { ...object, apiVersion: view.apiVersion } };
  return { ...event, object: showObject(view, object) };
}
