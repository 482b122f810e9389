import type { NodeScore } from "../framework/plugin.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { SpreadConstraint } from "./spread-constraint.ts";

const hostname = "kubernetes.io/hostname";
const zone = "topology.kubernetes.io/zone";
/** As in Kubernetes, for pods of a controller without constraints of their own. */
const defaults = [
  { key: hostname, maxSkew: 3 },
  { key: zone, maxSkew: 5 },
];

/** Places of one constraint: how many pods are in each, and how much that counts. */
interface Places {
  bySlot: Int32Array;
  pods: Int32Array;
  weight: number;
  maxSkew: number;
}

/** The fewer pods of its like, the better; nodes without one of the labels are not a number. */
export function spreadScore(
  constraints: readonly SpreadConstraint[],
  snapshot: Snapshot,
  feasible: readonly number[],
): NodeScore | undefined {
  if (constraints.length === 0) return undefined;
  const domains = constraints.map(({ topologyKey }) => snapshot.domains(topologyKey).bySlot);
  const hasAll = (slot: number) => {
    for (const bySlot of domains) if ((bySlot[slot] ?? -1) < 0) return false;
    return true;
  };
  const rated = feasible.filter(hasAll);
  const places = constraints.map((constraint) => {
    const { bySlot, count } = snapshot.domains(constraint.topologyKey);
    const pods = new Int32Array(count);
    for (const slot of snapshot.slots) {
      const here = constraint.pods(slot);
      if (here === 0 || !hasAll(slot) || !constraint.countsNode(slot)) continue;
      const domain = bySlot[slot] ?? 0;
      pods[domain] = (pods[domain] ?? 0) + here;
    }
    return {
      bySlot,
      pods,
      weight: weightFor(constraint.topologyKey, bySlot, count, rated),
      maxSkew: constraint.maxSkew,
    };
  });
  return (node) => (hasAll(node) ? total(places, node) : Number.NaN);
}

/** Pods of one controller go apart, over machines and over zones. */
export function defaultSpreadScore(
  { controllerUid }: PodInfo,
  snapshot: Snapshot,
  feasible: readonly number[],
): NodeScore | undefined {
  if (!controllerUid) return undefined;
  const bySlotOfPods = snapshot.podsOfController(controllerUid);
  if (!bySlotOfPods) return undefined;
  const places = defaults.map(({ key, maxSkew }) => {
    const { bySlot, count } = snapshot.domains(key);
    const pods = new Int32Array(count);
    for (const [slot, here] of bySlotOfPods) {
      const domain = bySlot[slot] ?? -1;
      if (domain >= 0) pods[domain] = (pods[domain] ?? 0) + here;
    }
    return { bySlot, pods, weight: weightFor(key, bySlot, count, feasible), maxSkew };
  });
  return (node) => total(places, node);
}

/** The more places there are, the more a pod in one of them counts. */
function weightFor(topologyKey: string, bySlot: Int32Array, domains: number, nodes: readonly number[]): number {
  if (topologyKey === hostname) return Math.log(nodes.length + 2);
  const seen = new Uint8Array(domains);
  let size = 0;
  for (const node of nodes) {
    const domain = bySlot[node] ?? -1;
    if (domain < 0 || seen[domain] === 1) continue;
    seen[domain] = 1;
    // Later nodes can only be in places that were seen.
    if (++size === domains) break;
  }
  return Math.log(size + 2);
}

function total(places: readonly Places[], node: number): number {
  let sum = 0;
  for (const { bySlot, pods, weight, maxSkew } of places) {
    const domain = bySlot[node] ?? -1;
    if (domain >= 0) sum += (pods[domain] ?? 0) * weight + (maxSkew - 1);
  }
  return Math.round(sum);
}
