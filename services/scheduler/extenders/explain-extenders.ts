import type { NodeVerdict } from "../../../gen/typernetes/scheduler/v1/scheduler.ts";
import type { Explanation } from "../cycle/explain.ts";
import { countReasons } from "../cycle/select-node.ts";
import type { NodeEntry, Snapshot } from "../snapshot/snapshot.ts";
import { scoreScale } from "./ask-extenders.ts";
import type { Extender, ExtenderVerdict } from "./extender.ts";

/** Adds what extenders say to what plugins have said. @throws StatusError when one that matters cannot be asked */
export async function explainExtenders(
  extenders: readonly Extender[],
  explanation: Explanation,
  snapshot: Snapshot,
): Promise<void> {
  for (const extender of extenders) if (extender.filters) await addRefusals(extender, explanation, snapshot);
  for (const extender of extenders) if (extender.prioritizes) await addScores(extender, explanation, snapshot);
}

async function addRefusals(extender: Extender, { pod, nodes, refusals }: Explanation, snapshot: Snapshot) {
  const fitting = fittingNodes(nodes, snapshot);
  if (fitting.size === 0) return;
  let verdict: ExtenderVerdict;
  try {
    verdict = await extender.filter(pod, [...fitting.values()]);
  } catch (error) {
    if (extender.ignorable) return;
    throw error;
  }
  for (const [node, { name }] of fitting) {
    if (verdict.nodeNames.includes(name)) continue;
    const reason = verdict.unresolvable[name] || verdict.failed[name] || `refused by ${extender.name}`;
    const filters = (node.plugins ?? []).filter(({ point }) => point !== "Score");
    node.fits = false;
    node.plugins = [...filters, { plugin: extender.name, point: "Filter", reason }];
    delete node.totalScore;
    countReasons(refusals, [reason]);
  }
}

/** A wish that cannot be heard does not count, as when pods are placed. */
async function addScores(extender: Extender, { pod, nodes }: Explanation, snapshot: Snapshot): Promise<void> {
  const fitting = fittingNodes(nodes, snapshot);
  if (fitting.size === 0) return;
  const priorities = await extender.prioritize(pod, [...fitting.values()]).catch(() => []);
  for (const [node, { name }] of fitting) {
    const score = (priorities.find(({ host }) => host === name)?.score ?? 0) * scoreScale;
    node.plugins = [...(node.plugins ?? []), { plugin: extender.name, point: "Score", score, weight: extender.weight }];
    node.totalScore = (node.totalScore ?? 0) + score * extender.weight;
  }
}

function fittingNodes(nodes: readonly NodeVerdict[], snapshot: Snapshot): Map<NodeVerdict, NodeEntry> {
  const fitting = new Map<NodeVerdict, NodeEntry>();
  for (const node of nodes) {
    const slot = node.fits ? snapshot.slotOf(node.nodeName ?? "") : undefined;
    if (slot !== undefined) fitting.set(node, snapshot.entry(slot));
  }
  return fitting;
}
