import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";

/** How what belongs to a cluster is known. */
export interface Marks {
  dataDir: string;
  /** What the names of all that it makes in the kernel begin with. */
  kernelPrefix: string;
}

/** What of a cluster is on the machine now, one line each: processes, mounts, devices, namespaces, rules, containers. */
export function traces({ dataDir, kernelPrefix }: Marks): string[] {
  const named = (kind: string, names: readonly string[], mark: string) =>
    names.filter((name) => name.includes(mark)).map((name) => `${kind}: ${name}`);
  const mounts = lines(readFileSync("/proc/self/mounts", "utf8"));
  return [
    ...processesWith(dataDir).map((process) => `process: ${process}`),
    ...named("mount", mounts, dataDir),
    ...named("mount", mounts, kernelPrefix),
    ...named("device", readdirSync("/sys/class/net"), kernelPrefix),
    ...named("namespace", existsSync("/run/netns") ? readdirSync("/run/netns") : [], kernelPrefix),
    ...named("rules", lines(output("nft", ["list", "tables"])), kernelPrefix),
    ...named(
      "container",
      lines(output("docker", ["ps", "-a", "--no-trunc", "--format", "{{.Names}} {{.Labels}}"])),
      dataDir,
    ),
  ];
}

/** Processes with `mark` in their command line or environment, besides this one. */
function processesWith(mark: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => readProc(pid, "cmdline").includes(mark) || readProc(pid, "environ").includes(mark))
    .map((pid) => `${pid} ${readProc(pid, "cmdline").replaceAll("\0", " ").slice(0, 120)}`);
}

/** A file of a process; empty when the process has gone. */
export function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}

function output(command: string, args: string[]): string {
  try {
    return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    return "";
  }
}

function lines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}
