import type { ResourceSpec, ScoringStrategy } from "../../../gen/typernetes/scheduler/v1/configuration.ts";
import type { NodeScore } from "../framework/plugin.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";

/** What counts in scores where nothing else is named. */
export const defaultResources: readonly ResourceSpec[] = [{ name: "cpu" }, { name: "memory" }];

type Rate = (requested: number, allocatable: number) => number;

/** The score of nodes by a strategy; LeastAllocated by cpu and memory when none is named. */
export function scoreByStrategy(strategy: ScoringStrategy = {}): (pod: PodInfo, snapshot: Snapshot) => NodeScore {
  const { type = "LeastAllocated", resources = defaultResources } = strategy;
  const rate = type === "LeastAllocated" ? left : type === "MostAllocated" ? used : ratioRate(strategy);
  const isPlain =
    resources.length === 2 && resources.every(({ name, weight = 1 }) => weight === 1 && isBasic(name ?? ""));
  if (isPlain) return (pod, snapshot) => plainScore(rate, pod, snapshot);
  return (pod, snapshot) => weightedScore(resources, rate, type === "RequestedToCapacityRatio", pod, snapshot);
}

function isBasic(name: string): boolean {
  return name === "cpu" || name === "memory";
}

function plainScore(rate: Rate, pod: PodInfo, snapshot: Snapshot): NodeScore {
  const { milliCpu, memoryBytes, scoredMilliCpu, scoredMemoryBytes } = snapshot;
  return (node) => {
    const [allCpu = 0, allMemory = 0] = [milliCpu[node], memoryBytes[node]];
    const cpu = allCpu === 0 ? 0 : rate((scoredMilliCpu[node] ?? 0) + pod.scoredMilliCpu, allCpu);
    const memory = allMemory === 0 ? 0 : rate((scoredMemoryBytes[node] ?? 0) + pod.scoredMemoryBytes, allMemory);
    const kinds = Number(allCpu > 0) + Number(allMemory > 0);
    return kinds === 0 ? 0 : Math.floor((cpu + memory) / kinds);
  };
}

function weightedScore(
  resources: readonly ResourceSpec[],
  rate: Rate,
  rounds: boolean,
  pod: PodInfo,
  snapshot: Snapshot,
): NodeScore {
  // What a pod does not ask for of the rarer kinds says nothing about where it should go.
  const counted = resources.filter(({ name = "" }) => isBasic(name) || amountOf(pod, name) > 0);
  return (node) => {
    let sum = 0;
    let weights = 0;
    for (const { name = "", weight = 1 } of counted) {
      const { requested, allocatable } = scoredUse(pod, snapshot, node, name);
      if (allocatable === 0) continue;
      const score = rate(requested, allocatable);
      if (rounds && score <= 0) continue;
      sum += score * weight;
      weights += weight;
    }
    if (weights === 0) return 0;
    return rounds ? Math.round(sum / weights) : Math.floor(sum / weights);
  };
}

function amountOf(pod: PodInfo, name: string): number {
  return name === "ephemeral-storage" ? pod.ephemeralBytes : (pod.extended.get(name) ?? 0);
}

/** What of a resource a node would have requested with the pod on it, and what it has. */
function scoredUse(pod: PodInfo, snapshot: Snapshot, node: number, name: string) {
  const of = (taken: Float64Array, mine: number, all: Float64Array) => ({
    requested: (taken[node] ?? 0) + mine,
    allocatable: all[node] ?? 0,
  });
  if (name === "cpu") return of(snapshot.scoredMilliCpu, pod.scoredMilliCpu, snapshot.milliCpu);
  if (name === "memory") return of(snapshot.scoredMemoryBytes, pod.scoredMemoryBytes, snapshot.memoryBytes);
  if (name === "ephemeral-storage")
    return of(snapshot.requestedEphemeralBytes, pod.ephemeralBytes, snapshot.ephemeralBytes);
  const { extended, extendedRequested } = snapshot.entry(node);
  return {
    requested: (extendedRequested.get(name) ?? 0) + amountOf(pod, name),
    allocatable: extended.get(name) ?? 0,
  };
}

/** The share that is left, in percent. */
function left(requested: number, allocatable: number): number {
  return requested > allocatable ? 0 : Math.floor(((allocatable - requested) * 100) / allocatable);
}

/** The share that is used, in percent. */
function used(requested: number, allocatable: number): number {
  return Math.floor((Math.min(requested, allocatable) * 100) / allocatable);
}

/** By a line through the points of a shape. */
function ratioRate({ requestedToCapacityRatio }: ScoringStrategy): Rate {
  const points = (requestedToCapacityRatio?.shape ?? []).map(({ utilization = 0, score = 0 }) => ({
    x: utilization,
    y: score * 10,
  }));
  const at = (x: number): number => {
    const index = points.findIndex((point) => x <= point.x);
    const [before, after] = [points[index - 1], points[index]];
    if (!after) return points.at(-1)?.y ?? 0;
    if (!before) return after.y;
    return before.y + Math.trunc(((after.y - before.y) * (x - before.x)) / (after.x - before.x));
  };
  return (requested, allocatable) => at(requested > allocatable ? 100 : Math.floor((requested * 100) / allocatable));
}
