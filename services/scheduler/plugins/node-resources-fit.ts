import type { Plugin } from "../framework/plugin.ts";

/** Keeps pods from nodes without room for what they request; prefers nodes with much left (LeastAllocated). */
export const nodeResourcesFit: Plugin = {
  name: "NodeResourcesFit",
  wakeOn: ["NodeAdded", "NodeAllocatableChanged", "PodRemoved", "PodChanged"],
  weight: 1,
  normalise: "none",
  filter(pod, snapshot) {
    const {
      milliCpu,
      memoryBytes,
      ephemeralBytes,
      podsMax,
      requestedMilliCpu,
      requestedMemoryBytes,
      requestedEphemeralBytes,
      podCount,
    } = snapshot;
    return (node) => {
      if ((podCount[node] ?? 0) + 1 > (podsMax[node] ?? 0)) return "Too many pods";
      if (pod.milliCpu > 0 && pod.milliCpu > (milliCpu[node] ?? 0) - (requestedMilliCpu[node] ?? 0))
        return "Insufficient cpu";
      if (pod.memoryBytes > 0 && pod.memoryBytes > (memoryBytes[node] ?? 0) - (requestedMemoryBytes[node] ?? 0))
        return "Insufficient memory";
      if (
        pod.ephemeralBytes > 0 &&
        pod.ephemeralBytes > (ephemeralBytes[node] ?? 0) - (requestedEphemeralBytes[node] ?? 0)
      ) {
        return "Insufficient ephemeral-storage";
      }
      if (pod.extended.size === 0) return undefined;
      const entry = snapshot.entry(node);
      for (const [name, amount] of pod.extended) {
        if (amount > (entry.extended.get(name) ?? 0) - (entry.extendedRequested.get(name) ?? 0))
          return `Insufficient ${name}`;
      }
      return undefined;
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

/** The share of a node that is left, in percent. */
function left(requested: number, allocatable: number): number {
  return allocatable === 0 || requested > allocatable ? 0 : Math.floor(((allocatable - requested) * 100) / allocatable);
}
