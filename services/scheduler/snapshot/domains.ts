/** The values of one label among nodes, numbered: zones, machines. */
export interface Domains {
  /** The number of each node's value, by slot; -1 where it has none. */
  readonly bySlot: Int32Array;
  readonly count: number;
}

/** Numbers the values that `labelOf` tells for the nodes in `slots`. */
export function domainsOf(
  slots: readonly number[],
  capacity: number,
  labelOf: (slot: number) => string | undefined,
): Domains {
  const bySlot = new Int32Array(capacity).fill(-1);
  const numbers = new Map<string, number>();
  for (const slot of slots) {
    const value = labelOf(slot);
    if (value === undefined) continue;
    const number = numbers.get(value) ?? numbers.size;
    numbers.set(value, number);
    bySlot[slot] = number;
  }
  return { bySlot, count: numbers.size };
}
