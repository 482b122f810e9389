import type { AffinityTerm } from "./affinity-term.ts";

/** A term that placed pods have, with how many have it on each node, by slot. */
export interface HeldTerm {
  readonly term: AffinityTerm;
  readonly bySlot: Map<number, number>;
}

/** The terms of one sort that placed pods have. Pods of one controller share theirs, so these are few. */
export class TermHolders {
  readonly #held = new Map<string, HeldTerm>();

  get size(): number {
    return this.#held.size;
  }

  all(): Iterable<HeldTerm> {
    return this.#held.values();
  }

  /** A pod with the terms has come to a node (1) or has left it (-1). */
  count(slot: number, terms: readonly AffinityTerm[], sign: 1 | -1): void {
    for (const term of terms) {
      const key = `${term.weight} ${term.topologyKey} ${term.key}`;
      const held = this.#held.get(key) ?? { term, bySlot: new Map<number, number>() };
      const count = (held.bySlot.get(slot) ?? 0) + sign;
      if (count > 0) held.bySlot.set(slot, count);
      else held.bySlot.delete(slot);
      if (held.bySlot.size > 0) this.#held.set(key, held);
      else this.#held.delete(key);
    }
  }

  /** The node in a slot has gone. */
  reset(slot: number): void {
    for (const [key, { bySlot }] of this.#held) if (bySlot.delete(slot) && bySlot.size === 0) this.#held.delete(key);
  }
}
