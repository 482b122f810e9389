import type { ListMeta } from "../../../gen/typernetes/meta/v1/object_meta.ts";
import type { ListOptions } from "../../../gen/typernetes/meta/v1/options.ts";
import { FieldMatcher, parseFieldSelector } from "../../../lib/api/field-selector.ts";
import { clonePlain } from "../../../lib/base/plain-data.ts";
import type { EncodedMessage, Handlers } from "../../../lib/grpc/router.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { Caller, Core } from "../core.ts";
import { badRequest } from "../errors.ts";
import type { ResourceService } from "../grpc/resource-service.ts";
import type { ObjectForm } from "../object-form.ts";
import type { ResourceInfo } from "../resource-info.ts";
import { Slices } from "../slices.ts";
import { keepCreated } from "../verbs/apply.ts";
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
  /** The other form. */
  readonly form: ObjectForm;
  readonly apiVersion: string;
  readonly kind: string;
  /** The kind of lists, where it is not the kind and `List`. */
  readonly listKind?: string;
  /** Fields that selectors know under another name than the stored kind's. */
  readonly fieldLabels?: Readonly<Record<string, string>>;
  /** Whether updates are read beside what they replace. */
  readonly comparesUpdates?: boolean;
  /** The stored object in the other form. */
  show(stored: ApiObject): ApiObject | Promise<ApiObject>;
  /** Many at once, where that is cheaper than one by one. */
  showAll?(stored: readonly ApiObject[]): Promise<readonly ApiObject[]>;
  /**
   * The object to be stored; `isNew` when it is for a create. The argument is its own to change. `current` is what is
   * replaced, as it is stored, where that is known.
   */
  read(shown: ApiObject, isNew: boolean, current?: ApiObject): ApiObject | Promise<ApiObject>;
}

type Answer = Promise<EncodedMessage<ApiObject>>;

/** The verbs of a view: those of the stored kind, every object converted on its way in and out. */
export function viewHandlers(core: Core, info: ResourceInfo, view: View): Handlers<ResourceService> {
  const shown = async (answer: EncodedMessage<ApiObject> | Answer) => {
    const stored = await answer;
    return keepCreated(stored, await showAnswer(view, stored.value));
  };
  const replace = async (request: UpdateRequest, caller: Caller, subresource?: string) => {
    const { namespace, name } = request.object?.metadata ?? {};
    const current = view.comparesUpdates && name ? (await get(core, info, { namespace, name })).value : undefined;
    const stored = await readRequest(view, request, false, current);
    return shown(update(core, info, stored, caller, subresource, view.apiVersion));
  };
  return {
    create: async (request, caller) =>
      shown(create(core, info, await readRequest(view, request, true), caller, view.apiVersion)),
    get: (request) => shown(get(core, info, request)),
    list: async (request, caller) =>
      showList(
        view,
        (await list(core, info, { ...request, options: storedLabels(view, request.options) }, caller)).value,
      ),
    watch: (request, caller) => {
      const options = storedLabels(view, request.options);
      return showEvents(view, watch(core, info, { ...request, options }, caller));
    },
    update: (request, caller) => replace(request, caller),
    updateStatus: (request, caller) => replace(request, caller, "status"),
    patch: (request, caller) => shown(patch(core, info, request, caller, view)),
    delete: async (request, caller) => {
      const path = objectPath(info, request.namespace, request.name);
      return shown(deleteObject(core, path, { ...request.options }, caller));
    },
    deleteCollection: async (request, caller) => {
      const listOptions = storedLabels(view, request.listOptions);
      return showList(view, (await deleteCollection(core, info, { ...request, listOptions }, caller)).value);
    },
  };
}

async function readRequest<R extends { object?: ApiObject | undefined }>(
  view: View,
  request: R,
  isNew: boolean,
  current?: ApiObject,
): Promise<R> {
  const { object } = request;
  if (!object) return request;
  const { apiVersion, kind, ...rest } = object;
  if ((apiVersion && apiVersion !== view.apiVersion) || (kind && kind !== view.kind)) {
    throw badRequest(`the data are a ${apiVersion} ${kind}, where a ${view.apiVersion} ${view.kind} is expected`);
  }
  return { ...request, object: await view.read(clonePlain<ApiObject>(rest), isNew, current) };
}

/** A deletion may answer a status instead. */
async function showAnswer(view: View, object: ApiObject): Promise<ApiObject> {
  return object.kind === "Status" ? object : ownForm(view, await view.show(object));
}

function ownForm(view: View, shown: ApiObject): ApiObject {
  return { ...shown, apiVersion: view.apiVersion, kind: view.kind };
}

/** All of them: together where the view knows how, else one by one without holding others up. */
async function showObjects(view: View, stored: readonly ApiObject[]): Promise<ApiObject[]> {
  if (view.showAll) return (await view.showAll(stored)).map((shown) => ownForm(view, shown));
  const shown: ApiObject[] = [];
  const slices = new Slices();
  for (const object of stored) {
    if (slices.isOver()) await slices.breathe();
    const other = view.show(object);
    shown.push(ownForm(view, other instanceof Promise ? await other : other));
  }
  return shown;
}

/** Options whose field selector names fields as the stored kind does. */
function storedLabels({ fieldLabels }: View, options: ListOptions | undefined): ListOptions | undefined {
  if (!fieldLabels || !options?.fieldSelector) return options;
  const { requirements } = parseFieldSelector(options.fieldSelector);
  const stored = requirements.map((each) => ({ ...each, field: fieldLabels[each.field] ?? each.field }));
  return { ...options, fieldSelector: new FieldMatcher(stored).toString() };
}

async function showList(view: View, { metadata, items }: ObjectList): Promise<ObjectList> {
  const meta: ListMeta = metadata;
  const shown = await showObjects(view, items);
  return { apiVersion: view.apiVersion, kind: view.listKind ?? `${view.kind}List`, metadata: meta, items: shown };
}

async function* showEvents(
  view: View,
  stream: AsyncIterable<EncodedMessage<WatchResponse>>,
): AsyncGenerator<WatchResponse> {
  for await (const { value } of stream) {
    // Bookmarks have nothing but a revision.
    const objects = value.events.flatMap(({ type, object }) => (object && type !== "BOOKMARK" ? [object] : []));
    const shown = await showObjects(view, objects);
    yield { events: value.events.map((event) => withObject(view, event, shown)) };
  }
}

/** The event with the next of the objects shown, if it has one. */
function withObject(view: View, event: WatchEventMessage, shown: ApiObject[]): WatchEventMessage {
  const { object } = event;
  if (!object) return event;
  if (event.type === "BOOKMARK") return { ...event, object: { ...object, apiVersion: view.apiVersion } };
  return { ...event, object: shown.shift() ?? object };
}
