import type { PodServiceDefinition } from "../../../gen/typernetes/core/v1/pod.ts";
import type { Handlers } from "../../../lib/grpc/router.ts";
import type { Core } from "../core.ts";
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
    bind: (request, caller) => bindPods(core, pods, request, caller),
    evict: (request, caller) => evictPod(core, pods, request, caller),
    updateEphemeralContainers: (request, caller) => update(core, pods, request, caller, "ephemeralcontainers"),
    resize: (request, caller) => update(core, pods, request, caller, "resize"),
    log: (request, caller) => podLog(core, pods, request, caller),
    exec: (requests, caller) => podExec(core, pods, requests, caller),
    attach: (requests, caller) => podAttach(core, pods, requests, caller),
    portForward: (requests, caller) => podPortForward(core, pods, requests, caller),
  };
}
