import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readProc } from "../support/traces.ts";
import { waitFor } from "../support/wait.ts";
import type { Stage } from "./stage.ts";

/** The names of a cluster's services that run in processes of their own. */
export function servicesOf(stage: Stage): string[] {
  return JSON.parse(readFileSync(join(stage.dataDir, "services.json"), "utf8"));
}

/** Kills a service's process without warning, and waits until another has taken its place. */
export async function killService(stage: Stage, name: string, timeoutMs = 180_000): Promise<void> {
  const before = await waitFor(`${name} runs`, async () => processOf(stage, name), timeoutMs);
  process.kill(before, "SIGKILL");
  const another = async () => {
    const now = processOf(stage, name);
    return now !== undefined && now !== before;
  };
  await waitFor(`${name} runs again`, another, timeoutMs);
  if (name === "apiserver")
    await waitFor(
      "the API answers again",
      async () => (await stage.client.core.v1.nodes.list()).items.length > 0,
      timeoutMs,
    );
}

/** The process of a service, which has its name; undefined while none runs: a child of the cluster's program whose arguments name it. */
export function processOf(stage: Stage, name: string): number | undefined {
  const pid = readdirSync("/proc").find((entry) => {
    if (!/^\d+$/.test(entry) || parentOf(entry) !== stage.pid) return false;
    return matches(readProc(entry, "cmdline").split("\0"), name);
  });
  return pid === undefined ? undefined : Number(pid);
}

function matches(args: readonly string[], name: string): boolean {
  const [, service = "", node] =
    /^(apiserver|controller-manager|scheduler|kubelet|proxy|dns)(?:-(.+))?$/.exec(name) ?? [];
  return args.includes(service) && (node === undefined || args[args.indexOf("--node-name") + 1] === node);
}

function parentOf(pid: string): number {
  const stat = readProc(pid, "stat");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}
