import type { DefaultPreemptionArgs } from "../../../gen/typernetes/scheduler/v1/configuration.ts";
import type { PodFilters } from "../cycle/pod-filters.ts";
import type { Plugin } from "../framework/plugin.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { DisruptionBudgets } from "./disruption-budgets.ts";
import { moreImportant } from "./importance.ts";

/** A node on which a pod would fit once the victims have gone. */
export interface Candidate {
  readonly node: number;
  /** The most important first. */
  readonly victims: readonly PodInfo[];
  /** How many of them go against a disruption budget. */
  readonly violations: number;
}

/** Why a node is no candidate, in Kubernetes' words. */
const noVictims = "No preemption victims found for incoming pod";

/** What preemption looks at. */
export interface PreemptionView {
  snapshot: Snapshot;
  plugins: readonly Plugin[];
  budgets: DisruptionBudgets;
  settings?: DefaultPreemptionArgs | undefined;
}

/**
 * The fewest and least important pods of lower priority that would have to leave a node so that `pod` fits there; else why it
 * would not. The snapshot is changed meanwhile, and afterwards as before.
 */
export function findVictims(pod: PodInfo, node: number, view: PreemptionView, ready: PodFilters): Candidate | string {
  const { snapshot } = view;
  for (const priority of snapshot.entry(node).priorities.keys())
    if (priority < pod.priority) return new VictimSearch(pod, node, view, ready).run();
  return noVictims;
}

class VictimSearch {
  readonly #node: number;
  readonly #nodeName: string;
  readonly #view: PreemptionView;
  readonly #filters: PodFilters;
  readonly #lower: readonly PodInfo[];

  constructor(pod: PodInfo, node: number, view: PreemptionView, ready: PodFilters) {
    this.#node = node;
    this.#view = view;
    this.#filters = ready;
    this.#nodeName = view.snapshot.entry(node).name;
    const others = [...view.snapshot.podsOn(node)];
    this.#lower = others.filter(({ priority }) => priority < pod.priority).sort(moreImportant);
  }

  run(): Candidate | string {
    const { snapshot, budgets } = this.#view;
    const away = new Set(this.#lower);
    try {
      for (const { uid } of this.#lower) snapshot.removePod(uid);
      const verdict = this.#filters.renewed().refuse(this.#node);
      if (verdict) return verdict.refusal.reasons.join(", ");
      const violating = budgets.violating(this.#lower);
      const rest = this.#lower.filter((pod) => !violating.has(pod));
      // Who is protected is the first to be let stay.
      for (const pod of [...violating, ...rest]) if (this.#canStay(pod)) away.delete(pod);
      const victims = this.#lower.filter((pod) => away.has(pod));
      if (victims.length === 0) return noVictims;
      return { node: this.#node, victims, violations: victims.filter((pod) => violating.has(pod)).length };
    } finally {
      for (const pod of away) snapshot.placePod(pod, this.#nodeName);
    }
  }

  /** Puts a pod back if that leaves room. */
  #canStay(pod: PodInfo): boolean {
    const { snapshot } = this.#view;
    snapshot.placePod(pod, this.#nodeName);
    if (!this.#filters.renewed().refuse(this.#node)) return true;
    snapshot.removePod(pod.uid);
    return false;
  }
}
