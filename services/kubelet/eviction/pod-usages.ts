import { diskUse } from "../disk/disk-use.ts";
import type { NodeContext } from "../pods/node-context.ts";
import type { PodWorker } from "../pods/pod-worker.ts";
import type { ContainerStats } from "../runtimes/runtime.ts";
import type { PodUsage } from "./pod-usage.ts";

/** A pod's use, and who can end it. */
export interface MeasuredPod extends PodUsage {
  worker: PodWorker;
}

type Node = Pick<NodeContext, "runtime" | "view">;

/** What pods use; what is on the disk is only measured when it is wanted: it takes a while. */
export async function measurePods(
  { runtime, view }: Node,
  workers: readonly PodWorker[],
  wantsDisk: (worker: PodWorker) => boolean,
): Promise<MeasuredPod[]> {
  const byPod = new Map<string, ContainerStats[]>();
  for (const stats of await runtime.stats()) {
    const uid = view.podOf(stats.sandboxId) ?? "";
    byPod.set(uid, [...(byPod.get(uid) ?? []), stats]);
  }
  const usages: MeasuredPod[] = [];
  // One after the other: a disk that is short is busy, too.
  for (const worker of workers) {
    const stats = byPod.get(worker.pod.metadata?.uid ?? "") ?? [];
    const isWanted = wantsDisk(worker);
    const containers = await Promise.all(stats.map((each) => containerUsage(runtime, each, isWanted)));
    const files = isWanted ? await diskUse(worker.directory) : undefined;
    usages.push({ worker, pod: worker.pod, containers, files });
  }
  return usages;
}

async function containerUsage(runtime: Node["runtime"], stats: ContainerStats, wantsDisk: boolean) {
  const { containerId, name, memoryWorkingSetBytes: memoryBytes, pids: processes } = stats;
  const measured = wantsDisk ? await runtime.diskUsage?.(containerId).catch(() => undefined) : undefined;
  const disk = measured && {
    bytes: measured.writableLayerBytes + measured.logBytes,
    inodes: measured.writableLayerInodes ?? 0,
  };
  return { name, memoryBytes, processes, disk };
}
