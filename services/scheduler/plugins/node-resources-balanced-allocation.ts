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
    const { milliCpu, memoryBytes, requestedMilliCpu, requestedMemoryBytes } = snapshot;
    return (node) => {
      const [allCpu = 0, allMemory = 0] = [milliCpu[node], memoryBytes[node]];
      if (allCpu === 0 || allMemory === 0) return 100;
      const cpu = Math.min(1, ((requestedMilliCpu[node] ?? 0) + pod.milliCpu) / allCpu);
      const memory = Math.min(1, ((requestedMemoryBytes[node] ?? 0) + pod.memoryBytes) / allMemory);
      return Math.floor((1 - Math.abs(cpu - memory) / 2) * 100);
    };
  },
};
