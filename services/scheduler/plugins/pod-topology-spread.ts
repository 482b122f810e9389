import type { TopologySpreadConstraint } from "../../../gen/typernetes/core/v1/pod.ts";
import { labelMatcherOf } from "../../../lib/api/label-selector.ts";
import type { NodeFilter, Plugin, Reasons } from "../framework/plugin.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { NodeEntry, Snapshot } from "../snapshot/snapshot.ts";
import { wantedNodes } from "./node-affinity.ts";
import { untolerated } from "./tolerations.ts";

const uneven = "node(s) didn't match pod topology spread constraints";
const unevenReasons: Reasons = [uneven];
const noLabelReasons: Reasons = [`${uneven} (missing required label)`];

/** Keeps pods from places that have more of their like than others may; spreads the pods of one controller. */
export const podTopologySpread: Plugin = {
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
  weight: 2,
  normalise: "lowest",
  filter(pod, snapshot) {
    const constraints = pod.pod.spec?.topologySpreadConstraints?.filter(
      ({ whenUnsatisfiable }) => whenUnsatisfiable === "DoNotSchedule",
    );
    if (!constraints?.length) return undefined;
    const keys = constraints.map(({ topologyKey = "" }) => topologyKey);
    const filters = constraints.map((constraint) => spreadFilter(constraint, keys, pod, snapshot));
    return (node) => {
      for (const filter of filters) {
        const refusal = filter(node);
        if (refusal) return refusal;
      }
      return undefined;
    };
  },
  score(pod, snapshot) {
    const { controllerUid } = pod;
    return controllerUid ? (node) => snapshot.entry(node).podsOfController.get(controllerUid) ?? 0 : undefined;
  },
};

function spreadFilter(
  constraint: TopologySpreadConstraint,
  keys: readonly string[],
  pod: PodInfo,
  snapshot: Snapshot,
): NodeFilter {
  const { topologyKey = "", maxSkew = 1, minDomains = 1 } = constraint;
  const isAlike = likePods(constraint, pod);
  const isCounted = countedNodes(constraint, keys, pod);
  const counts = new Map<string, number>();
  for (const slot of snapshot.slots) {
    const entry = snapshot.entry(slot);
    const domain = entry.labels[topologyKey];
    if (domain === undefined || !isCounted(entry)) continue;
    let count = counts.get(domain) ?? 0;
    for (const other of snapshot.podsOn(slot)) if (isAlike(other) && !other.pod.metadata?.deletionTimestamp) count++;
    counts.set(domain, count);
  }
  const least = counts.size < minDomains ? 0 : Math.min(...counts.values());
  const self = isAlike(pod) ? 1 : 0;
  return (node) => {
    const domain = snapshot.entry(node).labels[topologyKey];
    if (domain === undefined) return noLabelReasons;
    return (counts.get(domain) ?? 0) + self - least > maxSkew ? unevenReasons : undefined;
  };
}

/** Tells the pods that the constraint counts. */
function likePods({ labelSelector, matchLabelKeys = [] }: TopologySpreadConstraint, pod: PodInfo) {
  const matcher = labelMatcherOf(labelSelector);
  const keys = matchLabelKeys.filter((key) => pod.labels[key] !== undefined);
  return (other: PodInfo) =>
    other.namespace === pod.namespace &&
    matcher.matches(other.labels) &&
    keys.every((key) => other.labels[key] === pod.labels[key]);
}

/** Tells the nodes that count: those where the pod could be. */
function countedNodes(constraint: TopologySpreadConstraint, keys: readonly string[], { pod, tolerations }: PodInfo) {
  const isWanted = constraint.nodeAffinityPolicy === "Ignore" ? undefined : wantedNodes(pod);
  const honorTaints = constraint.nodeTaintsPolicy === "Honor";
  return (node: NodeEntry) =>
    keys.every((key) => node.labels[key] !== undefined) &&
    (!isWanted || isWanted(node)) &&
    (!honorTaints || untolerated(node.taints, tolerations) === undefined);
}
