import { makePodCgroup, removePodCgroup } from "../pod-cgroups.ts";
import type { ResourceLimits } from "../runtime.ts";
import type { DockerClient } from "./docker-client.ts";

/** Control groups that hold all containers of one pod. */
export interface PodCgroups {
  /** Makes the pod's group with its limits and answers Docker's `CgroupParent`; undefined when it has none of its own. */
  make(podUid: string, limits: ResourceLimits | undefined): Promise<string | undefined>;
  /** Removes what `make` made. */
  remove(cgroupParent: string): Promise<void>;
}

/** Where systemd owns the tree (Docker's driver `systemd`), a pod has no group: its containers' own limits hold. */
export function createPodCgroups(client: DockerClient, cluster: string): PodCgroups {
  let driver: Promise<string> | undefined;
  const askDriver = () => {
    driver ??= client.call("ask Docker's settings", async () => String((await client.docker.info()).CgroupDriver));
    driver.catch(() => {
      driver = undefined;
    });
    return driver;
  };
  return {
    make: async (podUid, limits) => {
      if (!limits || Object.values(limits).every((limit) => limit === undefined)) return undefined;
      if ((await askDriver()) !== "cgroupfs") return undefined;
      return makePodCgroup(cluster, podUid, limits);
    },
    remove: (cgroupParent) => removePodCgroup(cgroupParent),
  };
}
