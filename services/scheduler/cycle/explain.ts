import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { ExplainResponse, NodeVerdict } from "../../../gen/typernetes/scheduler/v1/scheduler.ts";
import type { Plugin } from "../framework/plugin.ts";
import { type PodInfo, podInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { refusalMessage } from "./refusal-message.ts";
import { countRefusal, pluginScores, prepareFilters, type Refusals } from "./select-node.ts";

/** What every plugin says about every node for one pod, as if it were not placed yet. */
export function explain(pod: Pod, snapshot: Snapshot, plugins: readonly Plugin[]): ExplainResponse {
  const uid = pod.metadata?.uid ?? "";
  const placed = snapshot.placed(uid);
  snapshot.removePod(uid);
  try {
    return explainUnplaced(podInfo({ ...pod, spec: { ...pod.spec, nodeName: undefined } }), snapshot, plugins);
  } finally {
    if (placed) snapshot.placePod(placed.info, placed.nodeName);
  }
}

function explainUnplaced(pod: PodInfo, snapshot: Snapshot, plugins: readonly Plugin[]): ExplainResponse {
  const filters = prepareFilters(pod, snapshot, plugins);
  const refusals: Refusals = { nodes: snapshot.slots.length, byReason: new Map(), plugins: new Set() };
  const feasible: number[] = [];
  const verdicts = new Map<number, NodeVerdict>();
  for (const node of snapshot.slots) {
    const refused = filters.flatMap(({ plugin, filter }) => {
      const reasons = filter(node);
      return reasons ? [{ plugin: plugin.name, reasons }] : [];
    });
    const [first] = refused;
    if (first) countRefusal(refusals, first.reasons);
    else feasible.push(node);
    verdicts.set(node, {
      nodeName: snapshot.entry(node).name,
      fits: !first,
      plugins: refused.map(({ plugin, reasons }) => ({ plugin, point: "Filter", reason: reasons.join(", ") })),
    });
  }
  addScores(verdicts, feasible, pluginScores(pod, snapshot, plugins, feasible));
  const nodes = [...verdicts.values()];
  const [selected] = nodes
    .filter((verdict) => verdict.fits)
    .sort((left, right) => (right.totalScore ?? 0) - (left.totalScore ?? 0));
  if (!selected) return { nodes, message: refusalMessage(refusals) };
  return { nodes, selectedNode: selected.nodeName, message: `${feasible.length}/${nodes.length} nodes are available` };
}

function addScores(
  verdicts: Map<number, NodeVerdict>,
  feasible: readonly number[],
  scored: { plugin: Plugin; scores: Float64Array }[],
): void {
  for (const [index, node] of feasible.entries()) {
    const verdict = verdicts.get(node);
    if (!verdict) continue;
    let totalScore = 0;
    for (const { plugin, scores } of scored) {
      const weight = plugin.weight ?? 1;
      const score = scores[index] ?? 0;
      totalScore += weight * score;
      verdict.plugins?.push({ plugin: plugin.name, point: "Score", score, weight });
    }
    verdict.totalScore = totalScore;
  }
}
