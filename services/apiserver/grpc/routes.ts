import { HorizontalPodAutoscalerServiceDefinition } from "../../../gen/typernetes/autoscaling/v1/horizontal_pod_autoscaler.ts";
import { BindingServiceDefinition } from "../../../gen/typernetes/core/v1/binding.ts";
import { ComponentStatusServiceDefinition } from "../../../gen/typernetes/core/v1/component_status.ts";
import { PodServiceDefinition } from "../../../gen/typernetes/core/v1/pod.ts";
import { DynamicServiceDefinition } from "../../../gen/typernetes/dynamic/v1/dynamic.ts";
import { EventServiceDefinition } from "../../../gen/typernetes/events/v1/event.ts";
import type { ServiceDefinition } from "../../../lib/grpc/method.ts";
import { Router } from "../../../lib/grpc/router.ts";
import type { Core } from "../core.ts";
import { badRequest } from "../errors.ts";
import { letIn } from "../request-path.ts";
import type { ResourceInfo } from "../resource-info.ts";
import { bindPod } from "../verbs/bind.ts";
import { getComponentStatus, listComponentStatuses } from "../verbs/component-statuses.ts";
import { autoscalerView } from "../views/autoscaler-view.ts";
import { eventsView } from "../views/events-view.ts";
import { type View, viewHandlers } from "../views/view.ts";
import { resourceHandlers } from "./door.ts";
import { dynamicHandlers } from "./dynamic-service.ts";
import { podHandlers } from "./pod-handlers.ts";
import type { ResourceService } from "./resource-service.ts";

function addView(router: Router, core: Core, service: ServiceDefinition, view: View, info: ResourceInfo): void {
  // The generator gives every kind's service these methods, or fewer.
  router.add(service as ResourceService, viewHandlers(core, info, view));
}

/** The gRPC services of all kinds. */
export function createRouter(core: Core, resources: readonly ResourceInfo[]): Router {
  const router = new Router();
  const pods = core.resource("", "pods");
  for (const info of resources) {
    // The generator gives every kind's service these methods, or fewer.
    if (info !== pods) router.add(info.service as ResourceService, resourceHandlers(core, info));
  }
  addView(router, core, EventServiceDefinition, eventsView, core.resource("", "events"));
  addView(
    router,
    core,
    HorizontalPodAutoscalerServiceDefinition,
    autoscalerView,
    core.resource("autoscaling", "horizontalpodautoscalers"),
  );
  router.add(PodServiceDefinition, podHandlers(core, pods));
  router.add(BindingServiceDefinition, {
    async create({ namespace, object }, context) {
      if (!object) throw badRequest("the request has no object");
      const binding = { ...object, metadata: { namespace, ...object.metadata } };
      await bindPod(core, pods, binding, letIn(context));
      return binding;
    },
  });
  router.add(ComponentStatusServiceDefinition, {
    get: async (request, context) => letIn(context) && getComponentStatus(core, request.name ?? ""),
    list: async (_, context) => letIn(context) && listComponentStatuses(core),
  });
  return router.add(DynamicServiceDefinition, dynamicHandlers(router));
}
