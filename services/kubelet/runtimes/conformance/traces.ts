import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { eventually } from "../../../../lib/base/eventually.ts";
import { runCommand } from "../../network/command.ts";

/**
 * Processes (by a text in their environment or command line), mounts, devices, nftables tables, network namespaces and
 * control groups of this machine that carry one of `marks`.
 */
export async function traces(marks: string[]): Promise<string[]> {
  const tables = (await runCommand(["nft", "list", "tables"])).split("\n");
  const all = [
    ...processes(),
    ...readFileSync("/proc/self/mountinfo", "utf8").split("\n"),
    ...readdirSync("/sys/class/net"),
    ...tables,
    ...(existsSync("/run/netns") ? readdirSync("/run/netns") : []),
    ...controlGroups("/sys/fs/cgroup", 4),
  ];
  return all.filter((text) => marks.some((mark) => text.includes(mark)));
}

/** Resolves when there are none: a process may end, and a device go, a moment after its owner was told so. */
export async function withoutTraces(marks: string[]): Promise<void> {
  await eventually(async () => {
    assert.deepEqual(await traces(marks), []);
    return true;
  });
}

function processes(): string[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  return pids.map((pid) => `process ${pid}: ${read(`/proc/${pid}/cmdline`)} ${read(`/proc/${pid}/environ`)}`);
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8").replaceAll("\0", " ");
  } catch {
    // The process has ended since it was listed.
    return "";
  }
}

function controlGroups(dir: string, depth: number): string[] {
  if (depth === 0) return [];
  try {
    const groups = readdirSync(dir, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return groups.flatMap(({ name }) => [`${dir}/${name}`, ...controlGroups(`${dir}/${name}`, depth - 1)]);
  } catch {
    // Removed since it was listed.
    return [];
  }
}
