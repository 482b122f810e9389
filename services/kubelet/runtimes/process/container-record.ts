import type { ContainerConfig, Mount } from "../runtime.ts";
import type { ProcessSpec } from "./process-spec.ts";

/** What is kept of a container on disk. */
export interface ContainerRecord {
  id: string;
  sandboxId: string;
  createdAtMs: number;
  config: ContainerConfig;
  /** The pod's and the runtime's own. */
  mounts: Mount[];
  isolated: boolean;
  imageId: string;
  stopSignal: string;
  layersDir: string;
  /** Topmost first. */
  layers: string[];
  isHost: boolean;
  process: ProcessSpec;
  /** Where the pod's own users are kept, and who of the machine stands for the first of them. */
  users?: PodUsers;
}

/** A pod's user namespace. */
export interface PodUsers {
  /** The namespace, on the machine. */
  path: string;
  hostId: number;
}

/** Paths inside a container's directory. */
export interface ContainerPaths {
  dir: string;
  record: string;
  /** Why the start failed. */
  failure: string;
  /** The script that becomes the container. */
  script: string;
  /** Written by the supervisor: `pid`, `exit`, FIFOs and chunks of output. */
  run: string;
  logs: string;
  /** Holds `upper` and `work` of the overlay. */
  layer: string;
  /** Where the root file system is put together. */
  root: string;
}

/** Where things are in a container's directory. */
export function containerPaths(dir: string): ContainerPaths {
  return {
    dir,
    record: `${dir}/container.json`,
    failure: `${dir}/failure`,
    script: `${dir}/start.sh`,
    run: `${dir}/run`,
    logs: `${dir}/logs`,
    layer: `${dir}/layer`,
    root: `${dir}/root`,
  };
}
