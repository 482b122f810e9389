import type { Service } from "../../../gen/typernetes/core/v1/service.ts";
import type { Clock } from "../../../lib/base/clock.ts";
import { clonePlain } from "../../../lib/base/plain-data.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { ObjectStore } from "../registry/object-store.ts";
import type { ResourceInfo } from "../resource-info.ts";
import { Slices } from "../slices.ts";
import { formatTime } from "../time.ts";
import type { WatchCache } from "../watch-cache/watch-cache.ts";
import { AddressBlock } from "./address-block.ts";
import { type AddressObject, addressObject, serviceKeyOf } from "./address-object.ts";
import { AllocationError } from "./allocation-error.ts";
import { ServiceRanges } from "./service-ranges.ts";

export type Family = "IPv4" | "IPv6";

export interface ClusterAddressesDeps {
  cache: WatchCache;
  objects: ObjectStore;
  /** ServiceCIDR and IPAddress are among them. */
  resources: readonly ResourceInfo[];
  clock: Clock;
  /** Randomness in [0, 1). */
  random: () => number;
}

/** Larger ranges are never full. */
const triesMax = 2 ** 20;

/**
 * The addresses of services. Who has one is said by an IPAddress object, of which there can be only one for each address: its
 * creation is the allocation. Addresses come from the ranges of all ServiceCIDR objects that are ready.
 */
export class ClusterAddresses {
  /** The cluster's own ranges: one, or one of each family, the first family first. */
  readonly own: readonly AddressBlock[];
  readonly ranges: ServiceRanges;
  readonly #deps: ClusterAddressesDeps;
  readonly #ipAddresses: ResourceInfo;

  /** `text` holds one range or two, separated by a comma. @throws TypeError when they are none, or of the same family. */
  constructor(deps: ClusterAddressesDeps, text: string) {
    const parts = text.split(",");
    if (parts.length > 2) throw new TypeError(`one range of service addresses for each family is enough, not ${text}`);
    this.own = parts.map((range) => new AddressBlock(range));
    const small = this.own.find(({ size }) => size < 6);
    if (small)
      throw new TypeError(`the range of service addresses must be a range of at least 8 addresses, not ${small.range}`);
    if (new Set(this.families).size < parts.length)
      throw new TypeError(`two ranges of service addresses must be of different families, not ${text}`);
    this.#deps = deps;
    this.#ipAddresses = kind(deps.resources, "ipaddresses");
    this.ranges = new ServiceRanges(deps.cache.cacheOf(kind(deps.resources, "servicecidrs")));
  }

  get families(): Family[] {
    return this.own.map(({ family }) => family);
  }

  /** The first address: the one of the `kubernetes` service. */
  get first(): string {
    return this.own[0]?.first ?? "";
  }

  /** Gives a service `wanted`, or any free address of a family. @throws AllocationError. */
  async allocate(service: Service, family: string, wanted?: string): Promise<string> {
    if (wanted !== undefined) {
      this.#checkRange(wanted);
      if (await this.claim(wanted, service)) return wanted;
      throw taken();
    }
    for await (const address of this.#free(family)) if (await this.claim(address, service)) return address;
    throw new AllocationError("Full", "range is full");
  }

  /** What `allocate` might answer now; takes nothing. @throws AllocationError. */
  async preview(family: string, wanted?: string): Promise<string> {
    if (wanted !== undefined) {
      this.#checkRange(wanted);
      if (this.#isTaken(wanted)) throw taken();
      return wanted;
    }
    for await (const address of this.#free(family)) return address;
    throw new AllocationError("Full", "range is full");
  }

  /** Writes down that a service has an address; false when somebody has it already. */
  async claim(address: string, service: Service): Promise<boolean> {
    const { objects, clock } = this.#deps;
    try {
      await objects.create(this.#path(address), addressObject(address, service, clock.now()));
      return true;
    } catch (error) {
      if (isStatusError(error, "AlreadyExists")) return false;
      throw error;
    }
  }

  /** Gives an address back; nothing when the service, `namespace/name`, does not have it. */
  async release(address: string, serviceKey: string): Promise<void> {
    await this.#remove(address, (object) => serviceKeyOf(object) === serviceKey);
  }

  /** Takes away what says that somebody has an address, unless it has been replaced. */
  async discard({ metadata }: AddressObject): Promise<void> {
    await this.#remove(metadata?.name ?? "", (object) => object.metadata?.uid === metadata?.uid);
  }

  async #remove(address: string, isMeant: (object: AddressObject) => boolean): Promise<void> {
    const { objects, clock } = this.#deps;
    try {
      await objects.change(this.#path(address), ({ object }) => {
        const last: AddressObject = clonePlain(object);
        const { deletionTimestamp, finalizers } = last.metadata ?? {};
        if (!isMeant(last)) return { keep: true };
        if (!finalizers?.length) return { remove: true, last };
        if (deletionTimestamp) return { keep: true };
        const marked = { deletionTimestamp: formatTime(clock.now()), deletionGracePeriodSeconds: 0 };
        return { write: { ...last, metadata: { ...last.metadata, ...marked } } };
      });
    } catch (error) {
      if (!isStatusError(error, "NotFound")) throw error;
    }
  }

  #checkRange(address: string): void {
    const within = this.ranges.ready().filter((block) => block.contains(address));
    if (within.length === 0)
      throw new AllocationError("OutOfRange", "the provided network does not match the current range");
    if (within.some((block) => block.has(address))) return;
    const range = within[0]?.range ?? "";
    const message = `the provided IP (${address}) is not in the valid range. The range of valid IPs is ${range}`;
    throw new AllocationError("OutOfRange", message);
  }

  /** Addresses that look free, in each range from some place on. */
  async *#free(family: string): AsyncGenerator<string> {
    const { random } = this.#deps;
    const blocks = this.ranges.ready().filter((block) => block.family === family);
    const first = Math.floor(random() * blocks.length);
    const slices = new Slices();
    for (const block of [...blocks.slice(first), ...blocks.slice(0, first)]) {
      for (const index of indexesFrom(block, random())) {
        const address = block.addressOf(index);
        if (!this.#isTaken(address)) yield address;
        if (slices.isOver()) await slices.breathe();
      }
    }
  }

  #isTaken(address: string): boolean {
    return this.#deps.cache.cacheOf(this.#ipAddresses).get(this.#ipAddresses.keyPrefix + address) !== undefined;
  }

  #path(address: string) {
    return { info: this.#ipAddresses, namespace: undefined, name: address };
  }
}

/** All of a block once, those that are reserved last; `at` in [0, 1) says where it begins. */
function* indexesFrom({ size, reservedSize }: AddressBlock, at: number): Generator<number> {
  const span = size - reservedSize;
  const start = Math.floor(at * span);
  for (let step = 0; step < Math.min(span, triesMax); step++) yield reservedSize + ((start + step) % span);
  for (let index = 0; index < reservedSize; index++) yield index;
}

function kind(resources: readonly ResourceInfo[], plural: string): ResourceInfo {
  const found = resources.find(({ schema }) => schema.group === "networking.k8s.io" && schema.plural === plural);
  if (!found) throw new Error(`no resource ${plural}`);
  return found;
}

function taken(): AllocationError {
  return new AllocationError("Taken", "provided IP is already allocated");
}
