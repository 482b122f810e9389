import { PodServiceDefinition } from "../../gen/typernetes/core/v1/pod.ts";
import { type Clock, systemClock } from "../../lib/base/clock.ts";
import { inProcessTransport } from "../../lib/grpc/in-process.ts";
import { type Identity, Router } from "../../lib/grpc/router.ts";
import type { Transport } from "../../lib/grpc/transport.ts";
import type { Logger } from "../../lib/observe/logger.ts";
import type { Store } from "../../lib/storage/store.ts";
import { admissionPlugins } from "./admission/list.ts";
import { createNamespaces } from "./bootstrap/namespaces.ts";
import type { Core } from "./core.ts";
import { resourceHandlers } from "./grpc/door.ts";
import { podHandlers } from "./grpc/pod-handlers.ts";
import type { ResourceService } from "./grpc/resource-service.ts";
import type { KindHooks } from "./registry/kind-hooks.ts";
import { namespaceHooks } from "./registry/namespace-hooks.ts";
import { ObjectStore } from "./registry/object-store.ts";
import { type ResourceInfo, storedResources } from "./resource-info.ts";
import { WatchCache } from "./watch-cache/watch-cache.ts";

export interface ApiserverDeps {
  store: Store;
  logger: Logger;
  clock?: Clock;
  random?: () => number;
}

export interface ApiserverOptions {
  /** Admission plugins that are left out, by name. */
  disableAdmissionPlugins?: readonly string[];
}

/** A running apiserver. */
export interface Apiserver {
  readonly router: Router;
  /** Calls the apiserver from the same process, as `identity`. */
  transportFor(identity: Identity): Transport;
  close(): Promise<void>;
}

/** Starts an apiserver on a store. */
export async function startApiserver(deps: ApiserverDeps, options: ApiserverOptions = {}): Promise<Apiserver> {
  const { store, logger, clock = systemClock, random = Math.random } = deps;
  const resources = storedResources();
  const cache = new WatchCache({ store, clock, logger }, resources);
  await cache.start();
  const resource = (group: string, plural: string): ResourceInfo => {
    const info = resources.find((it) => it.schema.group === group && it.schema.plural === plural);
    if (!info) throw new Error(`no resource ${plural} in ${group || "core"}`);
    return info;
  };
  const disabled = new Set(options.disableAdmissionPlugins);
  const hooks: Record<string, KindHooks> = { namespaces: namespaceHooks };
  const none: KindHooks = {};
  const core: Core = {
    clock,
    random,
    logger,
    store,
    objects: new ObjectStore(store, cache),
    cache,
    admission: admissionPlugins({ cache, resource, clock }).filter((plugin) => !disabled.has(plugin.name)),
    hooksOf: (info) => hooks[info.groupResource] ?? none,
  };
  const router = new Router();
  for (const info of resources) {
    if (info.groupResource === "pods") router.add(PodServiceDefinition, podHandlers(core, info));
    // The generator gives every kind's service these methods, or fewer.
    else router.add(info.service as ResourceService, resourceHandlers(core, info));
  }
  await createNamespaces(core, resource("", "namespaces"));
  return {
    router,
    transportFor: (identity) => inProcessTransport(router, identity, { logger }),
    close: () => cache.stop(),
  };
}
