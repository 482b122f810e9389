import type { ResourceClaim } from "../../../gen/typernetes/resource/v1/resource_claim.ts";
import type { SelectableNode } from "../../../lib/api/node-selector-term.ts";
import { objectKey } from "../../../lib/client/informer.ts";
import { ClaimConstraints } from "./claim-constraints.ts";
import type { DeviceCatalog } from "./device-catalog.ts";
import type { OfferedDevice, ReachablePool } from "./device-pools.ts";
import { AllocationError, isBearable, type Wish, wishesOf } from "./device-requests.ts";
import { SharedCounters } from "./shared-counters.ts";

/** More devices a claim cannot have. */
const resultsMax = 32;
/** More attempts, and the search is given up, so that nobody else waits for long. */
const attemptsMax = 50_000;

/** What one claim gets: for each of its requests the way that was found, with the devices. */
export interface ClaimDevices {
  readonly claim: ResourceClaim;
  readonly given: { wish: Wish; devices: OfferedDevice[] }[];
}

/**
 * Finds devices for claims among what a node reaches: the first solution, the best alternatives tried first. Undefined when
 * there is none. @throws AllocationError when a claim, its class or a pool is at fault, or the search takes too long.
 */
export function findDevices(
  claims: readonly ResourceClaim[],
  node: SelectableNode,
  catalog: DeviceCatalog,
): ClaimDevices[] | undefined {
  return new AllocationSearch(claims, catalog, catalog.pools.reachedBy(node)).run();
}

interface Searched extends ClaimDevices {
  readonly wishes: readonly (readonly Wish[])[];
  readonly constraints: ClaimConstraints;
  count: number;
}

class AllocationSearch {
  readonly #catalog: DeviceCatalog;
  readonly #pools: readonly ReachablePool[];
  readonly #candidates: readonly OfferedDevice[];
  readonly #claims: readonly Searched[];
  readonly #counters: SharedCounters;
  /** The claims that get each device. */
  readonly #takenBy = new Map<string, Set<Searched>>();
  #attempts = 0;

  constructor(claims: readonly ResourceClaim[], catalog: DeviceCatalog, pools: readonly ReachablePool[]) {
    this.#catalog = catalog;
    this.#pools = pools;
    const whole = pools.filter(({ pool }) => !pool.isIncomplete && !pool.isInvalid);
    this.#candidates = whole.flatMap(({ devices }) => devices);
    this.#counters = new SharedCounters((device, { spec }) =>
      catalog.isTaken(`${spec?.driver}/${spec?.pool?.name}/${device.name}`),
    );
    this.#claims = claims.map((claim) => ({
      claim,
      given: [],
      wishes: wishesOf(claim, catalog.classes, pools),
      constraints: new ClaimConstraints(claim.spec?.devices?.constraints),
      count: 0,
    }));
  }

  run(): ClaimDevices[] | undefined {
    if (this.#claim(0)) return [...this.#claims];
    if (this.#pools.some(({ pool }) => pool.isInvalid))
      throw new AllocationError("invalid resource pools were encountered");
    return undefined;
  }

  #claim(index: number): boolean {
    const claim = this.#claims[index];
    return claim === undefined || this.#request(claim, index, 0);
  }

  #request(claim: Searched, index: number, request: number): boolean {
    const wishes = claim.wishes[request];
    if (!wishes) return this.#claim(index + 1);
    for (const wish of wishes) {
      // Of "all" devices there has to be one at least.
      if (wish.all?.length === 0 || claim.count + wish.count > resultsMax) continue;
      const devices: OfferedDevice[] = [];
      claim.given.push({ wish, devices });
      const next = () => this.#request(claim, index, request + 1);
      if (this.#devices(claim, wish, devices, 0, next)) return true;
      claim.given.pop();
    }
    return false;
  }

  /** Gives devices to a wish, from a place in the list on: in which order does not matter. */
  #devices(claim: Searched, wish: Wish, devices: OfferedDevice[], from: number, next: () => boolean): boolean {
    if (devices.length === wish.count) return next();
    const list = wish.all ?? this.#candidates;
    const last = wish.all ? from + 1 : list.length;
    for (let place = from; place < last; place++) {
      const device = list[place];
      if (!device || !this.#take(claim, wish, device)) continue;
      devices.push(device);
      if (this.#devices(claim, wish, devices, place + 1, next)) return true;
      devices.pop();
      this.#giveBack(claim, wish, device);
    }
    return false;
  }

  #take(claim: Searched, wish: Wish, offered: OfferedDevice): boolean {
    if (++this.#attempts > attemptsMax) throw new AllocationError("timed out trying to allocate devices");
    const { key, device, slice } = offered;
    const takers = this.#takenBy.get(key);
    // Who looks after devices may have what others use.
    const isFree = wish.adminAccess ? !takers?.has(claim) : !this.#catalog.isTaken(key) && !takers?.size;
    if (!isFree || !(wish.all || wish.isSelected(offered)) || !isBearable(offered, wish)) return false;
    const drawn = !wish.adminAccess;
    if (drawn && !this.#counters.draw(device, slice)) return false;
    if (!claim.constraints.add(offered, wish.names)) {
      if (drawn) this.#counters.giveBack(device, slice);
      if (wish.all) throw new AllocationError(brokenConstraint(claim.claim, wish, key));
      return false;
    }
    this.#takenBy.set(key, (takers ?? new Set()).add(claim));
    claim.count++;
    return true;
  }

  #giveBack(claim: Searched, wish: Wish, { key, device, slice }: OfferedDevice): void {
    claim.count--;
    this.#takenBy.get(key)?.delete(claim);
    claim.constraints.removeLast(wish.names);
    if (!wish.adminAccess) this.#counters.giveBack(device, slice);
  }
}

function brokenConstraint(claim: ResourceClaim, { name }: Wish, device: string): string {
  return `claim ${objectKey(claim)}, request ${name}: cannot add device ${device} because a claim constraint would not be satisfied`;
}
