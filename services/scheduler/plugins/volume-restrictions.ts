import type { Volume } from "../../../gen/typernetes/core/v1/pod.ts";
import type { Plugin } from "../framework/plugin.ts";
import { resolvable } from "../framework/refusal.ts";

const claimInUse = resolvable(
  "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode",
);
const diskInUse = resolvable("node(s) had no available disk");

/** Keeps a pod waiting while another has a claim that is for one pod, and from nodes where another has its disk. */
export const volumeRestrictions: Plugin = {
  name: "VolumeRestrictions",
  wakeOn: ["VolumesChanged", "PodRemoved", "NodeAdded", "PodChanged"],
  countsPods: true,
  filter(pod, snapshot) {
    const { claims } = snapshot.volumes;
    const isTaken = pod.claims.some(
      (key) =>
        claims.get(key)?.spec?.accessModes?.includes("ReadWriteOncePod") && snapshot.usersOfClaim(key, pod.uid) > 0,
    );
    if (isTaken) return () => claimInUse;
    const disks = disksOf(pod.pod.spec?.volumes);
    if (disks.length === 0) return undefined;
    return (node) => {
      for (const other of snapshot.podsOn(node)) {
        const theirs = disksOf(other.pod.spec?.volumes);
        if (disks.some((disk) => theirs.some((used) => conflicts(disk, used)))) return diskInUse;
      }
      return undefined;
    };
  },
  hint: (pod, change, { pod: other }) =>
    change !== "PodRemoved" ||
    !other ||
    disksOf(pod.pod.spec?.volumes).length > 0 ||
    pod.claims.some((key) => other.claims.includes(key)),
};

/** A disk that only one machine's pods may use, and, unless all only read it, only one of them. */
interface Disk {
  id: string;
  readOnly: boolean;
}

function disksOf(volumes: readonly Volume[] = []): Disk[] {
  return volumes.flatMap(({ gcePersistentDisk, awsElasticBlockStore, iscsi, rbd }) => [
    ...(gcePersistentDisk
      ? [{ id: `gce/${gcePersistentDisk.pdName}`, readOnly: gcePersistentDisk.readOnly ?? false }]
      : []),
    ...(awsElasticBlockStore ? [{ id: `aws/${awsElasticBlockStore.volumeID}`, readOnly: false }] : []),
    ...(iscsi ? [{ id: `iscsi/${iscsi.iqn}`, readOnly: iscsi.readOnly ?? false }] : []),
    ...(rbd
      ? (rbd.monitors ?? []).map((monitor) => ({
          id: `rbd/${monitor}/${rbd.pool ?? "rbd"}/${rbd.image}`,
          readOnly: rbd.readOnly ?? false,
        }))
      : []),
  ]);
}

function conflicts(left: Disk, right: Disk): boolean {
  return left.id === right.id && !(left.readOnly && right.readOnly);
}
