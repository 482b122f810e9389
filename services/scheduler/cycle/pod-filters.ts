import type { NodeFilter, Plugin } from "../framework/plugin.ts";
import type { Refusal } from "../framework/refusal.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";

/** A refusal with the plugin that made it. */
export interface Verdict {
  readonly plugin: Plugin;
  readonly refusal: Refusal;
}

/** All filters for one pod, made ready for the snapshot as it is. */
export class PodFilters {
  readonly #pod: PodInfo;
  readonly #snapshot: Snapshot;
  readonly #all: readonly { plugin: Plugin; filter: NodeFilter | undefined }[];
  readonly #active: readonly { plugin: Plugin; filter: NodeFilter }[];

  /** `before` are the same filters, of which those stay good that count no pods. */
  constructor(pod: PodInfo, snapshot: Snapshot, plugins: readonly Plugin[], before?: PodFilters) {
    this.#pod = pod;
    this.#snapshot = snapshot;
    const ready = before ? before.#all : [];
    this.#all = plugins.map((plugin, index) => {
      const known = ready[index];
      return known && !plugin.countsPods ? known : { plugin, filter: plugin.filter?.(pod, snapshot) };
    });
    this.#active = this.#all.flatMap(({ plugin, filter }) => (filter ? [{ plugin, filter }] : []));
  }

  /** The same filters after pods have come or gone. */
  renewed(): PodFilters {
    const plugins = this.#all.map(({ plugin }) => plugin);
    return new PodFilters(this.#pod, this.#snapshot, plugins, this);
  }

  /** The first refusal of a node as it is, and as it would be with the pods that room is being made for. */
  refuse(node: number): Verdict | undefined {
    if (this.#snapshot.nominations.size > 0) {
      const refused = this.#refuseBesideNominated(node);
      if (refused) return refused;
    }
    return this.#first(node);
  }

  /** Every refusal of a node as it is. */
  refusals(node: number): Verdict[] {
    return this.#active.flatMap(({ plugin, filter }) => {
      const refusal = filter(node);
      return refusal ? [{ plugin, refusal }] : [];
    });
  }

  #first(node: number): Verdict | undefined {
    for (const { plugin, filter } of this.#active) {
      const refusal = filter(node);
      if (refusal) return { plugin, refusal };
    }
    return undefined;
  }

  #refuseBesideNominated(node: number): Verdict | undefined {
    const { name } = this.#snapshot.entry(node);
    const others = this.#snapshot.nominations.before(this.#pod, name);
    if (others.length === 0) return undefined;
    for (const other of others) this.#snapshot.placePod(other, name);
    try {
      return this.renewed().#first(node);
    } finally {
      for (const { uid } of others) this.#snapshot.removePod(uid);
    }
  }
}
