import type { Plugin } from "../framework/plugin.ts";
import { resolvable } from "../framework/refusal.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";

const refusal = resolvable("node(s) exceed max volume count");

/** Keeps pods from nodes that cannot attach as many volumes of a driver. */
export const nodeVolumeLimits: Plugin = {
  name: "NodeVolumeLimits",
  wakeOn: ["VolumesChanged", "PodRemoved", "NodeAdded", "PodChanged"],
  filter(pod, snapshot) {
    const wanted = attachedVolumes(pod, snapshot);
    if (wanted.length === 0) return undefined;
    return (node) => {
      const limits = limitsOf(snapshot, node);
      if (limits.size === 0) return undefined;
      const used = new Map<string, Set<string>>();
      for (const other of snapshot.podsOn(node)) addAll(used, attachedVolumes(other, snapshot));
      const before = new Map([...used].map(([driver, handles]) => [driver, handles.size]));
      addAll(used, wanted);
      for (const [driver, handles] of used)
        if (handles.size > (before.get(driver) ?? 0) && handles.size > (limits.get(driver) ?? Number.POSITIVE_INFINITY))
          return refusal;
      return undefined;
    };
  },
  hint: (_, change, { pod: other }) => change !== "PodRemoved" || !other || other.claims.length > 0,
};

interface AttachedVolume {
  driver: string;
  handle: string;
}

function limitsOf(snapshot: Snapshot, node: number): Map<string, number> {
  const drivers = snapshot.volumes.nodes.get(snapshot.entry(node).name)?.spec?.drivers ?? [];
  return new Map(
    drivers.flatMap(({ name = "", allocatable }) =>
      allocatable?.count === undefined ? [] : [[name, allocatable.count] as const],
    ),
  );
}

function addAll(used: Map<string, Set<string>>, volumes: readonly AttachedVolume[]): void {
  for (const { driver, handle } of volumes) used.set(driver, (used.get(driver) ?? new Set()).add(handle));
}

/** The volumes of drivers that a pod needs; one that is still to be made counts by its claim. */
function attachedVolumes({ claims }: PodInfo, { volumes: catalog }: Snapshot): AttachedVolume[] {
  return claims.flatMap((key) => {
    const claim = catalog.claims.get(key);
    const csi = catalog.volumes.get(claim?.spec?.volumeName ?? "")?.spec?.csi;
    if (csi) return [{ driver: csi.driver ?? "", handle: csi.volumeHandle ?? "" }];
    if (!claim || claim.spec?.volumeName) return [];
    const driver = catalog.classes.get(claim.spec?.storageClassName ?? "")?.provisioner;
    return driver ? [{ driver, handle: key }] : [];
  });
}
