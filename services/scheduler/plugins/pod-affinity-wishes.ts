import type { AffinityTerm } from "../snapshot/affinity-term.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";

/** What speaks for and against places, by topology key: a sum for each value of the label. */
export type Wishes = Map<string, { bySlot: Int32Array; sums: Float64Array }>;

/** Adds `weight` for each pod to the place where it is. `pods` counts them by slot. */
export function addWishes(
  wishes: Wishes,
  snapshot: Snapshot,
  { topologyKey }: AffinityTerm,
  pods: Int32Array | ReadonlyMap<number, number>,
  weight: number,
): void {
  const { bySlot, count } = snapshot.domains(topologyKey);
  const sums = wishes.get(topologyKey)?.sums ?? new Float64Array(count);
  const add = (slot: number, here: number) => {
    const domain = bySlot[slot] ?? -1;
    if (domain < 0) return false;
    sums[domain] = (sums[domain] ?? 0) + here * weight;
    return true;
  };
  let met = false;
  if (pods instanceof Int32Array) {
    for (const slot of snapshot.slots) {
      const here = pods[slot] ?? 0;
      if (here > 0 && add(slot, here)) met = true;
    }
  } else for (const [slot, here] of pods) if (add(slot, here)) met = true;
  if (met) wishes.set(topologyKey, { bySlot, sums });
}
