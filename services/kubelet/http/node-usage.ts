import { cpus, freemem, totalmem, uptime } from "node:os";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { NodeContext } from "../pods/node-context.ts";
import type { PodWorker } from "../pods/pod-worker.ts";
import type { ContainerStats, ContainerStatus } from "../runtimes/runtime.ts";

/** What a machine, and the containers of its pods, use at one time. */
export interface NodeUsage {
  timeMs: number;
  startedAtMs: number;
  cpuNanos: number;
  memory: { workingSetBytes: number; availableBytes: number; capacityBytes: number };
  pods: PodUse[];
}

/** What the running containers of one pod use. */
export interface PodUse {
  pod: Pod;
  worker: PodWorker;
  startedAtMs: number;
  containers: { stats: ContainerStats; status: ContainerStatus }[];
}

/** Measures the machine and all containers that run. */
export async function measureUsage(
  { runtime, view, clock }: Pick<NodeContext, "runtime" | "view" | "clock">,
  workers: Iterable<PodWorker>,
): Promise<NodeUsage> {
  const [stats, statuses, sandboxes] = await Promise.all([
    runtime.stats(),
    runtime.listContainers(),
    view.sandboxesByPod(),
  ]);
  const statusOf = new Map(statuses.map((status) => [status.id, status]));
  const pods = [...workers].flatMap((worker): PodUse[] => {
    const [sandbox] = sandboxes.get(worker.pod.metadata?.uid ?? "") ?? [];
    if (!sandbox) return [];
    const containers = stats.flatMap((each) => {
      const status = statusOf.get(each.containerId);
      return each.sandboxId === sandbox.id && status ? [{ stats: each, status }] : [];
    });
    const { pod } = worker;
    return containers.length > 0 ? [{ pod, worker, startedAtMs: sandbox.createdAtMs, containers }] : [];
  });
  const [capacityBytes, availableBytes] = [totalmem(), freemem()];
  const memory = { capacityBytes, availableBytes, workingSetBytes: capacityBytes - availableBytes };
  const timeMs = clock.now();
  return { timeMs, startedAtMs: timeMs - uptime() * 1000, cpuNanos: machineCpuNanos(), memory, pods };
}

/** Processor time that was not idle, of all cores. */
function machineCpuNanos(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0) * 1e6;
}

/** The sum over a pod's containers. */
export function podSum({ containers }: PodUse, pick: (stats: ContainerStats) => number): number {
  return containers.reduce((sum, { stats }) => sum + pick(stats), 0);
}
