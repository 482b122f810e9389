import type { PodInfo } from "./pod-info.ts";

/** So many questions about pods are kept answered; each costs a comparison whenever a pod comes or goes. */
const countersMax = 1024;

interface Counter {
  isMeant: (pod: PodInfo) => boolean;
  bySlot: Int32Array;
}

/** Per node, how many of its pods are meant by a question; counted once and then kept up to date pod by pod. */
export class PodCounters {
  readonly #counters = new Map<string, Counter>();

  /** `key` is equal for equal questions; `count` answers anew, by slot. Nobody changes the answer. */
  bySlot(key: string, isMeant: (pod: PodInfo) => boolean, count: () => Int32Array): Int32Array {
    const known = this.#counters.get(key);
    if (known) return known.bySlot;
    if (this.#counters.size >= countersMax) this.#dropHalf();
    const bySlot = count();
    this.#counters.set(key, { isMeant, bySlot });
    return bySlot;
  }

  /** A pod has come to a node (1) or has left it (-1). */
  count(slot: number, pod: PodInfo, sign: 1 | -1): void {
    if (this.#counters.size === 0) return;
    for (const { isMeant, bySlot } of this.#counters.values())
      if (isMeant(pod)) bySlot[slot] = (bySlot[slot] ?? 0) + sign;
  }

  /** A slot has a new node. */
  reset(slot: number): void {
    for (const { bySlot } of this.#counters.values()) bySlot[slot] = 0;
  }

  clear(): void {
    this.#counters.clear();
  }

  /** The oldest go; dropping one by one would count anew for each pod where questions come round and round. */
  #dropHalf(): void {
    for (const key of [...this.#counters.keys()].slice(0, countersMax / 2)) this.#counters.delete(key);
  }
}
