import type { InterPodAffinityArgs } from "../../../gen/typernetes/scheduler/v1/configuration.ts";
import type { NodeScore, Plugin } from "../framework/plugin.ts";
import { resolvable, unresolvable } from "../framework/refusal.ts";
import type { AffinityTerm } from "../snapshot/affinity-term.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { addWishes, type Wishes } from "./pod-affinity-wishes.ts";

const affinityRefusal = unresolvable("node(s) didn't match pod affinity rules");
const antiAffinityRefusal = resolvable("node(s) didn't match pod anti-affinity rules");
const existingRefusal = resolvable("node(s) didn't satisfy existing pods anti-affinity rules");

/** Keeps pods to places that have the pods they must be with, and from those that have others; weighs what they prefer. */
export function createInterPodAffinity(settings: InterPodAffinityArgs = {}): Plugin {
  return {
    name: "InterPodAffinity",
    wakeOn: ["PodAdded", "PodRemoved", "PodChanged", "NodeAdded", "NodeLabelsChanged"],
    countsPods: true,
    weight: 2,
    normalise: "range",
    filter: affinityFilter,
    score: (pod, snapshot) => affinityScore(pod, snapshot, settings),
    hint(pod, change, { pod: other }, snapshot) {
      if (!other || (change !== "PodAdded" && change !== "PodRemoved")) return true;
      const terms = change === "PodAdded" ? pod.affinityTerms : [...pod.affinityTerms, ...pod.antiAffinityTerms];
      return (
        terms.some((term) => means(term, other, snapshot)) ||
        (change === "PodRemoved" && other.antiAffinityTerms.some((term) => means(term, pod, snapshot)))
      );
    },
  };
}

function affinityFilter(pod: PodInfo, snapshot: Snapshot) {
  const { affinityTerms, antiAffinityTerms } = pod;
  if (affinityTerms.length + antiAffinityTerms.length + snapshot.repelling.size === 0) return undefined;
  const repelled = repelledPlaces(pod, snapshot);
  if (affinityTerms.length + antiAffinityTerms.length + repelled.length === 0) return undefined;
  const together = attractingPlaces(affinityTerms, snapshot);
  const apart = antiAffinityTerms.map((term) => placesOf(term, countOf([term], snapshot), snapshot));
  const isFirst = together.every(({ isEmpty }) => isEmpty) && affinityTerms.every((term) => means(term, pod, snapshot));
  return (node: number) => {
    for (const { bySlot, counts } of together) {
      const domain = bySlot[node] ?? -1;
      if (domain < 0 || (!isFirst && counts[domain] === 0)) return affinityRefusal;
    }
    if (isIn(apart, node)) return antiAffinityRefusal;
    return isIn(repelled, node) ? existingRefusal : undefined;
  };
}

/** Pods counted by the values of one label. */
interface Places {
  bySlot: Int32Array;
  counts: Int32Array;
  isEmpty: boolean;
}

function isIn(places: readonly Places[], node: number): boolean {
  for (const { bySlot, counts } of places) {
    const domain = bySlot[node] ?? -1;
    if (domain >= 0 && (counts[domain] ?? 0) > 0) return true;
  }
  return false;
}

/** Where pods are that meet all terms at once. */
function attractingPlaces(terms: readonly AffinityTerm[], snapshot: Snapshot): Places[] {
  if (terms.length === 0) return [];
  const counts = countOf(terms, snapshot);
  return terms.map((term) => placesOf(term, counts, snapshot));
}

/** How many pods on each node meet all terms. */
function countOf(terms: readonly AffinityTerm[], snapshot: Snapshot): Int32Array {
  const key = terms.map((term) => term.key).join(" ");
  return snapshot.countPods(key, (pod) => terms.every((term) => means(term, pod, snapshot)));
}

function placesOf({ topologyKey }: AffinityTerm, pods: Int32Array, snapshot: Snapshot): Places {
  const { bySlot, count } = snapshot.domains(topologyKey);
  const counts = new Int32Array(count);
  let isEmpty = true;
  for (const slot of snapshot.slots) {
    const [domain = -1, here = 0] = [bySlot[slot], pods[slot]];
    if (domain < 0 || here === 0) continue;
    counts[domain] = (counts[domain] ?? 0) + here;
    isEmpty = false;
  }
  return { bySlot, counts, isEmpty };
}

/** Where pods are that must not be with this one. */
function repelledPlaces(pod: PodInfo, snapshot: Snapshot): Places[] {
  const places = new Map<string, Places>();
  for (const { term, bySlot: holders } of snapshot.repelling.all()) {
    if (!means(term, pod, snapshot)) continue;
    const { bySlot, count } = snapshot.domains(term.topologyKey);
    const place = places.get(term.topologyKey) ?? { bySlot, counts: new Int32Array(count), isEmpty: false };
    places.set(term.topologyKey, place);
    for (const slot of holders.keys()) {
      const domain = bySlot[slot] ?? -1;
      if (domain >= 0) place.counts[domain] = 1;
    }
  }
  return [...places.values()];
}

function affinityScore(
  pod: PodInfo,
  snapshot: Snapshot,
  { hardPodAffinityWeight = 1, ignorePreferredTermsOfExistingPods = false }: InterPodAffinityArgs,
): NodeScore | undefined {
  const wishes: Wishes = new Map();
  for (const term of pod.preferredTerms) addWishes(wishes, snapshot, term, countOf([term], snapshot), term.weight);
  for (const term of pod.preferredAntiTerms) addWishes(wishes, snapshot, term, countOf([term], snapshot), -term.weight);
  const addHeld = (holders: Snapshot["liking"], weightOf: (term: AffinityTerm) => number) => {
    for (const { term, bySlot } of holders.all())
      if (means(term, pod, snapshot)) addWishes(wishes, snapshot, term, bySlot, weightOf(term));
  };
  if (hardPodAffinityWeight > 0) addHeld(snapshot.attracting, () => hardPodAffinityWeight);
  if (!ignorePreferredTermsOfExistingPods) {
    addHeld(snapshot.liking, ({ weight }) => weight);
    addHeld(snapshot.disliking, ({ weight }) => -weight);
  }
  if (wishes.size === 0) return undefined;
  const places = [...wishes.values()];
  return (node) => {
    let sum = 0;
    for (const { bySlot, sums } of places) {
      const domain = bySlot[node] ?? -1;
      if (domain >= 0) sum += sums[domain] ?? 0;
    }
    return sum;
  };
}

function means(term: AffinityTerm, pod: PodInfo, snapshot: Snapshot): boolean {
  return term.matches(pod, snapshot.namespaceLabels(pod.namespace));
}
