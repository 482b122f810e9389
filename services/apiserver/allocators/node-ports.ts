import type { Store } from "../../../lib/storage/store.ts";
import { RangeAllocator } from "./range-allocator.ts";

/** Ports that services get on every node. */
export class NodePorts {
  /** `30000-32767`. */
  readonly range: string;
  readonly allocator: RangeAllocator;
  readonly #first: number;
  readonly #last: number;

  constructor(store: Store, [first, last]: readonly [number, number], random: () => number) {
    this.range = `${first}-${last}`;
    this.#first = first;
    this.#last = last;
    const size = last - first + 1;
    this.allocator = new RangeAllocator(store, {
      key: "/registry/ranges/servicenodeports",
      range: this.range,
      size,
      // A sixteenth rounded down, but fewer than 16 to 128 as Kubernetes does for ports.
      reservedSize: size < 32 ? 0 : Math.min(Math.max(16, Math.floor(size / 32)), 128),
      random,
    });
  }

  portOf(index: number): number {
    return this.#first + index;
  }

  indexOf(port: number): number | undefined {
    return port >= this.#first && port <= this.#last ? port - this.#first : undefined;
  }
}
