import type { PodServiceDefinition } from "../../../gen/typernetes/core/v1/pod.ts";
import type { Handlers } from "../../../lib/grpc/router.ts";
import type { Core } from "../core.ts";
import { letIn, serve } from "../request-path.ts";
import type { ResourceInfo } from "../resource-info.ts";
import { bindPods } from "../verbs/bind.ts";
import { evictPod } from "../verbs/evict.ts";
import { update } from "../verbs/update.ts";
import { resourceHandlers } from "./door.ts";
import { podAttach, podExec, podLog, podPortForward } from "./kubelet-calls.ts";

/** The gRPC service of pods: what all kinds have, and what only pods have. */
export function podHandlers(core: Core, pods: ResourceInfo): Handlers<typeof PodServiceDefinition> {
  return {
    ...resourceHandlers(core, pods),
    bind: (request, context) => serve(pods, context, (caller) => bindPods(core, pods, request, caller)),
    evict: (request, context) => serve(pods, context, (caller) => evictPod(core, pods, request, caller)),
    updateEphemeralContainers: (request, context) =>
      serve(pods, context, (caller) => update(core, pods, request, caller, "ephemeralcontainers")),
    resize: (request, context) => serve(pods, context, (caller) => update(core, pods, request, caller, "resize")),
    log: (request, context) => podLog(core, pods, request, letIn(context)),
    exec: (requests, context) => podExec(core, pods, requests, letIn(context)),
    attach: (requests, context) => podAttach(core, pods, requests, letIn(context)),
    portForward: (requests, context) => podPortForward(core, pods, requests, letIn(context)),
  };
}
