import { existsSync, readdirSync, readFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { arch, availableParallelism, release, totalmem } from "node:os";
import { join } from "node:path";
import type { NodeSystemInfo } from "../../../gen/typernetes/core/v1/node.ts";
import type { Runtime } from "../runtimes/runtime.ts";

/** The version of Kubernetes whose behaviour this node has. */
const kubeletVersion = "v1.34.0";

const architectures: Record<string, string> = {
  x64: "amd64",
  arm64: "arm64",
  arm: "arm",
  ia32: "386",
  ppc64: "ppc64le",
  s390x: "s390x",
};

/** The machine, as in `status.nodeInfo`; of a runtime that does not answer, what was known `before`. */
export async function nodeInfo(runtime: Runtime, before: NodeSystemInfo | undefined): Promise<NodeSystemInfo> {
  const version = await runtime.version().catch(() => undefined);
  const lastKnown = before?.containerRuntimeVersion ?? `${runtime.name}://unknown`;
  return {
    machineID: firstLine("/etc/machine-id"),
    systemUUID: firstLine("/sys/class/dmi/id/product_uuid") || firstLine("/etc/machine-id"),
    bootID: firstLine("/proc/sys/kernel/random/boot_id"),
    kernelVersion: release(),
    osImage: /^PRETTY_NAME="?(.*?)"?$/m.exec(readText("/etc/os-release"))?.[1] ?? process.platform,
    containerRuntimeVersion: version === undefined ? lastKnown : `${runtime.name}://${version}`,
    kubeletVersion,
    kubeProxyVersion: "",
    operatingSystem: process.platform,
    architecture: architecture(),
  };
}

/** As in the label `kubernetes.io/arch`. */
export function architecture(): string {
  return architectures[arch()] ?? arch();
}

/** What the node can hold. */
export async function nodeCapacity(stateDir: string, maxPods: number): Promise<Record<string, string>> {
  const disk = await statfs(stateDir);
  return {
    cpu: String(availableParallelism()),
    memory: `${Math.floor(totalmem() / 1024)}Ki`,
    "ephemeral-storage": `${Math.floor((disk.blocks * disk.bsize) / 1024)}Ki`,
    pods: String(maxPods),
    ...hugePages(),
  };
}

/** By size: all that were set aside, in use or not. */
function hugePages(root = "/sys/kernel/mm/hugepages"): Record<string, string> {
  const names = existsSync(root) ? readdirSync(root) : [];
  const entries = names.flatMap((name): [string, string][] => {
    const kibibytes = Number(/^hugepages-(\d+)kB$/.exec(name)?.[1] ?? 0);
    const total = kibibytes * Number(readText(join(root, name, "nr_hugepages")));
    return kibibytes === 0 ? [] : [[`hugepages-${binary(kibibytes)}`, binary(total)]];
  });
  return Object.fromEntries(entries);
}

function binary(kibibytes: number): string {
  if (kibibytes === 0) return "0";
  if (kibibytes % 1024 ** 2 === 0) return `${kibibytes / 1024 ** 2}Gi`;
  return kibibytes % 1024 === 0 ? `${kibibytes / 1024}Mi` : `${kibibytes}Ki`;
}

function firstLine(path: string): string {
  return readText(path).split("\n")[0] ?? "";
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "";
  }
}
