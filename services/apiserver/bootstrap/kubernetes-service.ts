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
import { replaceObject } from "../verbs/update.ts";
import { itself } from "./itself.ts";

const namespace = "default";
const name = "kubernetes";
const intervalMs = 10_000;

export interface KubernetesServiceOptions {
  /** The service's own address. */
  clusterIp: string;
  advertiseAddress: string;
  /** Port of the apiserver at the advertised address. */
  port: number;
}

/** Keeps the `kubernetes` service and its endpoints pointing at this apiserver. */
export class KubernetesService {
  readonly #core: Core;
  readonly #options: KubernetesServiceOptions;
  #cancel: () => void = () => {};
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

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#cancel = this.#core.clock.schedule(intervalMs, () => {
      this.#reconcile()
        .catch((error) => this.#core.logger.warn({ err: error }, "the kubernetes service could not be looked after"))
        .finally(() => this.#schedule());
    });
  }

  async #reconcile(): Promise<void> {
    const { resource } = this.#core;
    await Promise.all([
      this.#keep(resource("", "services"), this.#service(), () => true),
      this.#keep<Endpoints & ApiObject>(resource("", "endpoints"), this.#endpoints(), (is, wanted) =>
        deepEqual(is.subsets, wanted.subsets),
      ),
      this.#keep<EndpointSlice & ApiObject>(
        resource("discovery.k8s.io", "endpointslices"),
        this.#slice(),
        (is, wanted) => deepEqual([is.endpoints, is.ports], [wanted.endpoints, wanted.ports]),
      ),
    ]);
  }

  /** Makes the object, or puts it right when it is not as wanted. */
  async #keep<T extends ApiObject>(
    info: ResourceInfo,
    wanted: T,
    isRight: (is: T, wanted: T) => boolean,
  ): Promise<void> {
    const cache = this.#core.cache.cacheOf(info);
    const entry = cache.get(storeKey(info, namespace, name));
    if (!entry) return this.#create(info, wanted);
    // Every kind is decoded by its own codec.
    if (isRight(cache.decode(entry) as T, wanted)) return;
    const replace = (current: ApiObject) => ({ ...clonePlain(wanted), metadata: clonePlain(current.metadata) });
    await replaceObject(this.#core, { info, namespace, name }, replace, { caller: itself, dryRun: false });
  }

  async #create(info: ResourceInfo, object: ApiObject): Promise<void> {
    try {
      await create(this.#core, info, { object }, itself);
    } catch (error) {
      if (!isStatusError(error, "AlreadyExists")) throw error;
    }
  }

  #service(): Service {
    return {
      metadata: { name, namespace, labels: { component: "apiserver", provider: "kubernetes" } },
      spec: {
        type: "ClusterIP",
        clusterIP: this.#options.clusterIp,
        sessionAffinity: "None",
        ports: [{ name: "https", port: 443, targetPort: this.#options.port, protocol: "TCP" }],
      },
    };
  }

  #endpoints(): Endpoints {
    const { advertiseAddress, port } = this.#options;
    return {
      metadata: { name, namespace, labels: { "endpointslice.kubernetes.io/skip-mirror": "true" } },
      subsets: [{ addresses: [{ ip: advertiseAddress }], ports: [{ name: "https", port, protocol: "TCP" }] }],
    };
  }

  #slice(): EndpointSlice {
    const { advertiseAddress, port } = this.#options;
    return {
      metadata: { name, namespace, labels: { "kubernetes.io/service-name": name } },
      addressType: advertiseAddress.includes(":") ? "IPv6" : "IPv4",
      endpoints: [{ addresses: [advertiseAddress], conditions: { ready: true } }],
      ports: [{ name: "https", port, protocol: "TCP" }],
    };
  }
}
