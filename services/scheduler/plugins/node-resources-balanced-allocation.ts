import type { Plugin } from "../framework/plugin.ts";

/** Prefers nodes whose processor and memory would be used to a like degree. */
export const nodeResourcesBalancedAllocation: Plugin = {
  name: "NodeResourcesBalancedAllocation",
  wakeOn: [],
  weight: 1,
  normalise: "none",
  score(pod, snapshot) {
    // As in Kubernetes, pods without requests have no say here.
    if (pod.milliCpu === 0 && pod.memoryBytes === 0) return undefined;
    const { milliCpu, memoryBytes, scoredMilliCpu, scoredMemoryBytes } = snapshot;
    return (node) => {
      const cpu = share((scoredMilliCpu[node] ?? 0) + pod.scoredMilliCpu, milliCpu[node] ?? 0);
      const memory = share((scoredMemoryBytes[node] ?? 0) + pod.scoredMemoryBytes, memoryBytes[node] ?? 0);
      return Math.floor((1 - Math.abs(cpu - memory) / 2) * 100);
    };
  },
};

function share(requested: number, allocatable: number): number {
  return allocatable === 0 ? 1 : Math.min(1, requested / allocatable);
}
