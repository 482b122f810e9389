import type { DeviceClass } from "../../../gen/typernetes/resource/v1/device_class.ts";
import type { AllocationResult, ResourceClaim } from "../../../gen/typernetes/resource/v1/resource_claim.ts";
import { objectKey } from "../../../lib/client/informer.ts";
import { DevicePools } from "./device-pools.ts";

/** A decision that the server's news do not show yet. */
interface Promised {
  readonly allocation: AllocationResult;
  /** The claim's version with the decision in it, once it is written. */
  version: number;
}

/** Which devices there are, who claims some, and which are given or promised. */
export class DeviceCatalog {
  readonly classes = new Map<string, DeviceClass>();
  readonly pools = new DevicePools();
  /** By `namespace/name`. */
  readonly #claims = new Map<string, ResourceClaim>();
  readonly #promised = new Map<string, Promised>();
  /** How many claims have each device. */
  readonly #taken = new Map<string, number>();

  claim(key: string): ResourceClaim | undefined {
    return this.#claims.get(key);
  }

  /** The devices that a claim has and the server does not know of yet. */
  promisedTo(key: string): AllocationResult | undefined {
    return this.#promised.get(key)?.allocation;
  }

  /** Whether a device is given, or promised, to a claim that has it for itself. */
  isTaken(device: string): boolean {
    return this.#taken.has(device);
  }

  putClaim(claim: ResourceClaim): void {
    const key = objectKey(claim);
    this.#count(this.#claims.get(key)?.status?.allocation, -1);
    this.#claims.set(key, claim);
    this.#count(claim.status?.allocation, 1);
    const promised = this.#promised.get(key);
    if (promised && (claim.status?.allocation || versionOf(claim) >= promised.version)) this.takeBack(key);
  }

  removeClaim(claim: ResourceClaim): void {
    const key = objectKey(claim);
    this.#count(this.#claims.get(key)?.status?.allocation, -1);
    this.#claims.delete(key);
    this.takeBack(key);
  }

  /** Keeps devices for a claim until the server says that it has them, or they are taken back. */
  promise(key: string, allocation: AllocationResult): void {
    this.takeBack(key);
    this.#promised.set(key, { allocation, version: Number.POSITIVE_INFINITY });
    this.#count(allocation, 1);
  }

  /** The server has what was promised, in this version of the claim. */
  noteWritten(claim: ResourceClaim): void {
    const key = objectKey(claim);
    const promised = this.#promised.get(key);
    if (!promised) return;
    promised.version = versionOf(claim);
    const known = this.#claims.get(key);
    if (!known || versionOf(known) >= promised.version) this.takeBack(key);
  }

  takeBack(key: string): void {
    const promised = this.#promised.get(key);
    if (!promised) return;
    this.#promised.delete(key);
    this.#count(promised.allocation, -1);
  }

  #count(allocation: AllocationResult | undefined, change: 1 | -1): void {
    for (const { driver, pool, device, adminAccess } of allocation?.devices?.results ?? []) {
      if (adminAccess) continue;
      const key = `${driver}/${pool}/${device}`;
      const count = (this.#taken.get(key) ?? 0) + change;
      if (count > 0) this.#taken.set(key, count);
      else this.#taken.delete(key);
    }
  }
}

function versionOf({ metadata }: ResourceClaim): number {
  return Number(metadata?.resourceVersion ?? 0);
}
