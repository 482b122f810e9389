import { mkdir, readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { removeTree } from "../cgroup/remove-tree.ts";
import type { ResourceLimits } from "./runtime.ts";

const cgroupRoot = "/sys/fs/cgroup";
const cpuPeriodMicros = 100_000;
/** Version 1 controllers that carry a limit; each has a tree of its own. */
const controllers = ["cpu", "memory", "pids"];

/** Makes a pod's control group under `/typernetes-<cluster>`, or changes its limits, and answers its path. */
export async function makePodCgroup(cluster: string, podUid: string, limits: ResourceLimits): Promise<string> {
  const path = `/${clusterGroup(cluster)}/pod${podUid}`;
  await makeGroup(path, limits);
  return path;
}

/** Removes what `makePodCgroup` made; one that is gone, or in use by a container on its way out, is left alone. */
export async function removePodCgroup(path: string): Promise<void> {
  await Promise.all((await trees()).map((tree) => removeDirectory(join(tree, path))));
}

/** Removes what pods of `cluster`, all of which have gone, left of their groups. @throws Error when one stays in use */
export async function removePodCgroups(cluster: string): Promise<void> {
  const group = clusterGroup(cluster);
  for (const root of await trees()) await removeTree(join(root, group));
}

function clusterGroup(cluster: string): string {
  return `typernetes-${cluster.replaceAll(/[^a-zA-Z0-9-]/g, "-")}`;
}

async function isUnified(): Promise<boolean> {
  return (await readFile(join(cgroupRoot, "cgroup.controllers"), "utf8").catch(() => undefined)) !== undefined;
}

/** Container runtimes make the parent in every controller's tree, not only in those with a limit. */
async function trees(): Promise<string[]> {
  return (await isUnified()) ? [cgroupRoot] : (await subgroups(cgroupRoot)).map((tree) => join(cgroupRoot, tree));
}

async function makeGroup(parent: string, limits: ResourceLimits): Promise<void> {
  if (await isUnified()) {
    await mkdir(join(cgroupRoot, parent), { recursive: true });
    const enable = controllers.map((controller) => `+${controller}`).join(" ");
    for (const level of ["", join(parent, "..")]) {
      await writeFile(join(cgroupRoot, level, "cgroup.subtree_control"), enable);
    }
    await writeSettings((file) => join(cgroupRoot, parent, file), unifiedSettings(limits));
    return;
  }
  await Promise.all(controllers.map((controller) => mkdir(join(cgroupRoot, controller, parent), { recursive: true })));
  await writeSettings((file) => join(cgroupRoot, file.split(".")[0] ?? "", parent, file), versionOneSettings(limits));
}

async function writeSettings(pathOf: (file: string) => string, settings: [string, number | string][]): Promise<void> {
  await Promise.all(settings.map(([file, value]) => writeFile(pathOf(file), String(value))));
}

function versionOneSettings(limits: ResourceLimits): [string, number | string][] {
  const { cpuShares, cpuLimit, memoryLimitBytes, pidsLimit } = limits;
  return [
    ...setting("cpu.shares", cpuShares && Math.max(2, Math.round(cpuShares))),
    ...setting("cpu.cfs_quota_us", cpuLimit && Math.round(cpuLimit * cpuPeriodMicros)),
    ...setting("memory.limit_in_bytes", memoryLimitBytes),
    ...setting("pids.max", pidsLimit),
  ];
}

function unifiedSettings(limits: ResourceLimits): [string, number | string][] {
  const { cpuShares, cpuLimit, memoryLimitBytes, pidsLimit } = limits;
  return [
    // Shares from 2 to 262144 onto weights from 1 to 10000, as the runtimes do it.
    ...setting("cpu.weight", cpuShares && 1 + Math.floor(((Math.max(2, cpuShares) - 2) * 9999) / 262142)),
    ...setting("cpu.max", cpuLimit && `${Math.round(cpuLimit * cpuPeriodMicros)} ${cpuPeriodMicros}`),
    ...setting("memory.max", memoryLimitBytes),
    ...setting("pids.max", pidsLimit),
  ];
}

function setting(file: string, value: number | string | undefined): [string, number | string][] {
  return value === undefined || value === 0 ? [] : [[file, value]];
}

async function subgroups(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

async function removeDirectory(path: string): Promise<void> {
  await rmdir(path).catch(() => {});
}
