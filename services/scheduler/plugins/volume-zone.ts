import type { Plugin } from "../framework/plugin.ts";
import { unresolvable } from "../framework/refusal.ts";

const refusal = unresolvable("node(s) had no available volume zone");
const zoneLabels = [
  "topology.kubernetes.io/zone",
  "topology.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region",
];

/** Keeps pods to the zones and regions that their volumes are in. */
export const volumeZone: Plugin = {
  name: "VolumeZone",
  wakeOn: ["VolumesChanged", "NodeAdded", "NodeLabelsChanged", "PodChanged"],
  filter(pod, snapshot) {
    const { claims, volumes } = snapshot.volumes;
    const wanted = pod.claims.flatMap((key) => {
      const labels = volumes.get(claims.get(key)?.spec?.volumeName ?? "")?.metadata?.labels ?? {};
      return zoneLabels.flatMap((label) =>
        labels[label] === undefined ? [] : [{ label, zones: new Set(labels[label].split("__")) }],
      );
    });
    if (wanted.length === 0) return undefined;
    return (node) => {
      const { labels } = snapshot.entry(node);
      // Nodes that say nothing of zones are taken to be in all of them.
      if (!zoneLabels.some((label) => labels[label] !== undefined)) return undefined;
      return wanted.every(({ label, zones }) => zones.has(labels[label] ?? "")) ? undefined : refusal;
    };
  },
};
