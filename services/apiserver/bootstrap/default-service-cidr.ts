import { randomUUID } from "node:crypto";
import type { ServiceCIDR } from "../../../gen/typernetes/networking/v1/service_cidr.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { clonePlain } from "../../../lib/base/plain-data.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { Core } from "../core.ts";
import { type ResourceInfo, storeKey } from "../resource-info.ts";
import { formatTime } from "../time.ts";

const name = "kubernetes";
const intervalMs = 10_000;

/** Keeps the ServiceCIDR `kubernetes` there, which has the ranges that the apiserver was started with. */
export class DefaultServiceCidr {
  readonly #core: Core;
  readonly #cidrs: string[];
  readonly #info: ResourceInfo;
  #cancel: () => void = () => {};
  #stopped = false;
  #toldOfMismatch = false;

  constructor(core: Core, cidrs: string[]) {
    this.#core = core;
    this.#cidrs = cidrs;
    this.#info = core.resource("networking.k8s.io", "servicecidrs");
  }

  /** Makes it; resolves when addresses can be had from it. Looks after it from then on. */
  async start(): Promise<void> {
    await this.#keep();
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#cancel = this.#core.clock.schedule(intervalMs, () => {
      this.#keep()
        .catch((error) => this.#core.logger.warn({ err: error }, "the default ServiceCIDR could not be looked after"))
        .finally(() => this.#schedule());
    });
  }

  async #keep(): Promise<void> {
    const cache = this.#core.cache.cacheOf(this.#info);
    const entry = cache.get(storeKey(this.#info, undefined, name));
    if (!entry) return this.#create();
    const cidrs = (cache.decode(entry) as ServiceCIDR).spec?.cidrs ?? [];
    if (deepEqual(cidrs, this.#cidrs)) return;
    const isSecondMissing = cidrs.length === 1 && cidrs[0] === this.#cidrs[0];
    if (isSecondMissing) await this.#widen();
    else if (!this.#toldOfMismatch) {
      this.#toldOfMismatch = true;
      this.#core.logger.warn({ cidrs, wanted: this.#cidrs }, "the default ServiceCIDR has other ranges, which stay");
    }
  }

  /** Ready from the start: nothing can be created before it is. */
  async #create(): Promise<void> {
    const { clock, objects, cache } = this.#core;
    const now = formatTime(clock.now());
    const message = "Kubernetes default Service CIDR is ready";
    const object: ApiObject & ServiceCIDR = {
      apiVersion: this.#info.apiVersion,
      kind: this.#info.schema.kind,
      metadata: { name, uid: randomUUID(), creationTimestamp: now },
      spec: { cidrs: this.#cidrs },
      status: { conditions: [{ type: "Ready", status: "True", reason: "", message, lastTransitionTime: now }] },
    };
    try {
      await objects.create(this.#path(), object);
    } catch (error) {
      // Another apiserver has made it.
      if (!isStatusError(error, "AlreadyExists")) throw error;
    }
    await cache.fresh();
  }

  async #widen(): Promise<void> {
    await this.#core.objects.change(this.#path(), (current) => {
      const object: ApiObject & ServiceCIDR = clonePlain(current.object);
      return { write: { ...object, spec: { cidrs: this.#cidrs } } as ApiObject };
    });
    await this.#core.cache.fresh();
  }

  #path() {
    return { info: this.#info, namespace: undefined, name };
  }
}
