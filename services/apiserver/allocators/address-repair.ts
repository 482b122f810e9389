import type { Service } from "../../../gen/typernetes/core/v1/service.ts";
import type { EventRecorder } from "../../../lib/client/event-recorder.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import { followKind } from "../aggregation/follow-kind.ts";
import type { Core } from "../core.ts";
import type { ResourceInfo } from "../resource-info.ts";
import { Slices } from "../slices.ts";
import type { ResourceCache } from "../watch-cache/resource-cache.ts";
import { type AddressObject, isLabelled, isManaged, serviceKeyOf } from "./address-object.ts";
import type { ClusterAddresses } from "./cluster-addresses.ts";
import { heldBy, keyOf } from "./service-allocations.ts";

/** An address that nobody has is left alone for so long: its service may be on its way. */
const leakedMsMin = 60_000;
/** Writes under way at once. */
const writesMax = 64;

type ServiceObject = ApiObject & Service;

/** Brings IPAddress objects and services in line: each address of a service has its object, and each such object its service. */
export class AddressRepair {
  readonly #core: Core;
  readonly #addresses: ClusterAddresses;
  readonly #recorder: EventRecorder;
  readonly #services: ResourceInfo;
  readonly #ipAddresses: ResourceInfo;
  readonly #stopping = new AbortController();
  #following: Promise<void> | undefined;

  constructor(core: Core, addresses: ClusterAddresses, recorder: EventRecorder) {
    this.#core = core;
    this.#addresses = addresses;
    this.#recorder = recorder;
    this.#services = core.resource("", "services");
    this.#ipAddresses = core.resource("networking.k8s.io", "ipaddresses");
  }

  /** From now on what happens to an object of a service that is there is put right at once. The cache runs already. */
  start(): void {
    this.#following = followKind(this.#core, this.#ipAddresses, this.#stopping.signal, (object) => {
      const service = this.#serviceOf(object);
      const address = object.metadata?.name ?? "";
      if (service && holds(service, address) && !this.#isRight(service, address))
        void this.#repairAddress(service, address).catch((error) => this.#tell(error));
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#following;
    await this.#recorder.close();
  }

  /** Looks at everything once. */
  async repair(): Promise<void> {
    await this.#eachOf(this.#services, (service: ServiceObject) =>
      [...heldBy(service).addresses]
        .filter((address) => !this.#isRight(service, address))
        .map((address) => this.#repairAddress(service, address)),
    );
    await this.#eachOf(this.#ipAddresses, (object: AddressObject) =>
      isManaged(object) && this.#isLeaked(object) ? [this.#remove(object)] : [],
    );
  }

  /** Nothing is awaited between the look at an object and what `repairsOf` makes of it. */
  async #eachOf<T extends ApiObject>(info: ResourceInfo, repairsOf: (object: T) => Promise<void>[]): Promise<void> {
    const cache = this.#core.cache.cacheOf(info);
    const slices = new Slices();
    let running: Promise<void>[] = [];
    for (const { key } of cache.snapshot(undefined)) {
      const entry = cache.get(key);
      // Every kind is decoded by its own codec.
      if (entry) running.push(...repairsOf(cache.decode(entry) as T));
      if (running.length >= writesMax) {
        await Promise.all(running);
        running = [];
      }
      if (slices.isOver()) await slices.breathe();
    }
    await Promise.all(running);
  }

  #isRight(service: Service, address: string): boolean {
    const object = this.#objectOf(address);
    return object !== undefined && serviceKeyOf(object) === keyOf(service) && isLabelled(object);
  }

  async #repairAddress(service: ServiceObject, address: string): Promise<void> {
    const family = address.includes(":") ? "IPv6" : "IPv4";
    const warn = (reason: string, message: string) => {
      this.#core.logger.warn({ service: keyOf(service) }, message);
      this.#recorder.event(service, "Warning", reason, message);
    };
    if (!this.#addresses.ranges.all().some((block) => block.contains(address))) {
      const message = `Cluster IP [${family}]: ${address} is not within any configured Service CIDR; please recreate service`;
      return warn("ClusterIPOutOfRange", message);
    }
    const object = this.#objectOf(address);
    if (!object) {
      warn("ClusterIPNotAllocated", `Cluster IP [${family}]: ${address} is not allocated; repairing`);
    } else if (this.#isOthers(object, service)) {
      const message = `Cluster IP [${family}]:${address} was assigned to multiple services; please recreate service`;
      return warn("ClusterIPAlreadyAllocated", message);
    } else {
      const { namespace, name } = service.metadata ?? {};
      if (serviceKeyOf(object) !== keyOf(service)) {
        const message = `the ClusterIP [${family}]: ${address} for Service ${namespace}/${name} has a wrong reference; repairing`;
        warn("ClusterIPNotAllocated", message);
      }
      await this.#addresses.discard(object);
    }
    await this.#addresses.claim(address, service);
  }

  /** Whether another service has the address, too, and first. */
  #isOthers(object: AddressObject, service: Service): boolean {
    const other = this.#serviceOf(object);
    return other !== undefined && keyOf(other) !== keyOf(service) && holds(other, object.metadata?.name ?? "");
  }

  #isLeaked(object: AddressObject): boolean {
    const { creationTimestamp = "", name = "" } = object.metadata ?? {};
    const service = this.#serviceOf(object);
    if (service && holds(service, name)) return false;
    return this.#core.clock.now() - Date.parse(creationTimestamp) > leakedMsMin;
  }

  async #remove(object: AddressObject): Promise<void> {
    const { name } = object.metadata ?? {};
    const holder = serviceKeyOf(object);
    const [reason, message] = this.#serviceOf(object)
      ? ["IPAddressWrongReference", `IPAddress: ${name} for Service ${holder} has a wrong reference; cleaning up`]
      : ["IPAddressNotAllocated", `IPAddress: ${name} for Service ${holder} appears to have leaked: cleaning up`];
    this.#core.logger.warn({ address: name }, message);
    this.#recorder.event(object, "Warning", reason, message);
    await this.#addresses.discard(object);
  }

  #objectOf(address: string): AddressObject | undefined {
    return this.#cached(this.#ipAddresses, address);
  }

  #serviceOf(object: AddressObject): ServiceObject | undefined {
    const key = serviceKeyOf(object);
    return key === undefined ? undefined : this.#cached(this.#services, key);
  }

  #cached(info: ResourceInfo, name: string): ApiObject | undefined {
    const cache: ResourceCache = this.#core.cache.cacheOf(info);
    const entry = cache.get(info.keyPrefix + name);
    return entry && cache.decode(entry);
  }

  #tell(error: unknown): void {
    this.#core.logger.warn({ err: error }, "an address of a service could not be put right");
  }
}

function holds(service: Service, address: string): boolean {
  return heldBy(service).addresses.has(address);
}
