import { HorizontalPodAutoscalerServiceDefinition } from "../../gen/typernetes/autoscaling/v1/horizontal_pod_autoscaler.ts";
import { BindingServiceDefinition } from "../../gen/typernetes/core/v1/binding.ts";
import { ComponentStatusServiceDefinition } from "../../gen/typernetes/core/v1/component_status.ts";
import { PodServiceDefinition } from "../../gen/typernetes/core/v1/pod.ts";
import { ServiceAccountServiceDefinition } from "../../gen/typernetes/core/v1/service_account.ts";
import { EventServiceDefinition } from "../../gen/typernetes/events/v1/event.ts";
import { NodeMetricsServiceDefinition } from "../../gen/typernetes/metrics/v1beta1/node_metrics.ts";
import { PodMetricsServiceDefinition } from "../../gen/typernetes/metrics/v1beta1/pod_metrics.ts";
import { decode } from "../../lib/api/decode.ts";
import type { ServiceDefinition } from "../../lib/grpc/method.ts";
import type { Handlers, Router } from "../../lib/grpc/router.ts";
import { strategyOf } from "../../lib/resources/list.ts";
import type { Core } from "./core.ts";
import { badRequest } from "./errors.ts";
import { resourceHandlers } from "./grpc/door.ts";
import { podHandlers } from "./grpc/pod-handlers.ts";
import type { ResourceService } from "./grpc/resource-service.ts";
import { checkedFromWire } from "./grpc/wire-objects.ts";
import { Measurements } from "./measurements/measurements.ts";
import { guard } from "./request-path.ts";
import type { ResourceInfo } from "./resource-info.ts";
import { serveReviews } from "./reviews/serve-reviews.ts";
import type { ServedResources } from "./served-resources.ts";
import { accountHandlers } from "./subresources/service-account-token.ts";
import { bindPod } from "./verbs/bind.ts";
import { getComponentStatus, listComponentStatuses } from "./verbs/component-statuses.ts";
import { autoscalerView } from "./views/autoscaler-view.ts";
import { eventsView } from "./views/events-view.ts";
import { type View, viewHandlers } from "./views/view.ts";

type Version = Parameters<typeof strategyOf>[0];

/** Serves every kind that has a contract, at every door. */
export function serveKinds(
  core: Core,
  resources: readonly ResourceInfo[],
  served: ServedResources,
  router: Router,
): void {
  const pods = core.resource("", "pods");
  const accounts = core.resource("", "serviceaccounts");

  function serve<S extends ServiceDefinition>(
    version: Version,
    service: S,
    handlers: Handlers<S>,
    info?: ResourceInfo,
  ) {
    const strategy = strategyOf(version);
    const { schema } = strategy;
    const guarded = guard(core, info ? { schema, info } : { schema }, service, handlers);
    router.add(service, checkedFromWire(schema.message, service, guarded));
    served.add({
      schema,
      strategy,
      // The generator gives every kind's service these methods, or fewer.
      handlers: guarded as Handlers<ResourceService>,
      decode: (json, validation) => decode(schema.message, json, validation),
    });
  }

  function serveView(group: string, version: string, service: ServiceDefinition, view: View, info: ResourceInfo) {
    // The generator gives every kind's service these methods, or fewer.
    serve(
      { group, version, plural: info.schema.plural },
      service as ResourceService,
      viewHandlers(core, info, view),
      info,
    );
  }

  for (const info of resources) {
    if (info === accounts) serve(info.schema, ServiceAccountServiceDefinition, accountHandlers(core, info), info);
    else if (info === pods) serve(info.schema, PodServiceDefinition, podHandlers(core, pods), pods);
    // The generator gives every kind's service these methods, or fewer.
    else serve(info.schema, info.service as ResourceService, resourceHandlers(core, info), info);
  }
  serveView("events.k8s.io", "v1", EventServiceDefinition, eventsView, core.resource("", "events"));
  const autoscalers = core.resource("autoscaling", "horizontalpodautoscalers");
  serveView("autoscaling", "v1", HorizontalPodAutoscalerServiceDefinition, autoscalerView, autoscalers);
  serveReviews(core, serve);
  serve({ group: "", version: "v1", plural: "bindings" }, BindingServiceDefinition, {
    async create({ namespace, object }, caller) {
      if (!object) throw badRequest("the request has no object");
      const binding = { ...object, metadata: { namespace, ...object.metadata } };
      await bindPod(core, pods, binding, caller);
      return binding;
    },
  });
  serve({ group: "", version: "v1", plural: "componentstatuses" }, ComponentStatusServiceDefinition, {
    get: (request) => getComponentStatus(core, request.name ?? ""),
    list: () => listComponentStatuses(core),
  });
  const measurements = new Measurements(core);
  const metrics = { group: "metrics.k8s.io", version: "v1beta1" };
  serve({ ...metrics, plural: "nodes" }, NodeMetricsServiceDefinition, {
    get: (request, caller) => measurements.getNode(request, caller),
    list: (request, caller) => measurements.listNodes(request, caller),
  });
  serve({ ...metrics, plural: "pods" }, PodMetricsServiceDefinition, {
    get: (request, caller) => measurements.getPod(request, caller),
    list: (request, caller) => measurements.listPods(request, caller),
  });
}
