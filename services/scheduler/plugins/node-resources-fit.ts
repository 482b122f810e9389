import type { Plugin, Reasons } from "../framework/plugin.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { NodeEntry } from "../snapshot/snapshot.ts";

const tooManyPods: Reasons = ["Too many pods"];

/** Keeps pods from nodes without room for what they request; prefers nodes with much left (LeastAllocated). */
export const nodeResourcesFit: Plugin = {
  name: "NodeResourcesFit",
  wakeOn: ["NodeAdded", "NodeAllocatableChanged", "PodRemoved", "PodChanged"],
  weight: 1,
  normalise: "none",
  filter(pod, snapshot) {
    const { milliCpu, memoryBytes, ephemeralBytes, podsMax, podCount } = snapshot;
    const { requestedMilliCpu, requestedMemoryBytes, requestedEphemeralBytes } = snapshot;
    const lacks = (wanted: number, all: Float64Array, taken: Float64Array, node: number) =>
      wanted > 0 && wanted > (all[node] ?? 0) - (taken[node] ?? 0);
    return (node) => {
      const full = (podCount[node] ?? 0) >= (podsMax[node] ?? 0);
      const cpu = lacks(pod.milliCpu, milliCpu, requestedMilliCpu, node);
      const memory = lacks(pod.memoryBytes, memoryBytes, requestedMemoryBytes, node);
      const ephemeral = lacks(pod.ephemeralBytes, ephemeralBytes, requestedEphemeralBytes, node);
      const extended = pod.extended.size === 0 ? none : missingExtended(pod, snapshot.entry(node));
      if (!full && !cpu && !memory && !ephemeral && extended.length === 0) return undefined;
      if (full && !cpu && !memory && !ephemeral && extended.length === 0) return tooManyPods;
      const names = [
        ...(cpu ? ["cpu"] : []),
        ...(memory ? ["memory"] : []),
        ...(ephemeral ? ["ephemeral-storage"] : []),
      ];
      return reasonsFor(full, [...names, ...extended]);
    };
  },
  score(pod, snapshot) {
    const { milliCpu, memoryBytes, scoredMilliCpu, scoredMemoryBytes } = snapshot;
    return (node) => {
      const cpu = left((scoredMilliCpu[node] ?? 0) + pod.scoredMilliCpu, milliCpu[node] ?? 0);
      const memory = left((scoredMemoryBytes[node] ?? 0) + pod.scoredMemoryBytes, memoryBytes[node] ?? 0);
      return Math.floor((cpu + memory) / 2);
    };
  },
};

const none: readonly string[] = [];

function missingExtended(pod: PodInfo, { extended, extendedRequested }: NodeEntry): string[] {
  const missing: string[] = [];
  for (const [name, amount] of pod.extended)
    if (amount > (extended.get(name) ?? 0) - (extendedRequested.get(name) ?? 0)) missing.push(name);
  return missing;
}

/** Every resource that lacks is named. */
function reasonsFor(full: boolean, [first, ...others]: readonly string[]): Reasons {
  if (first === undefined) return tooManyPods;
  const rest = others.map((name) => `Insufficient ${name}`);
  return full ? [...tooManyPods, `Insufficient ${first}`, ...rest] : [`Insufficient ${first}`, ...rest];
}

/** The share of a node that is left, in percent. */
function left(requested: number, allocatable: number): number {
  return allocatable === 0 || requested > allocatable ? 0 : Math.floor(((allocatable - requested) * 100) / allocatable);
}
