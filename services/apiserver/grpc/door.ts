import type { Handlers } from "../../../lib/grpc/router.ts";
import type { Core } from "../core.ts";
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

/** The verbs that all kinds have alike, for callers that were let in. */
export function resourceHandlers(core: Core, info: ResourceInfo): Handlers<ResourceService> {
  return {
    create: (request, caller) => create(core, info, request, caller),
    get: (request) => get(core, info, request),
    list: (request, caller) => list(core, info, request, caller),
    watch: (request, caller) => watch(core, info, request, caller),
    update: (request, caller) => update(core, info, request, caller),
    updateStatus: (request, caller) => update(core, info, request, caller, "status"),
    patch: (request, caller) => patch(core, info, request, caller),
    delete: async (request, caller) => {
      const path = objectPath(info, request.namespace, request.name);
      return deleteObject(core, path, { ...request.options }, caller);
    },
    deleteCollection: (request, caller) => deleteCollection(core, info, request, caller),
    getScale: (request) => getScale(core, info, request),
    updateScale: (request, caller) => updateScale(core, info, request, caller),
    updateApproval: (request, caller) => update(core, info, request, caller, "approval"),
    finalize: (request, caller) => finalize(core, info, request, caller),
  };
}
