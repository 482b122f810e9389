import type { ServiceCIDR } from "../../../gen/typernetes/networking/v1/service_cidr.ts";
import { findCondition } from "../../../lib/api/conditions.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { ResourceCache } from "../watch-cache/resource-cache.ts";
import { AddressBlock } from "./address-block.ts";

interface Known {
  /** Tells this state of the ranges from others. */
  state: string;
  ready: AddressBlock[];
  all: AddressBlock[];
}

/** The ranges of service addresses, as the cluster's ServiceCIDR objects say. */
export class ServiceRanges {
  readonly #cache: ResourceCache;
  #known: Known = { state: "", ready: [], all: [] };

  constructor(cache: ResourceCache) {
    this.#cache = cache;
  }

  /** Those that addresses are given out from. */
  ready(): readonly AddressBlock[] {
    return this.#current().ready;
  }

  /** Those that are on their way out, too. */
  all(): readonly AddressBlock[] {
    return this.#current().all;
  }

  #current(): Known {
    const cache = this.#cache;
    const entries = cache.snapshot(undefined);
    const state = entries.map(({ name, revision }) => `${name}@${revision}`).join();
    if (state === this.#known.state) return this.#known;
    const objects = entries.map((entry): ApiObject & ServiceCIDR => cache.decode(entry));
    this.#known = { state, ready: blocksOf(objects.filter(isReady)), all: blocksOf(objects) };
    return this.#known;
  }
}

/** Also without a condition: addresses are to be had where no controller runs. */
function isReady({ metadata, status }: ApiObject & ServiceCIDR): boolean {
  const { status: ready = "True" } = findCondition(status?.conditions, "Ready") ?? {};
  return ready === "True" && !metadata?.deletionTimestamp;
}

function blocksOf(objects: readonly ServiceCIDR[]): AddressBlock[] {
  const ranges = new Set(objects.flatMap(({ spec }) => spec?.cidrs ?? []));
  return [...ranges].map((range) => new AddressBlock(range));
}
