import type { NodeResourcesFitArgs } from "../../../gen/typernetes/scheduler/v1/configuration.ts";
import type { Plugin } from "../framework/plugin.ts";
import { type Refusal, resolvable, unresolvable } from "../framework/refusal.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { scoreByStrategy } from "./scoring-strategy.ts";

const tooManyPods = resolvable("Too many pods");

/** Keeps pods from nodes without room for what they request; prefers nodes by how full they would be. */
export function createNodeResourcesFit(settings: NodeResourcesFitArgs = {}): Plugin {
  const ignored = new Set(settings.ignoredResources);
  const groups = new Set(settings.ignoredResourceGroups);
  const isIgnored = (name: string) => ignored.has(name) || groups.has(name.slice(0, Math.max(0, name.indexOf("/"))));
  const hasIgnored = ignored.size + groups.size > 0;
  return {
    name: "NodeResourcesFit",
    wakeOn: ["NodeAdded", "NodeAllocatableChanged", "PodRemoved", "PodChanged"],
    weight: 1,
    filter(pod, snapshot) {
      const extended = [...pod.extended].filter(([name]) => !hasIgnored || !isIgnored(name));
      return roomFilter(pod, extended, snapshot);
    },
    hint(pod, change, { node }, snapshot) {
      // A node that cannot hold the pod even when it is empty helps nobody.
      if (node === undefined || change === "PodChanged") return true;
      return holdsWhenEmpty(pod, snapshot, node);
    },
    score: scoreByStrategy(settings.scoringStrategy),
  };
}

function roomFilter(pod: PodInfo, extended: readonly (readonly [string, number])[], snapshot: Snapshot) {
  const { milliCpu, memoryBytes, ephemeralBytes, podsMax, podCount } = snapshot;
  const { requestedMilliCpu, requestedMemoryBytes, requestedEphemeralBytes } = snapshot;
  const lacks = (wanted: number, all: Float64Array, taken: Float64Array, node: number) =>
    wanted > 0 && wanted > (all[node] ?? 0) - (taken[node] ?? 0);
  return (node: number): Refusal | undefined => {
    const full = (podCount[node] ?? 0) >= (podsMax[node] ?? 0);
    const cpu = lacks(pod.milliCpu, milliCpu, requestedMilliCpu, node);
    const memory = lacks(pod.memoryBytes, memoryBytes, requestedMemoryBytes, node);
    const ephemeral = lacks(pod.ephemeralBytes, ephemeralBytes, requestedEphemeralBytes, node);
    const missing = extended.length === 0 ? none : missingExtended(extended, snapshot, node);
    if (!full && !cpu && !memory && !ephemeral && missing.length === 0) return undefined;
    const names = [
      ...(cpu ? ["cpu"] : []),
      ...(memory ? ["memory"] : []),
      ...(ephemeral ? ["ephemeral-storage"] : []),
      ...missing,
    ];
    return refusalFor(full, names, holdsWhenEmpty(pod, snapshot, node));
  };
}

const none: readonly string[] = [];

function missingExtended(extended: readonly (readonly [string, number])[], snapshot: Snapshot, node: number): string[] {
  const entry = snapshot.entry(node);
  return extended
    .filter(([name, amount]) => amount > (entry.extended.get(name) ?? 0) - (entry.extendedRequested.get(name) ?? 0))
    .map(([name]) => name);
}

function holdsWhenEmpty(pod: PodInfo, snapshot: Snapshot, node: number): boolean {
  const { milliCpu, memoryBytes, ephemeralBytes } = snapshot;
  if (pod.milliCpu > (milliCpu[node] ?? 0) || pod.memoryBytes > (memoryBytes[node] ?? 0)) return false;
  if (pod.ephemeralBytes > (ephemeralBytes[node] ?? 0)) return false;
  if (pod.extended.size === 0) return true;
  const { extended } = snapshot.entry(node);
  for (const [name, amount] of pod.extended) if (amount > (extended.get(name) ?? 0)) return false;
  return true;
}

/** Every resource that lacks is named. */
function refusalFor(full: boolean, names: readonly string[], canHelp: boolean): Refusal {
  const [first, ...rest] = names.map((name) => `Insufficient ${name}`);
  if (first === undefined) return tooManyPods;
  const refusal = canHelp ? resolvable : unresolvable;
  return full ? refusal("Too many pods", first, ...rest) : refusal(first, ...rest);
}
