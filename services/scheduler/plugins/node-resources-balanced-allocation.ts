import type { ResourceSpec } from "../../../gen/typernetes/scheduler/v1/configuration.ts";
import type { NodeScore, Plugin } from "../framework/plugin.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { defaultResources } from "./scoring-strategy.ts";

/** Prefers nodes whose resources would be used to a like degree: cpu and memory, or those that are named. */
export function createBalancedAllocation(resources: readonly ResourceSpec[] = defaultResources): Plugin {
  const names = resources.map(({ name = "" }) => name);
  const isPlain = names.length === 2 && names.includes("cpu") && names.includes("memory");
  return {
    name: "NodeResourcesBalancedAllocation",
    wakeOn: [],
    weight: 1,
    score(pod, snapshot) {
      // As in Kubernetes, pods without requests have no say here.
      if (!names.some((name) => requestOf(pod, name) > 0)) return undefined;
      return isPlain ? plainScore(pod, snapshot) : anyScore(names, pod, snapshot);
    },
  };
}

function plainScore(
  pod: PodInfo,
  { milliCpu, memoryBytes, requestedMilliCpu, requestedMemoryBytes }: Snapshot,
): NodeScore {
  return (node) => {
    const [allCpu = 0, allMemory = 0] = [milliCpu[node], memoryBytes[node]];
    if (allCpu === 0 || allMemory === 0) return 100;
    const cpu = Math.min(1, ((requestedMilliCpu[node] ?? 0) + pod.milliCpu) / allCpu);
    const memory = Math.min(1, ((requestedMemoryBytes[node] ?? 0) + pod.memoryBytes) / allMemory);
    return Math.floor((1 - Math.abs(cpu - memory) / 2) * 100);
  };
}

function anyScore(names: readonly string[], pod: PodInfo, snapshot: Snapshot): NodeScore {
  return (node) => {
    const shares = names.flatMap((name) => {
      const [all, taken] = amountsOf(snapshot, node, name);
      return all > 0 ? [Math.min(1, (taken + requestOf(pod, name)) / all)] : [];
    });
    return Math.floor((1 - deviation(shares)) * 100);
  };
}

function deviation(shares: readonly number[]): number {
  if (shares.length < 2) return 0;
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  return Math.sqrt(shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / shares.length);
}

function requestOf(pod: PodInfo, name: string): number {
  if (name === "cpu") return pod.milliCpu;
  if (name === "memory") return pod.memoryBytes;
  return name === "ephemeral-storage" ? pod.ephemeralBytes : (pod.extended.get(name) ?? 0);
}

/** What a node has of a resource, and what is requested of it. */
function amountsOf(snapshot: Snapshot, node: number, name: string): [all: number, taken: number] {
  if (name === "cpu") return [snapshot.milliCpu[node] ?? 0, snapshot.requestedMilliCpu[node] ?? 0];
  if (name === "memory") return [snapshot.memoryBytes[node] ?? 0, snapshot.requestedMemoryBytes[node] ?? 0];
  if (name === "ephemeral-storage")
    return [snapshot.ephemeralBytes[node] ?? 0, snapshot.requestedEphemeralBytes[node] ?? 0];
  const { extended, extendedRequested } = snapshot.entry(node);
  return [extended.get(name) ?? 0, extendedRequested.get(name) ?? 0];
}
