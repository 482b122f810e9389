import { countReasons, type Refusals } from "../cycle/select-node.ts";
import { resolvable, unresolvable } from "../framework/refusal.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { Extender, ExtenderVerdict } from "./extender.ts";

/** A score of 10 of an extender counts as much as 100 of a plugin. */
export const scoreScale = 10;

/** What extenders left, and how good they found it. */
export interface ExtenderAnswer {
  nodes: ReadonlySet<number>;
  /** Weighted sums by node. */
  scores: ReadonlyMap<number, number>;
}

/** Asks one after the other which nodes will do, then all how good they are; refusals are noted. @throws StatusError */
export async function askExtenders(
  extenders: readonly Extender[],
  pod: PodInfo,
  nodes: readonly number[],
  snapshot: Snapshot,
  refusals: Refusals,
): Promise<ExtenderAnswer> {
  let left = [...nodes];
  for (const extender of extenders) if (left.length > 0) left = await filtered(extender, pod, left, snapshot, refusals);
  const scores = new Map<number, number>();
  if (left.length > 1) await Promise.all(extenders.map((extender) => addScores(extender, pod, left, snapshot, scores)));
  return { nodes: new Set(left), scores };
}

async function filtered(
  extender: Extender,
  pod: PodInfo,
  nodes: readonly number[],
  snapshot: Snapshot,
  refusals: Refusals,
): Promise<number[]> {
  if (!extender.filters) return [...nodes];
  const bySlot = new Map(nodes.map((node) => [node, snapshot.entry(node)]));
  let verdict: ExtenderVerdict;
  try {
    verdict = await extender.filter(pod, [...bySlot.values()]);
  } catch (error) {
    if (extender.ignorable) return [...nodes];
    throw error;
  }
  const kept = new Set(verdict.nodeNames);
  return nodes.filter((node) => {
    const name = bySlot.get(node)?.name ?? "";
    if (kept.has(name)) return true;
    const forGood = verdict.unresolvable[name];
    const refusal = forGood ? unresolvable(forGood) : resolvable(verdict.failed[name] ?? `refused by ${extender.name}`);
    countReasons(refusals, refusal.reasons);
    refusals.plugins.add(extender.name);
    if (refusal.resolvable) refusals.resolvable.push(node);
    return false;
  });
}

async function addScores(
  extender: Extender,
  pod: PodInfo,
  nodes: readonly number[],
  snapshot: Snapshot,
  scores: Map<number, number>,
): Promise<void> {
  if (!extender.prioritizes) return;
  const byName = new Map(nodes.map((node) => [snapshot.entry(node).name, node]));
  try {
    for (const { host = "", score = 0 } of await extender.prioritize(
      pod,
      nodes.map((node) => snapshot.entry(node)),
    )) {
      const node = byName.get(host);
      if (node !== undefined) scores.set(node, (scores.get(node) ?? 0) + score * extender.weight * scoreScale);
    }
  } catch {
    // As in Kubernetes, a wish that nobody hears keeps no pod waiting.
  }
}
