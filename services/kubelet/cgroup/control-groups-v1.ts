import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ControlGroupLimits, ControlGroups, ControlGroupUsage } from "./control-groups.ts";
import { removeTree } from "./remove-tree.ts";

const CPU_PERIOD_MICROS = 100_000;

/** Version 1: one hierarchy of directories per controller; `hierarchies` maps controllers to their mount points. */
export function createControlGroupsV1(hierarchies: ReadonlyMap<string, string>): ControlGroups {
  return new ControlGroupsV1(hierarchies);
}

class ControlGroupsV1 implements ControlGroups {
  readonly version = 1;
  readonly #hierarchies: ReadonlyMap<string, string>;

  constructor(hierarchies: ReadonlyMap<string, string>) {
    this.#hierarchies = hierarchies;
  }

  create(path: string, limits: ControlGroupLimits): void {
    for (const dir of this.#dirs(path)) mkdirSync(dir, { recursive: true });
    if (limits.cpuShares !== undefined) this.#write("cpu", path, "cpu.shares", Math.max(2, limits.cpuShares));
    if (limits.cpuLimit !== undefined) {
      const quota = Math.max(1_000, Math.round(limits.cpuLimit * CPU_PERIOD_MICROS));
      this.#write("cpu", path, "cpu.cfs_period_us", CPU_PERIOD_MICROS);
      this.#write("cpu", path, "cpu.cfs_quota_us", quota);
    }
    if (limits.memoryLimitBytes !== undefined) this.#limitMemory(path, limits.memoryLimitBytes);
    if (limits.pidsLimit !== undefined) this.#write("pids", path, "pids.max", limits.pidsLimit);
    if (limits.hugePages) this.#limitHugePages(path, limits.hugePages);
  }

  joinFiles(path: string): string[] {
    return this.#dirs(path).map((dir) => join(dir, "cgroup.procs"));
  }

  directories(path: string): { directory: string; name: string }[] {
    return [...this.#hierarchies].map(([name, root]) => ({ directory: join(root, path), name }));
  }

  usage(path: string): ControlGroupUsage | undefined {
    const memory = this.#read("memory", path, "memory.usage_in_bytes");
    if (memory === undefined) return undefined;
    const inactive = field(this.#read("memory", path, "memory.stat") ?? "", "total_inactive_file");
    return {
      cpuUsageNanos: Number(this.#read("cpuacct", path, "cpuacct.usage") ?? 0),
      memoryUsageBytes: Number(memory),
      memoryWorkingSetBytes: Math.max(0, Number(memory) - inactive),
      pids: Number(this.#read("pids", path, "pids.current") ?? 0),
    };
  }

  memoryKills(path: string): number {
    return field(this.#read("memory", path, "memory.oom_control") ?? "", "oom_kill");
  }

  async remove(path: string): Promise<void> {
    for (const dir of this.#dirs(path)) await removeTree(dir);
  }

  /** The limit with swap may never be the lower one, so on a change it matters which is written first. */
  #limitMemory(path: string, bytes: number): void {
    const withSwap = this.#file("memory", path, "memory.memsw.limit_in_bytes");
    const hasSwap = withSwap !== undefined && existsSync(withSwap);
    const growing = hasSwap && Number(readFileSync(withSwap, "utf8")) < bytes;
    if (growing) writeFileSync(withSwap, String(bytes));
    this.#write("memory", path, "memory.limit_in_bytes", bytes);
    if (hasSwap && !growing) writeFileSync(withSwap, String(bytes));
  }

  #limitHugePages(path: string, bytes: Readonly<Record<string, number>>): void {
    const root = this.#hierarchies.get("hugetlb");
    if (root === undefined) return;
    for (const file of readdirSync(join(root, path))) {
      const size = /^hugetlb\.([^.]+)\.limit_in_bytes$/.exec(file)?.[1];
      if (size) writeFileSync(join(root, path, file), String(bytes[size] ?? 0));
    }
  }

  #dirs(path: string): string[] {
    return [...new Set(this.#hierarchies.values())].map((root) => join(root, path));
  }

  #file(controller: string, path: string, name: string): string | undefined {
    const root = this.#hierarchies.get(controller);
    return root === undefined ? undefined : join(root, path, name);
  }

  #write(controller: string, path: string, name: string, value: number): void {
    const file = this.#file(controller, path, name);
    if (file !== undefined) writeFileSync(file, String(Math.round(value)));
  }

  #read(controller: string, path: string, name: string): string | undefined {
    const file = this.#file(controller, path, name);
    return file !== undefined && existsSync(file) ? readFileSync(file, "utf8") : undefined;
  }
}

/** The number after `name` in a file of `name number` lines; 0 when it is not there. */
export function field(text: string, name: string): number {
  return Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1] ?? 0);
}
