import type { ContainerImage } from "../../../gen/typernetes/core/v1/node.ts";
import { deepEqual } from "../../../lib/api/deep.ts";

/** Which images are on which nodes. */
export class NodeImages {
  /** Bytes by name and slot. */
  readonly #sizes = new Map<string, Map<number, number>>();
  readonly #ofSlot = new Map<number, readonly ContainerImage[]>();

  get isEmpty(): boolean {
    return this.#sizes.size === 0;
  }

  /** The bytes of an image by the slots of the nodes that have it. */
  onNodes(name: string): ReadonlyMap<number, number> | undefined {
    return this.#sizes.get(name);
  }

  /** Notes all images of a node; none when it has gone. */
  put(slot: number, images: readonly ContainerImage[] = []): void {
    if (deepEqual(this.#ofSlot.get(slot) ?? [], images)) return;
    for (const name of namesOf(this.#ofSlot.get(slot))) {
      const sizes = this.#sizes.get(name);
      sizes?.delete(slot);
      if (sizes?.size === 0) this.#sizes.delete(name);
    }
    if (images.length > 0) this.#ofSlot.set(slot, images);
    else this.#ofSlot.delete(slot);
    for (const { names = [], sizeBytes = 0 } of images)
      for (const name of names) this.#sizes.set(name, (this.#sizes.get(name) ?? new Map()).set(slot, sizeBytes));
  }
}

function namesOf(images: readonly ContainerImage[] | undefined): string[] {
  return images?.flatMap(({ names = [] }) => names) ?? [];
}
