import type { Handlers } from "../../../lib/grpc/router.ts";
import type { Core } from "../core.ts";
import { letIn } from "../request-path.ts";
import type { ResourceInfo } from "../resource-info.ts";
import { create } from "../verbs/create.ts";
import { deleteObject } from "../verbs/delete.ts";
import { deleteCollection } from "../verbs/delete-collection.ts";
import { finalize } from "../verbs/finalize.ts";
import { get } from "../verbs/get.ts";
import { list } from "../verbs/list.ts";
import { objectPath } from "../verbs/object-path.ts";
import { patch } from "../verbs/patch.ts";
import { getScale, updateScale } from "../verbs/scale.ts";
import { update } from "../verbs/update.ts";
import { watch } from "../verbs/watch.ts";
import type { ResourceService } from "./resource-service.ts";

/** The gRPC service of one kind: translates, and leaves everything else to the verbs. */
export function resourceHandlers(core: Core, info: ResourceInfo): Handlers<ResourceService> {
  return {
    create: async (request, context) => create(core, info, request, letIn(context)),
    get: async (request, context) => letIn(context) && get(core, info, request),
    list: async (request, context) => list(core, info, request, letIn(context)),
    watch: (request, context) => watch(core, info, request, letIn(context)),
    update: async (request, context) => update(core, info, request, letIn(context)),
    updateStatus: async (request, context) => update(core, info, request, letIn(context), "status"),
    patch: async (request, context) => patch(core, info, request, letIn(context)),
    delete: async (request, context) =>
      deleteObject(core, objectPath(info, request.namespace, request.name), { ...request.options }, letIn(context)),
    deleteCollection: async (request, context) => deleteCollection(core, info, request, letIn(context)),
    getScale: async (request, context) => letIn(context) && getScale(core, info, request),
    updateScale: async (request, context) => updateScale(core, info, request, letIn(context)),
    finalize: async (request, context) => finalize(core, info, request, letIn(context)),
  };
}
