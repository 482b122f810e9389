import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createControlGroupsV1 } from "./control-groups-v1.ts";
import { createControlGroupsV2 } from "./control-groups-v2.ts";

/** Limits of one control group; what is absent is unlimited. */
export interface ControlGroupLimits {
  /** Relative weight, in the scale of `cpu.shares` (2 and up). */
  cpuShares?: number;
  /** Cores as a fraction. */
  cpuLimit?: number;
  memoryLimitBytes?: number;
  pidsLimit?: number;
  /** Bytes by the size of a page (`2MB`), where the machine limits huge pages; none of a size that is not here. */
  hugePages?: Readonly<Record<string, number>>;
}

/** Current use of one control group with all below it. */
export interface ControlGroupUsage {
  cpuUsageNanos: number;
  memoryUsageBytes: number;
  memoryWorkingSetBytes: number;
  pids: number;
}

/** The kernel's control groups, version 1 or 2, by paths such as `typernetes/sandbox/container`. */
export interface ControlGroups {
  readonly version: 1 | 2;
  /** Makes the group (and those above it) and sets its limits; again to change them. */
  create(path: string, limits: ControlGroupLimits): void;
  /** Files into which a process writes `0` to join the group. */
  joinFiles(path: string): string[];
  /** The group's directories, and where below `/sys/fs/cgroup` a process of the group expects them. */
  directories(path: string): { directory: string; name: string }[];
  /** Undefined when there is no such group. */
  usage(path: string): ControlGroupUsage | undefined;
  /** How many processes of the group the kernel has killed for want of memory. */
  memoryKills(path: string): number;
  /** Removes the group and those below it, whose processes have ended or are about to. Succeeds when there is none. */
  remove(path: string): Promise<void>;
}

/**
 * The machine's control groups, found by trying to make one; undefined when none can be made.
 * `mountinfo` is the text of `/proc/self/mountinfo`.
 */
export async function findControlGroups(
  mountinfo = readFileSync("/proc/self/mountinfo", "utf8"),
): Promise<ControlGroups | undefined> {
  const groups = choose(mountinfo);
  if (!groups) return undefined;
  const probe = `typernetes-probe-${randomBytes(6).toString("hex")}`;
  try {
    groups.create(probe, { pidsLimit: 10 });
    await groups.remove(probe);
    return groups;
  } catch {
    // No right to make groups: carry on without limits.
    return undefined;
  }
}

function choose(mountinfo: string): ControlGroups | undefined {
  const mounts = mountinfo.split("\n").map((line) => {
    const [before = "", after = ""] = line.split(" - ");
    const [type = "", , options = ""] = after.split(" ");
    return { path: before.split(" ")[4] ?? "", type, options: options.split(",") };
  });
  const hierarchies = new Map<string, string>();
  for (const { path, type, options } of mounts) {
    if (type !== "cgroup") continue;
    for (const controller of ["cpu", "cpuacct", "memory", "pids", "hugetlb"]) {
      if (options.includes(controller)) hierarchies.set(controller, path);
    }
  }
  if (hierarchies.has("memory")) return createControlGroupsV1(hierarchies);
  const unified = mounts.find(({ type }) => type === "cgroup2");
  return unified && createControlGroupsV2(unified.path);
}
