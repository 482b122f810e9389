import type { Plugin, Reasons } from "../framework/plugin.ts";
import type { AffinityTerm } from "../snapshot/affinity-term.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";

const affinityReasons: Reasons = ["node(s) didn't match pod affinity rules"];
const antiAffinityReasons: Reasons = ["node(s) didn't match pod anti-affinity rules"];
const existingReasons: Reasons = ["node(s) didn't satisfy existing pods anti-affinity rules"];

/** Keeps pods to places that have the pods they must be with, and from places that have those they must not be with. */
export const interPodAffinity: Plugin = {
  name: "InterPodAffinity",
  wakeOn: ["PodAdded", "PodRemoved", "PodChanged", "NodeAdded", "NodeLabelsChanged"],
  filter(pod, snapshot) {
    const { affinityTerms, antiAffinityTerms } = pod;
    const repelling = repellingPlaces(pod, snapshot);
    if (affinityTerms.length + antiAffinityTerms.length + repelling.size === 0) return undefined;
    const together = placesOf(affinityTerms, true, snapshot);
    const apart = placesOf(antiAffinityTerms, false, snapshot);
    const isFirst = together.size === 0 && matchesAll(affinityTerms, pod, snapshot);
    return (node) => {
      const { labels } = snapshot.entry(node);
      const isIn = (places: Places, key: string) => places.has(placeOf(key, labels[key] ?? ""));
      const attracted = affinityTerms.every(
        ({ topologyKey }) => labels[topologyKey] !== undefined && (isFirst || isIn(together, topologyKey)),
      );
      if (!attracted) return affinityReasons;
      if (antiAffinityTerms.some(({ topologyKey }) => isIn(apart, topologyKey))) return antiAffinityReasons;
      if (repelling.size === 0) return undefined;
      return Object.keys(labels).some((key) => isIn(repelling, key)) ? existingReasons : undefined;
    };
  },
};

/** Topology keys with values: zones, machines. */
type Places = ReadonlySet<string>;

function placeOf(topologyKey: string, value: string): string {
  return `${topologyKey}=${value}`;
}

/** Where pods are that the terms mean: all terms at once, or any. */
function placesOf(terms: readonly AffinityTerm[], all: boolean, snapshot: Snapshot): Places {
  const places = new Set<string>();
  if (terms.length === 0) return places;
  for (const slot of snapshot.slots) {
    const { labels } = snapshot.entry(slot);
    for (const other of snapshot.podsOn(slot)) {
      const met =
        all && !matchesAll(terms, other, snapshot) ? [] : terms.filter((term) => meets(term, other, snapshot));
      for (const { topologyKey } of met) addPlace(places, topologyKey, labels[topologyKey]);
    }
  }
  return places;
}

/** Where pods are that must not be with this one. */
function repellingPlaces(pod: PodInfo, snapshot: Snapshot): Places {
  const places = new Set<string>();
  for (const { info, nodeName } of snapshot.podsWithAntiAffinity()) {
    const slot = snapshot.slotOf(nodeName);
    if (slot === undefined) continue;
    const { labels } = snapshot.entry(slot);
    for (const term of info.antiAffinityTerms)
      if (meets(term, pod, snapshot)) addPlace(places, term.topologyKey, labels[term.topologyKey]);
  }
  return places;
}

function addPlace(places: Set<string>, topologyKey: string, value: string | undefined): void {
  if (value !== undefined) places.add(placeOf(topologyKey, value));
}

function matchesAll(terms: readonly AffinityTerm[], pod: PodInfo, snapshot: Snapshot): boolean {
  return terms.every((term) => meets(term, pod, snapshot));
}

function meets(term: AffinityTerm, pod: PodInfo, snapshot: Snapshot): boolean {
  return term.matches(pod, snapshot.namespaceLabels(pod.namespace));
}
