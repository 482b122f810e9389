import type { NodeFilter, NodeScore, Plugin, Reasons } from "../framework/plugin.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { nodesToFind } from "./nodes-to-find.ts";

/** Where a pod goes, or why it goes nowhere. */
export type Selection = { fits: true; node: number; feasible: number } | { fits: false; refusals: Refusals };

/** Why nodes were refused: how many by each reason (a node may have several), and by which plugins. */
export interface Refusals {
  nodes: number;
  byReason: Map<string, number>;
  plugins: Set<string>;
}

/** What `selectNode` remembers from pod to pod. */
export interface SearchState {
  /** Where the next search begins, so that all nodes get their turn. */
  start: number;
  random: () => number;
}

interface PreparedFilter {
  plugin: Plugin;
  filter: NodeFilter;
}

interface PreparedScore {
  plugin: Plugin;
  score: NodeScore;
}

/** Finds the best node for a pod. In large clusters only some of the nodes that would do are looked at. */
export function selectNode(
  pod: PodInfo,
  snapshot: Snapshot,
  plugins: readonly Plugin[],
  state: SearchState,
): Selection {
  const { slots } = snapshot;
  const filters = prepareFilters(pod, snapshot, plugins);
  const wanted = nodesToFind(slots.length);
  const feasible: number[] = [];
  const refusals: Refusals = { nodes: slots.length, byReason: new Map(), plugins: new Set() };
  let seen = 0;
  for (; seen < slots.length && feasible.length < wanted; seen++) {
    const node = slots[(state.start + seen) % slots.length] ?? 0;
    if (passes(node, filters, refusals)) feasible.push(node);
  }
  state.start = slots.length === 0 ? 0 : (state.start + seen) % slots.length;
  const [only] = feasible;
  if (only === undefined) return { fits: false, refusals };
  if (feasible.length === 1) return { fits: true, node: only, feasible: 1 };
  return {
    fits: true,
    node: best(feasible, totalScores(pod, snapshot, plugins, feasible), state.random),
    feasible: feasible.length,
  };
}

/** The filters that have something to say about a pod. */
export function prepareFilters(pod: PodInfo, snapshot: Snapshot, plugins: readonly Plugin[]): PreparedFilter[] {
  return plugins.flatMap((plugin) => {
    const filter = plugin.filter?.(pod, snapshot);
    return filter ? [{ plugin, filter }] : [];
  });
}

/** Scores 0 to 100 of each plugin for nodes, before the weights. */
export function pluginScores(
  pod: PodInfo,
  snapshot: Snapshot,
  plugins: readonly Plugin[],
  nodes: readonly number[],
): { plugin: Plugin; scores: Float64Array }[] {
  return prepareScores(pod, snapshot, plugins).map(({ plugin, score }) => {
    const scores = new Float64Array(nodes.length);
    for (let index = 0; index < nodes.length; index++) scores[index] = score(nodes[index] ?? 0);
    normalise(scores, plugin.normalise ?? "none");
    return { plugin, scores };
  });
}

function prepareScores(pod: PodInfo, snapshot: Snapshot, plugins: readonly Plugin[]): PreparedScore[] {
  return plugins.flatMap((plugin) => {
    const score = plugin.score?.(pod, snapshot);
    return score ? [{ plugin, score }] : [];
  });
}

function totalScores(
  pod: PodInfo,
  snapshot: Snapshot,
  plugins: readonly Plugin[],
  nodes: readonly number[],
): Float64Array {
  const totals = new Float64Array(nodes.length);
  for (const { plugin, scores } of pluginScores(pod, snapshot, plugins, nodes)) {
    const weight = plugin.weight ?? 1;
    for (let index = 0; index < totals.length; index++)
      totals[index] = (totals[index] ?? 0) + weight * (scores[index] ?? 0);
  }
  return totals;
}

function normalise(scores: Float64Array, how: "none" | "highest" | "lowest"): void {
  if (how === "none") return;
  let highest = 0;
  for (const score of scores) if (score > highest) highest = score;
  for (let index = 0; index < scores.length; index++) {
    const scaled = highest === 0 ? 0 : Math.floor(((scores[index] ?? 0) * 100) / highest);
    scores[index] = how === "highest" ? scaled : 100 - scaled;
  }
}

function passes(node: number, filters: readonly PreparedFilter[], refusals: Refusals): boolean {
  for (const { plugin, filter } of filters) {
    const reasons = filter(node);
    if (!reasons) continue;
    countRefusal(refusals, reasons);
    refusals.plugins.add(plugin.name);
    return false;
  }
  return true;
}

/** Notes why one node was refused. */
export function countRefusal({ byReason }: Refusals, reasons: Reasons): void {
  for (const reason of reasons) byReason.set(reason, (byReason.get(reason) ?? 0) + 1);
}

/** The node with the highest total; one of them at random when there are several. */
function best(nodes: readonly number[], totals: Float64Array, random: () => number): number {
  let chosen = nodes[0] ?? 0;
  let highest = Number.NEGATIVE_INFINITY;
  let equals = 0;
  for (let index = 0; index < nodes.length; index++) {
    const total = totals[index] ?? 0;
    if (total > highest) {
      highest = total;
      chosen = nodes[index] ?? 0;
      equals = 1;
    } else if (total === highest && random() < 1 / ++equals) chosen = nodes[index] ?? 0;
  }
  return chosen;
}
