import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { readProc } from "../support/traces.ts";

/**
 * What a cluster has on the machine, one line each: processes, mounts, devices, namespaces, rules and containers, known by
 * its data directory or by the name that is made from it. Other clusters may come and go meanwhile.
 */
export function remainsOf(dataDir: string): string[] {
  const prefix = kernelPrefix(dataDir);
  const named = (kind: string, names: readonly string[], mark: string) =>
    names.filter((name) => name.includes(mark)).map((name) => `${kind}: ${name}`);
  return [
    ...processes(dataDir).map((line) => `process: ${line}`),
    ...named("mount", readFileSync("/proc/self/mounts", "utf8").split("\n"), dataDir),
    ...named("device", readdirSync("/sys/class/net"), prefix),
    ...named("namespace", existsSync("/run/netns") ? readdirSync("/run/netns") : [], prefix),
    ...named("rules", output("nft", ["list", "tables"]), prefix),
    ...named("rule", output("iptables", ["-S"]), prefix),
    ...output("docker", ["ps", "-aq", "--filter", `label=io.typernetes.cluster=${dataDir}`]).map(
      (id) => `container: ${id}`,
    ),
  ];
}

/** All that a cluster makes in the kernel has a name that begins so: `tn` and five characters of the directory's digest. */
function kernelPrefix(dataDir: string): string {
  const number = createHash("sha256").update(dataDir).digest().readBigUInt64BE();
  return `tn${number.toString(36).padStart(5, "0").slice(-5)}`;
}

function processes(mark: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => readProc(pid, "cmdline").includes(mark) || readProc(pid, "environ").includes(mark))
    .map((pid) => `${pid} ${readProc(pid, "cmdline").replaceAll("\0", " ").slice(0, 120)}`);
}

function output(command: string, args: string[]): string[] {
  try {
    const text = execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return text.split("\n").filter((line) => line !== "");
  } catch {
    return [];
  }
}
