import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";

/** What a cluster can leave on a machine, as sets of lines. */
export interface Traces {
  processes: Set<string>;
  mounts: Set<string>;
  links: Set<string>;
  namespaces: Set<string>;
  rules: Set<string>;
  containers: Set<string>;
}

/** What there is now. `mark` is text by which processes of the cluster are known, such as its data directory. */
export function traces(mark: string): Traces {
  return {
    processes: new Set(processesWith(mark)),
    mounts: lines(readFileSync("/proc/self/mounts", "utf8")),
    links: new Set(readdirSync("/sys/class/net")),
    namespaces: new Set(existsSync("/run/netns") ? readdirSync("/run/netns") : []),
    rules: lines(output("nft", ["list", "tables"])),
    containers: lines(output("docker", ["ps", "-aq"])),
  };
}

/** What is there now and was not before, one line each. */
export function leftovers(before: Traces, after: Traces): string[] {
  return (Object.keys(before) as (keyof Traces)[]).flatMap((kind) =>
    [...after[kind]].filter((line) => !before[kind].has(line)).map((line) => `${kind}: ${line}`),
  );
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

function lines(text: string): Set<string> {
  return new Set(text.split("\n").filter((line) => line !== ""));
}
