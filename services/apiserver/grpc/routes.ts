import { DynamicServiceDefinition } from "../../../gen/typernetes/dynamic/v1/dynamic.ts";
import { Router } from "../../../lib/grpc/router.ts";
import type { Core } from "../core.ts";
import type { ResourceInfo } from "../resource-info.ts";
import { serveKinds } from "../served-kinds.ts";
import type { ServedResources } from "../served-resources.ts";
import { type AskElsewhere, dynamicHandlers } from "./dynamic-service.ts";

/** The gRPC services of all kinds; what they serve is in `served` from then on, for other doors, too. */
export function createRouter(
  core: Core,
  resources: readonly ResourceInfo[],
  served: ServedResources,
  askElsewhere: AskElsewhere,
): Router {
  const router = new Router();
  serveKinds(core, resources, served, router);
  return router.add(DynamicServiceDefinition, dynamicHandlers(core, served, askElsewhere));
}
