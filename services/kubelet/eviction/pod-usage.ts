import type { Container, Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { quantityValue } from "../../../lib/base/quantity.ts";
import type { DiskUse } from "../disk/disk-use.ts";

/** What one container of a pod uses. */
export interface ContainerUsage {
  name: string;
  memoryBytes: number;
  processes: number;
  /** Its own layer and its log; absent when it was not measured. */
  disk?: DiskUse | undefined;
}

/** What a pod uses of its node. */
export interface PodUsage {
  pod: Pod;
  containers: ContainerUsage[];
  /** Volumes on the node's disk, and other files of the pod; absent when they were not measured. */
  files?: DiskUse | undefined;
}

/** What is used of memory, in bytes. */
export function memoryOf({ containers }: PodUsage): number {
  return containers.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
}

/** What is used of the disk, in bytes. */
export function diskBytesOf({ containers, files }: PodUsage): number {
  return containers.reduce((sum, { disk }) => sum + (disk?.bytes ?? 0), files?.bytes ?? 0);
}

/** How many files there are. */
export function inodesOf({ containers, files }: PodUsage): number {
  return containers.reduce((sum, { disk }) => sum + (disk?.inodes ?? 0), files?.inodes ?? 0);
}

/** How many processes run. */
export function processesOf({ containers }: PodUsage): number {
  return containers.reduce((sum, { processes }) => sum + processes, 0);
}

/** What a pod asks for of a resource, in units: of its own, or all containers together. */
export function requestOf({ spec = {} }: Pod, resource: string): number {
  const own = spec.resources?.requests?.[resource];
  if (own !== undefined) return quantityValue(own);
  return (spec.containers ?? []).reduce((sum, container) => sum + containerRequest(container, resource), 0);
}

function containerRequest({ resources }: Container, resource: string): number {
  return quantityValue(resources?.requests?.[resource] ?? "0");
}
