import type { Device, ResourceSlice } from "../../../gen/typernetes/resource/v1/resource_slice.ts";
import { Quantity } from "../../../lib/base/quantity.ts";

/** Amounts that several devices of a slice draw on. */
export class SharedCounters {
  readonly #isTaken: (device: Device, slice: ResourceSlice) => boolean;
  /** What is left, by slice and then by set and counter. */
  readonly #left = new Map<ResourceSlice, Map<string, bigint>>();

  /** `isTaken` tells the devices that are given already. */
  constructor(isTaken: (device: Device, slice: ResourceSlice) => boolean) {
    this.#isTaken = isTaken;
  }

  /** Draws what a device needs; answers whether there was enough. */
  draw(device: Device, slice: ResourceSlice): boolean {
    if (!device.consumesCounters) return true;
    const left = this.#of(slice);
    const wanted = consumptionOf(device);
    if (wanted.some(([counter, amount]) => (left.get(counter) ?? 0n) < amount)) return false;
    for (const [counter, amount] of wanted) left.set(counter, (left.get(counter) ?? 0n) - amount);
    return true;
  }

  /** Gives back what was drawn. */
  giveBack(device: Device, slice: ResourceSlice): void {
    if (!device.consumesCounters) return;
    const left = this.#of(slice);
    for (const [counter, amount] of consumptionOf(device)) left.set(counter, (left.get(counter) ?? 0n) + amount);
  }

  #of(slice: ResourceSlice): Map<string, bigint> {
    const known = this.#left.get(slice);
    if (known) return known;
    const left = new Map<string, bigint>();
    for (const { name, counters = {} } of slice.spec?.sharedCounters ?? [])
      for (const [counter, { value = "0" }] of Object.entries(counters))
        left.set(`${name}/${counter}`, Quantity.parse(value).nano);
    for (const device of slice.spec?.devices ?? []) {
      if (!device.consumesCounters || !this.#isTaken(device, slice)) continue;
      for (const [counter, amount] of consumptionOf(device)) left.set(counter, (left.get(counter) ?? 0n) - amount);
    }
    this.#left.set(slice, left);
    return left;
  }
}

function consumptionOf({ consumesCounters = [] }: Device): (readonly [string, bigint])[] {
  return consumesCounters.flatMap(({ counterSet, counters = {} }) =>
    Object.entries(counters).map(
      ([counter, { value = "0" }]) => [`${counterSet}/${counter}`, Quantity.parse(value).nano] as const,
    ),
  );
}
