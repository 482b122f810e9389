import type { TopologySpreadConstraint } from "../../../gen/typernetes/core/v1/pod.ts";
import type { PodTopologySpreadArgs } from "../../../gen/typernetes/scheduler/v1/configuration.ts";
import type { NodeFilter, Plugin } from "../framework/plugin.ts";
import { resolvable, unresolvable } from "../framework/refusal.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { type SpreadConstraint, spreadConstraints } from "./spread-constraint.ts";
import { defaultSpreadScore, spreadScore } from "./spread-score.ts";

const uneven = "node(s) didn't match pod topology spread constraints";
const unevenRefusal = resolvable(uneven);
const noLabelRefusal = unresolvable(`${uneven} (missing required label)`);

/** Keeps pods from places that have more of their like than others may; spreads the pods of one controller. */
export function createPodTopologySpread(settings: PodTopologySpreadArgs = {}): Plugin {
  const listed = settings.defaultConstraints ?? [];
  const isSystem = (settings.defaultingType ?? (listed.length > 0 ? "List" : "System")) === "System";
  const constraintsOf = ({ pod, controllerUid, labels }: PodInfo): readonly TopologySpreadConstraint[] => {
    const own = pod.spec?.topologySpreadConstraints;
    if (own?.length || !controllerUid) return own ?? [];
    return listed.map((constraint) => ({ ...constraint, labelSelector: { matchLabels: { ...labels } } }));
  };
  return {
    name: "PodTopologySpread",
    wakeOn: [
      "PodAdded",
      "PodRemoved",
      "PodChanged",
      "NodeAdded",
      "NodeRemoved",
      "NodeLabelsChanged",
      "NodeTaintsChanged",
    ],
    countsPods: true,
    weight: 2,
    normalise: "spread",
    filter: (pod, snapshot) =>
      hardFilter(spreadConstraints(constraintsOf(pod), "DoNotSchedule", pod, snapshot), snapshot),
    score(pod, snapshot, feasible) {
      const constraints = constraintsOf(pod);
      if (constraints.length === 0) return isSystem ? defaultSpreadScore(pod, snapshot, feasible) : undefined;
      return spreadScore(spreadConstraints(constraints, "ScheduleAnyway", pod, snapshot), snapshot, feasible);
    },
    hint: (pod, _, { pod: other }) => !other || other.namespace === pod.namespace,
  };
}

function hardFilter(constraints: readonly SpreadConstraint[], snapshot: Snapshot): NodeFilter | undefined {
  if (constraints.length === 0) return undefined;
  const domainsByKey = constraints.map(({ topologyKey }) => snapshot.domains(topologyKey).bySlot);
  const filters = constraints.map((constraint) => skewFilter(constraint, domainsByKey, snapshot));
  return (node) => {
    for (const filter of filters) {
      const refusal = filter(node);
      if (refusal) return refusal;
    }
    return undefined;
  };
}

/** Only nodes that have all the labels count. */
function skewFilter(constraint: SpreadConstraint, allDomains: readonly Int32Array[], snapshot: Snapshot): NodeFilter {
  const { bySlot, count } = snapshot.domains(constraint.topologyKey);
  const pods = new Int32Array(count).fill(-1);
  for (const slot of snapshot.slots) {
    if (!hasAll(allDomains, slot) || !constraint.countsNode(slot)) continue;
    const domain = bySlot[slot] ?? 0;
    pods[domain] = Math.max(0, pods[domain] ?? 0) + constraint.pods(slot);
  }
  let domains = 0;
  let fewest = Number.POSITIVE_INFINITY;
  for (const here of pods) {
    if (here < 0) continue;
    domains++;
    if (here < fewest) fewest = here;
  }
  const least = domains < constraint.minDomains ? 0 : fewest;
  const most = constraint.maxSkew + least - (constraint.countsSelf ? 1 : 0);
  return (node) => {
    const domain = bySlot[node] ?? -1;
    if (domain < 0) return noLabelRefusal;
    return Math.max(0, pods[domain] ?? 0) > most ? unevenRefusal : undefined;
  };
}

function hasAll(allDomains: readonly Int32Array[], slot: number): boolean {
  for (const bySlot of allDomains) if ((bySlot[slot] ?? -1) < 0) return false;
  return true;
}
