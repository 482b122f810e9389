import { readFileSync } from "node:fs";
import type { ContainerAllocateResponse } from "../../../gen/v1beta1/device_plugin.ts";
import { writeState } from "../runtimes/process/state-file.ts";

/** Devices of one resource that a container has. */
export interface Allocation {
  readonly pod: string;
  readonly container: string;
  readonly resource: string;
  readonly devices: readonly string[];
  /** What its plugin said that the container needs. */
  readonly needs: ContainerAllocateResponse;
}

interface Saved {
  allocations: Allocation[];
  resources: string[];
}

/** Who has which devices of plugins, and of which resources there have been plugins; over restarts, too. */
export class PluginAllocations {
  readonly #path: string;
  #allocations: readonly Allocation[] = [];
  #resources: readonly string[] = [];

  constructor(path: string) {
    this.#path = path;
  }

  load(): void {
    try {
      const saved: Saved = JSON.parse(readFileSync(this.#path, "utf8"));
      this.#allocations = saved.allocations;
      this.#resources = saved.resources;
    } catch {
      // There were none.
    }
  }

  /** Of which there have been plugins. */
  get resources(): readonly string[] {
    return this.#resources;
  }

  ofPod(uid: string): readonly Allocation[] {
    return this.#allocations.filter(({ pod }) => pod === uid);
  }

  find(uid: string, container: string, resource: string): Allocation | undefined {
    return this.ofPod(uid).find((each) => each.container === container && each.resource === resource);
  }

  /** Devices of a resource that somebody has. */
  taken(resource: string): Set<string> {
    return new Set(this.#allocations.filter((each) => each.resource === resource).flatMap(({ devices }) => devices));
  }

  add(allocation: Allocation): void {
    this.#allocations = [...this.#allocations, allocation];
    this.#save();
  }

  /** Whether the pod had any. */
  release(uid: string): boolean {
    const left = this.#allocations.filter(({ pod }) => pod !== uid);
    if (left.length === this.#allocations.length) return false;
    this.#allocations = left;
    this.#save();
    return true;
  }

  /** There is, or is no longer, a plugin of this resource. */
  know(resource: string, isThere: boolean): void {
    if (this.#resources.includes(resource) === isThere) return;
    this.#resources = isThere ? [...this.#resources, resource] : this.#resources.filter((each) => each !== resource);
    this.#save();
  }

  #save(): void {
    writeState(this.#path, { allocations: this.#allocations, resources: this.#resources });
  }
}
