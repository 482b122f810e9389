import type { Plugin } from "../framework/plugin.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { decideVolumes } from "./volume-decision.ts";

/** Keeps pods to nodes on which their claims have volumes, or can get some. */
export const volumeBinding: Plugin = {
  name: "VolumeBinding",
  wakeOn: ["VolumesChanged", "NodeAdded", "NodeLabelsChanged", "PodChanged"],
  preFilter(pod, snapshot) {
    for (const key of pod.claims) {
      const problem = claimProblem(key, pod, snapshot);
      if (problem !== undefined) return problem;
    }
    return undefined;
  },
  filter(pod, snapshot) {
    if (pod.claims.length === 0) return undefined;
    return (node) => {
      const decision = decideVolumes(pod, snapshot, node);
      return "reasons" in decision ? decision : undefined;
    };
  },
};

/** What keeps a claim from every node. */
function claimProblem(key: string, { pod }: PodInfo, { volumes }: Snapshot): string | undefined {
  const claim = volumes.claims.get(key);
  const name = key.slice(key.indexOf("/") + 1);
  const isEphemeral = !pod.spec?.volumes?.some((volume) => volume.persistentVolumeClaim?.claimName === name);
  if (!claim)
    return isEphemeral
      ? `waiting for ephemeral volume controller to create the persistentvolumeclaim "${name}"`
      : `persistentvolumeclaim "${name}" not found`;
  if (isEphemeral && !claim.metadata?.ownerReferences?.some(({ uid }) => uid === pod.metadata?.uid))
    return `PVC "${key}" was not created for pod "${pod.metadata?.namespace}/${pod.metadata?.name}" (pod is not owner)`;
  if (claim.status?.phase === "Lost")
    return `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${claim.spec?.volumeName ?? ""}"`;
  if (claim.metadata?.deletionTimestamp) return `persistentvolumeclaim "${name}" is being deleted`;
  if (volumes.isBound(claim)) return undefined;
  return volumes.isDelayed(claim) && !claim.spec?.volumeName
    ? undefined
    : "pod has unbound immediate PersistentVolumeClaims";
}
