import { normalise } from "../framework/normalise.ts";
import type { Plugin } from "../framework/plugin.ts";
import type { Reasons } from "../framework/refusal.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { nodesToFind } from "./nodes-to-find.ts";
import { PodFilters, type Verdict } from "./pod-filters.ts";

/** Where a pod goes, or why it goes nowhere. */
export type Selection = { fits: true; node: number; feasible: number } | { fits: false; refusals: Refusals };

/** Why nodes were refused: how many by each reason (a node may have several), and by which plugins. */
export interface Refusals {
  nodes: number;
  /** Why the pod can go nowhere at all. */
  everywhere?: string;
  byReason: Map<string, number>;
  plugins: Set<string>;
  /** Nodes that would do if other pods left them. */
  resolvable: number[];
}

/** What `selectNode` remembers from pod to pod. */
export interface SearchState {
  /** Where the next search begins, so that all nodes get their turn. */
  start: number;
  random: () => number;
  /** Share of the nodes that are enough to choose from; by the size of the cluster when 0 or absent. */
  percentageOfNodesToScore?: number | undefined;
}

/** Nodes that would do, before they are scored. */
export interface Feasible {
  nodes: number[];
  refusals: Refusals;
}

/** Finds the best node for a pod. In large clusters only some of the nodes that would do are looked at. */
export function selectNode(
  pod: PodInfo,
  snapshot: Snapshot,
  plugins: readonly Plugin[],
  state: SearchState,
): Selection {
  const { nodes, refusals } = feasibleNodes(pod, snapshot, plugins, state);
  return nodes.length === 0 ? { fits: false, refusals } : bestNode(pod, snapshot, plugins, nodes, state);
}

/** The nodes that would do, at most as many as are enough to choose from. */
export function feasibleNodes(
  pod: PodInfo,
  snapshot: Snapshot,
  plugins: readonly Plugin[],
  state: SearchState,
): Feasible {
  const { slots } = snapshot;
  const refusals = noRefusals(snapshot);
  if (refusedEverywhere(pod, snapshot, plugins, refusals)) return { nodes: [], refusals };
  const filters = new PodFilters(pod, snapshot, plugins);
  const nominated = nominatedNode(pod, snapshot);
  // Room was made for it there: nowhere else has to be looked at.
  if (nominated !== undefined && !filters.refuse(nominated)) return { nodes: [nominated], refusals };
  const wanted = nodesToFind(slots.length, state.percentageOfNodesToScore);
  const nodes: number[] = [];
  let seen = 0;
  for (; seen < slots.length && nodes.length < wanted; seen++) {
    const node = slots[(state.start + seen) % slots.length] ?? 0;
    const verdict = filters.refuse(node);
    if (verdict) noteRefusal(refusals, node, verdict);
    else nodes.push(node);
  }
  state.start = slots.length === 0 ? 0 : (state.start + seen) % slots.length;
  return { nodes, refusals };
}

/** The best of nodes that would do. */
export function bestNode(
  pod: PodInfo,
  snapshot: Snapshot,
  plugins: readonly Plugin[],
  nodes: readonly number[],
  { random }: SearchState,
  extra?: (totals: Float64Array) => void,
): Selection {
  const [only = 0] = nodes;
  if (nodes.length === 1) return { fits: true, node: only, feasible: 1 };
  const totals = totalScores(pod, snapshot, plugins, nodes);
  extra?.(totals);
  return { fits: true, node: best(nodes, totals, random), feasible: nodes.length };
}

/** Nothing refused yet. */
export function noRefusals(snapshot: Snapshot): Refusals {
  return { nodes: snapshot.slots.length, byReason: new Map(), plugins: new Set(), resolvable: [] };
}

/** Notes it when a plugin says that a pod can go nowhere, whatever the nodes. */
export function refusedEverywhere(
  pod: PodInfo,
  snapshot: Snapshot,
  plugins: readonly Plugin[],
  refusals: Refusals,
): boolean {
  for (const plugin of plugins) {
    const reason = plugin.preFilter?.(pod, snapshot);
    if (reason === undefined) continue;
    refusals.everywhere = reason;
    refusals.plugins.add(plugin.name);
    return true;
  }
  return false;
}

/** Notes why one node was refused. */
export function noteRefusal(refusals: Refusals, node: number, { plugin, refusal }: Verdict): void {
  countReasons(refusals, refusal.reasons);
  refusals.plugins.add(plugin.name);
  if (refusal.resolvable) refusals.resolvable.push(node);
}

/** Counts the reasons of one node. */
export function countReasons({ byReason }: Pick<Refusals, "byReason">, reasons: Reasons): void {
  for (const reason of reasons) byReason.set(reason, (byReason.get(reason) ?? 0) + 1);
}

function nominatedNode({ uid }: PodInfo, snapshot: Snapshot): number | undefined {
  const name = snapshot.nominations.size === 0 ? undefined : snapshot.nominations.nodeOf(uid);
  return name === undefined ? undefined : snapshot.slotOf(name);
}

/** Scores 0 to 100 of each plugin for nodes, before the weights. */
export function pluginScores(
  pod: PodInfo,
  snapshot: Snapshot,
  plugins: readonly Plugin[],
  nodes: readonly number[],
): { plugin: Plugin; scores: Float64Array }[] {
  return plugins.flatMap((plugin) => {
    const score = plugin.score?.(pod, snapshot, nodes);
    if (!score) return [];
    const scores = new Float64Array(nodes.length);
    for (let index = 0; index < nodes.length; index++) scores[index] = score(nodes[index] ?? 0);
    normalise(scores, plugin.normalise ?? "none");
    return [{ plugin, scores }];
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
