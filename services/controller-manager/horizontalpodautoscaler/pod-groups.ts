import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { podCondition } from "../pods/pod-state.ts";

/** Processor use right after the start says nothing about load. */
const initialisationMs = 5 * 60_000;
/** A pod that turns unready this soon after its start has never been ready. */
const initialReadinessMs = 30_000;

/** What a pod was measured to use. */
export interface PodMetric {
  value: number;
  timestampMs: number;
  windowMs: number;
}

/** Pods by how far their measurements count. */
export interface PodGroups {
  readyCount: number;
  unready: Set<string>;
  missing: Set<string>;
  ignored: Set<string>;
}

/** Sorts pods by their names; `isCpu` when what was measured is processor time. */
export function groupPods(
  pods: readonly Pod[],
  metrics: ReadonlyMap<string, PodMetric>,
  isCpu: boolean,
  nowMs: number,
): PodGroups {
  const groups: PodGroups = { readyCount: 0, unready: new Set(), missing: new Set(), ignored: new Set() };
  for (const pod of pods) {
    const name = pod.metadata?.name ?? "";
    const metric = metrics.get(name);
    if (pod.metadata?.deletionTimestamp || pod.status?.phase === "Failed") groups.ignored.add(name);
    else if (pod.status?.phase === "Pending") groups.unready.add(name);
    else if (!metric) groups.missing.add(name);
    else if (isCpu && isStarting(pod, metric, nowMs)) groups.unready.add(name);
    else groups.readyCount++;
  }
  return groups;
}

function isStarting(pod: Pod, metric: PodMetric, nowMs: number): boolean {
  const condition = podCondition(pod, "Ready");
  const startMs = Date.parse(pod.status?.startTime ?? "");
  if (!condition || Number.isNaN(startMs)) return true;
  const isUnready = condition.status === "False";
  const changedMs = Date.parse(condition.lastTransitionTime ?? "");
  if (startMs + initialisationMs > nowMs) return isUnready || metric.timestampMs < changedMs + metric.windowMs;
  return isUnready && startMs + initialReadinessMs > changedMs;
}
