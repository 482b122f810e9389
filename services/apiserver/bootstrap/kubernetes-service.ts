import type { Endpoints } from "../../../gen/typernetes/core/v1/endpoints.ts";
import type { Service } from "../../../gen/typernetes/core/v1/service.ts";
import type { EndpointSlice } from "../../../gen/typernetes/discovery/v1/endpoint_slice.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { clonePlain } from "../../../lib/base/plain-data.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { Core } from "../core.ts";
import { type ResourceInfo, storeKey } from "../resource-info.ts";
import { create } from "../verbs/create.ts";
import { deleteObject } from "../verbs/delete.ts";
import { replaceObject } from "../verbs/update.ts";
import type { ApiserverLeases, ApiserverPlace } from "./apiserver-leases.ts";
import { itself } from "./itself.ts";
import {
  kubernetesEndpoints,
  kubernetesSlices,
  kubernetesServiceName as name,
  namespace,
} from "./kubernetes-endpoints.ts";

const intervalMs = 10_000;
/** How often the endpoints are written anew because apiservers came or went meanwhile. */
const attemptsMax = 5;
/** As long as the store may take for what the other one writes. */
const createsMax = 50;
const createRetryMs = 100;

export interface KubernetesServiceOptions {
  /** The service's own address. */
  clusterIp: string;
  /** Where this apiserver is reached. */
  place: ApiserverPlace;
  /** Who else is alive; absent when this apiserver has the store for itself. */
  leases: ApiserverLeases | undefined;
}

/** Keeps the `kubernetes` service and its endpoints pointing at the apiservers that are alive. */
export class KubernetesService {
  readonly #core: Core;
  readonly #options: KubernetesServiceOptions;
  #cancel: () => void = () => {};
  #running: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(core: Core, options: KubernetesServiceOptions) {
    this.#core = core;
    this.#options = options;
  }

  /** Makes them, and looks after them from then on. */
  async start(): Promise<void> {
    await this.#reconcile();
    this.#schedule();
  }

  /** Where there are other apiservers, this one is no longer among the endpoints. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancel();
    await this.#running;
    await this.#leave().catch((error) => {
      this.#core.logger.warn(
        { err: error },
        "this apiserver remains an endpoint of the kubernetes service for a while",
      );
    });
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#cancel = this.#core.clock.schedule(intervalMs, () => {
      this.#running = this.#reconcile()
        .catch((error) => this.#core.logger.warn({ err: error }, "the kubernetes service could not be looked after"))
        .finally(() => this.#schedule());
    });
  }

  async #reconcile(): Promise<void> {
    await this.#options.leases?.renew();
    await this.#keep(this.#core.resource("", "services"), this.#service(), () => true);
    await this.#keepEndpoints();
  }

  async #leave(): Promise<void> {
    const { leases } = this.#options;
    await leases?.remove();
    if ((await leases?.living())?.length) await this.#keepEndpoints();
  }

  /** Another apiserver may come or go, and write, between the look at the leases and the write: then it is done again. */
  async #keepEndpoints(): Promise<void> {
    let places = await this.#living();
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      const isWritten = await this.#writeEndpoints(places);
      if (!isWritten || !this.#options.leases) return;
      const now = await this.#living();
      if (deepEqual(now, places)) return;
      places = now;
    }
  }

  async #living(): Promise<ApiserverPlace[]> {
    return (await this.#options.leases?.living()) ?? [this.#options.place];
  }

  /** Answers whether anything was not as wanted. */
  async #writeEndpoints(places: readonly ApiserverPlace[]): Promise<boolean> {
    const endpointSlices = this.#core.resource("discovery.k8s.io", "endpointslices");
    const slices = kubernetesSlices(places);
    const written = await Promise.all([
      this.#keep<Endpoints & ApiObject>(
        this.#core.resource("", "endpoints"),
        kubernetesEndpoints(places),
        (is, wanted) => deepEqual(is.subsets, wanted.subsets),
      ),
      ...slices.map((slice) =>
        this.#keep<EndpointSlice & ApiObject>(endpointSlices, slice, (is, wanted) =>
          deepEqual([is.endpoints, is.ports], [wanted.endpoints, wanted.ports]),
        ),
      ),
      this.#removeSlicesBut(endpointSlices, new Set(slices.map(({ metadata }) => metadata?.name))),
    ]);
    return written.includes(true);
  }

  async #removeSlicesBut(info: ResourceInfo, wanted: ReadonlySet<string | undefined>): Promise<boolean> {
    const cache = this.#core.cache.cacheOf(info);
    const isSuperfluous = ({ metadata }: ApiObject) =>
      !!metadata?.name?.startsWith(`${name}-`) &&
      metadata.labels?.["kubernetes.io/service-name"] === name &&
      !wanted.has(metadata.name);
    const superfluous = cache.snapshot(namespace).map(cache.decode).filter(isSuperfluous);
    for (const { metadata } of superfluous) {
      await deleteObject(this.#core, { info, namespace, name: metadata?.name ?? "" }, {}, itself).catch((error) => {
        if (!isStatusError(error, "NotFound")) throw error;
      });
    }
    return superfluous.length > 0;
  }

  /** Makes the object, or puts it right when it is not as wanted; answers whether there was anything to do. */
  async #keep<T extends ApiObject>(
    info: ResourceInfo,
    wanted: T,
    isRight: (is: T, wanted: T) => boolean,
  ): Promise<boolean> {
    const cache = this.#core.cache.cacheOf(info);
    const path = { info, namespace, name: wanted.metadata?.name ?? name };
    const entry = cache.get(storeKey(info, namespace, path.name));
    if (!entry) return this.#create(info, wanted);
    // Every kind is decoded by its own codec.
    if (isRight(cache.decode(entry) as T, wanted)) return false;
    const replace = (current: ApiObject) => ({ ...clonePlain(wanted), metadata: clonePlain(current.metadata) });
    try {
      await replaceObject(this.#core, path, replace, { caller: itself, dryRun: false });
    } catch (error) {
      // Another apiserver has just removed it.
      if (!isStatusError(error, "NotFound")) throw error;
      await this.#create(info, wanted);
    }
    return true;
  }

  async #create(info: ResourceInfo, object: ApiObject): Promise<boolean> {
    for (let attempt = 1; ; attempt++) {
      try {
        await create(this.#core, info, { object: clonePlain(object) }, itself);
        return true;
      } catch (error) {
        // Another apiserver has made it, or has the address and is about to.
        if (!isStatusError(error, "AlreadyExists", "Invalid")) throw error;
        await this.#core.cache.fresh();
        if (this.#core.cache.cacheOf(info).get(storeKey(info, namespace, object.metadata?.name ?? name))) return true;
        if (attempt === createsMax) throw error;
        await this.#core.clock.sleep(createRetryMs);
      }
    }
  }

  #service(): Service {
    const { clusterIp, place } = this.#options;
    return {
      metadata: { name, namespace, labels: { component: "apiserver", provider: "kubernetes" } },
      spec: {
        type: "ClusterIP",
        clusterIP: clusterIp,
        sessionAffinity: "None",
        ports: [{ name: "https", port: 443, targetPort: place.port, protocol: "TCP" }],
      },
    };
  }
}
