import { readdir, readFile } from "node:fs/promises";

/** What is known of a process, in the machine's terms. */
interface Process {
  pid: number;
  parent: number;
  startTicks: number;
  groups: string;
}

/** How long the machine is up, in the unit in which the kernel tells when a process began. */
export async function uptimeTicks(): Promise<number> {
  const [seconds = "0"] = (await readFile("/proc/uptime", "utf8")).split(" ");
  return Math.floor(Number(seconds) * 100);
}

/**
 * Finds the process of a command that was run in the container of `init` not before `sinceTicks`: CRI does not tell it, and
 * has no call to end it. Like `init` it was started by the container's shim. Undefined when it has ended.
 */
export async function findCommand(init: number, command: string[], sinceTicks: number): Promise<number | undefined> {
  const first = await readProcess(init);
  if (!first) return undefined;
  const pids = (await readdir("/proc")).map(Number).filter((pid) => pid > 0 && pid !== init);
  const all = await Promise.all(pids.map(readProcess));
  const candidates = all
    .filter((each) => each !== undefined)
    .filter((each) => each.parent === first.parent && each.groups === first.groups && each.startTicks >= sinceTicks)
    .sort((left, right) => left.startTicks - right.startTicks);
  const wanted = `${command.join("\0")}\0`;
  for (const { pid } of candidates) if ((await read(`/proc/${pid}/cmdline`)) === wanted) return pid;
  return candidates[0]?.pid;
}

async function readProcess(pid: number): Promise<Process | undefined> {
  const [stat, groups] = await Promise.all([read(`/proc/${pid}/stat`), read(`/proc/${pid}/cgroup`)]);
  if (stat === "" || groups === "") return undefined;
  // The name, in brackets, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { pid, parent: Number(fields[1]), startTicks: Number(fields[19]), groups };
}

/** Empty when the process has ended. */
function read(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}
