import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ControlGroupLimits, ControlGroups, ControlGroupUsage } from "./control-groups.ts";
import { field } from "./control-groups-v1.ts";
import { removeTree } from "./remove-tree.ts";

const CPU_PERIOD_MICROS = 100_000;

/** Version 2: one hierarchy below `root`; every group above a leaf hands its controllers down. */
export function createControlGroupsV2(root: string): ControlGroups {
  return new ControlGroupsV2(root);
}

class ControlGroupsV2 implements ControlGroups {
  readonly version = 2;
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  create(path: string, limits: ControlGroupLimits): void {
    const parts = path.split("/");
    for (let depth = 0; depth < parts.length; depth++) {
      const above = join(this.#root, ...parts.slice(0, depth));
      this.#handDown(above);
      mkdirSync(join(this.#root, ...parts.slice(0, depth + 1)), { recursive: true });
    }
    const dir = join(this.#root, path);
    const write = (file: string, value: string) => writeFileSync(join(dir, file), value);
    if (limits.cpuShares !== undefined) write("cpu.weight", String(cpuWeight(limits.cpuShares)));
    if (limits.cpuLimit !== undefined) {
      write("cpu.max", `${Math.max(1_000, Math.round(limits.cpuLimit * CPU_PERIOD_MICROS))} ${CPU_PERIOD_MICROS}`);
    }
    if (limits.memoryLimitBytes !== undefined) {
      write("memory.max", String(Math.round(limits.memoryLimitBytes)));
      // The kernel kills the whole container, as Kubernetes asks on version 2, and nothing of it goes to swap.
      write("memory.oom.group", "1");
      if (existsSync(join(dir, "memory.swap.max"))) write("memory.swap.max", "0");
    }
    if (limits.pidsLimit !== undefined) write("pids.max", String(limits.pidsLimit));
    for (const file of limits.hugePages ? readdirSync(dir) : []) {
      const size = /^hugetlb\.([^.]+)\.max$/.exec(file)?.[1];
      if (size) write(file, String(limits.hugePages?.[size] ?? 0));
    }
  }

  joinFiles(path: string): string[] {
    return [join(this.#root, path, "cgroup.procs")];
  }

  directories(path: string): { directory: string; name: string }[] {
    return [{ directory: join(this.#root, path), name: "" }];
  }

  usage(path: string): ControlGroupUsage | undefined {
    const memory = this.#read(path, "memory.current");
    if (memory === undefined) return undefined;
    const inactive = field(this.#read(path, "memory.stat") ?? "", "inactive_file");
    return {
      cpuUsageNanos: field(this.#read(path, "cpu.stat") ?? "", "usage_usec") * 1_000,
      memoryUsageBytes: Number(memory),
      memoryWorkingSetBytes: Math.max(0, Number(memory) - inactive),
      pids: Number(this.#read(path, "pids.current") ?? 0),
    };
  }

  memoryKills(path: string): number {
    return field(this.#read(path, "memory.events") ?? "", "oom_kill");
  }

  async remove(path: string): Promise<void> {
    await removeTree(join(this.#root, path));
  }

  #handDown(dir: string): void {
    const wanted = ["cpu", "memory", "pids"];
    const offered = readFileSync(join(dir, "cgroup.controllers"), "utf8").trim().split(" ");
    const missing = wanted.filter((controller) => !offered.includes(controller));
    if (missing.length > 0) throw new Error(`${dir} does not offer ${missing.join(", ")}`);
    if (offered.includes("hugetlb")) wanted.push("hugetlb");
    writeFileSync(join(dir, "cgroup.subtree_control"), wanted.map((controller) => `+${controller}`).join(" "));
  }

  #read(path: string, name: string): string | undefined {
    const file = join(this.#root, path, name);
    return existsSync(file) ? readFileSync(file, "utf8") : undefined;
  }
}

/** `cpu.shares` 2 to 262144 on the scale of `cpu.weight` 1 to 10000, as Kubernetes converts it. */
export function cpuWeight(shares: number): number {
  return Math.floor(1 + ((Math.min(Math.max(shares, 2), 262_144) - 2) * 9_999) / 262_142);
}
