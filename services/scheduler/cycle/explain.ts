import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { ExplainResponse, NodeVerdict, PluginVerdict } from "../../../gen/typernetes/scheduler/v1/scheduler.ts";
import type { Plugin } from "../framework/plugin.ts";
import { type PodInfo, podInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { PodFilters, type Verdict } from "./pod-filters.ts";
import { refusalMessage } from "./refusal-message.ts";
import { noRefusals, noteRefusal, pluginScores, type Refusals, refusedEverywhere } from "./select-node.ts";

/** What is known of where a pod may go. */
export interface Explanation {
  pod: PodInfo;
  nodes: NodeVerdict[];
  refusals: Refusals;
}

/** What every plugin says about every node for one pod, as if it were not placed yet. */
export function explain(pod: Pod, snapshot: Snapshot, plugins: readonly Plugin[]): Explanation {
  const uid = pod.metadata?.uid ?? "";
  const placed = snapshot.placed(uid);
  snapshot.removePod(uid);
  try {
    return explainUnplaced(podInfo({ ...pod, spec: { ...pod.spec, nodeName: undefined } }), snapshot, plugins);
  } finally {
    if (placed) snapshot.placePod(placed.info, placed.nodeName);
  }
}

/** Where the pod would go, or why it goes nowhere. */
export function conclude({ nodes, refusals }: Explanation): ExplainResponse {
  const fitting = nodes.filter((verdict) => verdict.fits);
  const [selected] = fitting.sort((left, right) => (right.totalScore ?? 0) - (left.totalScore ?? 0));
  if (!selected) return { nodes, message: refusalMessage(refusals) };
  return { nodes, selectedNode: selected.nodeName, message: `${fitting.length}/${nodes.length} nodes are available` };
}

function explainUnplaced(pod: PodInfo, snapshot: Snapshot, plugins: readonly Plugin[]): Explanation {
  const refusals = noRefusals(snapshot);
  const everywhere = refusedEverywhere(pod, snapshot, plugins, refusals)
    ? [...refusals.plugins].map((plugin) => ({ plugin, point: "PreFilter", reason: refusals.everywhere }))
    : [];
  const filters = new PodFilters(pod, snapshot, plugins);
  const feasible: number[] = [];
  const verdicts = new Map<number, NodeVerdict>();
  for (const node of snapshot.slots) {
    const refused = filters.refusals(node);
    // Where a node would do as it is, it may still be kept for others.
    const first = refused[0] ?? filters.refuse(node);
    if (first) noteRefusal(refusals, node, first);
    else if (everywhere.length === 0) feasible.push(node);
    const shown = refused.length === 0 && first ? [first] : refused;
    const fits = !first && everywhere.length === 0;
    const said = [...everywhere, ...shown.map(filterVerdict)];
    verdicts.set(node, { nodeName: snapshot.entry(node).name, fits, plugins: said });
  }
  addScores(verdicts, feasible, pluginScores(pod, snapshot, plugins, feasible));
  return { pod, nodes: [...verdicts.values()], refusals };
}

function filterVerdict({ plugin, refusal }: Verdict): PluginVerdict {
  return { plugin: plugin.name, point: "Filter", reason: refusal.reasons.join(", ") };
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
