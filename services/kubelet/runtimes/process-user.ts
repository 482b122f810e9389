import { readFile } from "node:fs/promises";
import type { ContainerStatus } from "./runtime.ts";

/** As whom a process runs; undefined when it has gone. */
export async function userOfProcess(pid: number): Promise<ContainerStatus["user"]> {
  const text = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const numbers = (field: string) =>
    new RegExp(`^${field}:\\s*(.*)$`, "m").exec(text)?.[1]?.split(/\s+/).filter(Boolean).map(Number);
  const [uid] = numbers("Uid") ?? [];
  const [gid] = numbers("Gid") ?? [];
  if (uid === undefined || gid === undefined) return undefined;
  return { uid, gid, supplementalGroups: [...new Set([gid, ...(numbers("Groups") ?? [])])] };
}
