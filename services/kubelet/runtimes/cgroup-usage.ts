import { readFile } from "node:fs/promises";
import { join } from "node:path";

const cgroupRoot = "/sys/fs/cgroup";

/** Where a container's control groups are: one path, or one per controller in version 1. */
export interface CgroupPaths {
  cpu: string;
  memory: string;
  pids: string;
  unified: boolean;
}

/** What a container uses. */
export interface CgroupUsage {
  cpuUsageNanos: number;
  memoryUsageBytes: number;
  memoryWorkingSetBytes: number;
  pids: number;
}

/** The control groups of a process. @throws when it has ended. */
export async function cgroupPathsOf(pid: number): Promise<CgroupPaths> {
  const lines = (await readFile(`/proc/${pid}/cgroup`, "utf8")).trim().split("\n");
  const pathOf = (controller: string) => {
    const line = lines.find((line) => line.split(":")[1]?.split(",").includes(controller));
    return line?.split(":").slice(2).join(":");
  };
  const [cpu, memory, pids] = ["cpuacct", "memory", "pids"].map(pathOf);
  if (cpu === undefined || memory === undefined || pids === undefined) {
    const path = join(cgroupRoot, pathOf("") ?? "/");
    return { cpu: path, memory: path, pids: path, unified: true };
  }
  return {
    cpu: join(cgroupRoot, "cpuacct", cpu),
    memory: join(cgroupRoot, "memory", memory),
    pids: join(cgroupRoot, "pids", pids),
    unified: false,
  };
}

/** Reads what the groups account for. @throws when they are gone. */
export async function readCgroupUsage(paths: CgroupPaths): Promise<CgroupUsage> {
  const [cpu, usage, stat, pids] = await Promise.all([
    readFile(join(paths.cpu, paths.unified ? "cpu.stat" : "cpuacct.usage"), "utf8"),
    readFile(join(paths.memory, paths.unified ? "memory.current" : "memory.usage_in_bytes"), "utf8"),
    readFile(join(paths.memory, "memory.stat"), "utf8"),
    readFile(join(paths.pids, "pids.current"), "utf8"),
  ]);
  const memoryUsageBytes = Number(usage);
  const inactiveFile = field(stat, paths.unified ? "inactive_file" : "total_inactive_file");
  return {
    cpuUsageNanos: paths.unified ? field(cpu, "usage_usec") * 1000 : Number(cpu),
    memoryUsageBytes,
    memoryWorkingSetBytes: Math.max(0, memoryUsageBytes - inactiveFile),
    pids: Number(pids),
  };
}

/** The number behind `name` in lines of `name number`. */
function field(text: string, name: string): number {
  const line = text.split("\n").find((line) => line.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1) ?? 0);
}
