import type { Handlers } from "../../../lib/grpc/router.ts";
import type { Core } from "../core.ts";
import { letIn, serve } from "../request-path.ts";
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
    create: (request, context) => serve(info, context, (caller) => create(core, info, request, caller)),
    get: (request, context) => serve(info, context, () => get(core, info, request)),
    list: (request, context) => serve(info, context, (caller) => list(core, info, request, caller)),
    watch: (request, context) => watch(core, info, request, letIn(context)),
    update: (request, context) => serve(info, context, (caller) => update(core, info, request, caller)),
    updateStatus: (request, context) => serve(info, context, (caller) => update(core, info, request, caller, "status")),
    patch: (request, context) => serve(info, context, (caller) => patch(core, info, request, caller)),
    delete: (request, context) =>
      serve(info, context, async (caller) => {
        const path = objectPath(info, request.namespace, request.name);
        return deleteObject(core, path, { ...request.options }, caller);
      }),
    deleteCollection: (request, context) =>
      serve(info, context, (caller) => deleteCollection(core, info, request, caller)),
    getScale: (request, context) => serve(info, context, () => getScale(core, info, request)),
    updateScale: (request, context) => serve(info, context, (caller) => updateScale(core, info, request, caller)),
    updateApproval: (request, context) =>
      serve(info, context, (caller) => update(core, info, request, caller, "approval")),
    finalize: (request, context) => serve(info, context, (caller) => finalize(core, info, request, caller)),
  };
}
