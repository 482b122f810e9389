import type { Core } from "../core.ts";
import type { ServedResource } from "../served-resources.ts";
import type { Exchange } from "./exchange.ts";
import type { ResourcePath } from "./resource-path.ts";

/** One request for a kind that is served. */
export interface ResourceRequest {
  readonly core: Core;
  readonly exchange: Exchange;
  readonly path: ResourcePath;
  readonly served: ServedResource;
}
