import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import { diskUse } from "../disk/disk-use.ts";
import type { NodeContext } from "../pods/node-context.ts";
import type { CpuRates } from "./cpu-rates.ts";
import { type NodeUsage, type PodUse, podSum } from "./node-usage.ts";

/** What `/stats/summary` tells of a node and its pods, as Kubernetes' Summary API has it. */
export async function summary(node: NodeContext, usage: NodeUsage, rates: CpuRates, briefly: boolean) {
  const time = rfc3339(usage.timeMs);
  const { workingSetBytes, availableBytes } = usage.memory;
  const pods = await Promise.all(usage.pods.map((use) => podSummary(node, use, rates, briefly)));
  const disks = briefly ? {} : await nodeDisks(node, time);
  return {
    node: {
      nodeName: node.options.nodeName,
      startTime: rfc3339(usage.startedAtMs),
      cpu: {
        time,
        ...rates.of("node", usage.timeMs, usage.cpuNanos),
        usageCoreNanoSeconds: Math.round(usage.cpuNanos),
      },
      memory: { time, availableBytes, usageBytes: workingSetBytes, workingSetBytes },
      ...disks,
    },
    pods,
  };
}

async function podSummary(node: NodeContext, use: PodUse, rates: CpuRates, briefly: boolean) {
  const { name, namespace, uid = "" } = use.pod.metadata ?? {};
  const timeMs = Math.max(...use.containers.map(({ stats }) => stats.timeMs));
  const time = rfc3339(timeMs);
  const cpuNanos = podSum(use, (stats) => stats.cpuUsageNanos);
  const containers = await Promise.all(use.containers.map((each) => containerSummary(node, each, rates, briefly)));
  return {
    podRef: { name, namespace, uid },
    startTime: rfc3339(use.startedAtMs),
    containers,
    cpu: { time, ...rates.of(uid, timeMs, cpuNanos), usageCoreNanoSeconds: cpuNanos },
    memory: {
      time,
      usageBytes: podSum(use, (stats) => stats.memoryUsageBytes),
      workingSetBytes: podSum(use, (stats) => stats.memoryWorkingSetBytes),
    },
    process_stats: { process_count: podSum(use, (stats) => stats.pids) },
    ...(briefly ? {} : await podDisks(use, time, containers)),
  };
}

type Container = PodUse["containers"][number];

async function containerSummary(node: NodeContext, { stats, status }: Container, rates: CpuRates, briefly: boolean) {
  const time = rfc3339(stats.timeMs);
  const { cpuUsageNanos, memoryUsageBytes: usageBytes, memoryWorkingSetBytes: workingSetBytes } = stats;
  const rate = rates.of(stats.containerId, stats.timeMs, cpuUsageNanos);
  const disk = briefly ? undefined : await node.runtime.diskUsage?.(stats.containerId).catch(() => undefined);
  return {
    name: stats.name,
    startTime: rfc3339(status.startedAtMs ?? status.createdAtMs),
    cpu: { time, ...rate, usageCoreNanoSeconds: cpuUsageNanos },
    memory: { time, usageBytes, workingSetBytes },
    ...(disk && {
      rootfs: { time, usedBytes: disk.writableLayerBytes, inodesUsed: disk.writableLayerInodes },
      logs: { time, usedBytes: disk.logBytes },
    }),
  };
}

interface WithDisk {
  rootfs?: { usedBytes: number };
  logs?: { usedBytes: number };
}

async function podDisks({ pod, worker }: PodUse, time: string, containers: readonly WithDisk[]) {
  const volume = (pod.spec?.volumes ?? []).map(async ({ name = "", emptyDir }) => {
    // What is mounted from elsewhere is measured there.
    if (!emptyDir) return [];
    const path = join(worker.directory, "volumes", "empty-dir", name);
    const [use, disk] = await Promise.all([diskUse(path), diskOf(path)]);
    return disk ? [{ time, ...disk, usedBytes: use.bytes, inodesUsed: use.inodes, name }] : [];
  });
  const own = await diskUse(worker.directory);
  const written = containers.reduce((sum, { rootfs, logs }) => {
    return sum + (rootfs?.usedBytes ?? 0) + (logs?.usedBytes ?? 0);
  }, own.bytes);
  const node = await diskOf(worker.directory);
  return {
    volume: (await Promise.all(volume)).flat(),
    "ephemeral-storage": { time, ...node, usedBytes: written, inodesUsed: own.inodes },
  };
}

async function nodeDisks({ options, runtime }: NodeContext, time: string) {
  const images = (await runtime.imageDirectory?.().catch(() => undefined)) ?? options.stateDir;
  const [fs, imageFs] = await Promise.all([diskOf(options.stateDir), diskOf(images)]);
  return {
    ...(fs && { fs: { time, ...fs } }),
    ...(imageFs && { runtime: { imageFs: { time, ...imageFs }, containerFs: { time, ...imageFs } } }),
  };
}

/** The disk that a path is on. */
async function diskOf(path: string) {
  const stats = await statfs(path).catch(() => undefined);
  if (!stats) return undefined;
  const { bavail, bfree, blocks, bsize, ffree, files } = stats;
  return {
    availableBytes: bavail * bsize,
    capacityBytes: blocks * bsize,
    usedBytes: (blocks - bfree) * bsize,
    inodesFree: ffree,
    inodes: files,
    inodesUsed: files - ffree,
  };
}
