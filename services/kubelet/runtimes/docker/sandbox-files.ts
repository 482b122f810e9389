import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Mount, SandboxConfig } from "../runtime.ts";
import type { Scope } from "./labels.ts";

/** Gone after a restart of the machine, as the sandboxes are. Not in Docker's own tree: mounts from there are restricted. */
const filesRoot = "/run/typernetes/docker";

/** Files that a sandbox gives each of its containers, unless the kubelet mounts its own there. */
const files = [
  { name: "hosts", containerPath: "/etc/hosts" },
  { name: "resolv.conf", containerPath: "/etc/resolv.conf" },
];

/** Where the files of one cluster's sandboxes are. */
export function clusterDirectory(cluster: string): string {
  return join(filesRoot, encodeURIComponent(cluster));
}

/** Where the files of one sandbox are. */
export function sandboxDirectory(scope: Scope, sandboxId: string): string {
  return join(nodeDirectory(scope), sandboxId);
}

function nodeDirectory(scope: Scope): string {
  return join(clusterDirectory(scope.cluster), encodeURIComponent(scope.nodeName));
}

/** Removes the files of sandboxes that are not among `sandboxIds`. */
export async function retainSandboxFiles(scope: Scope, sandboxIds: ReadonlySet<string>): Promise<void> {
  const present = await readdir(nodeDirectory(scope)).catch(() => []);
  await Promise.all(present.filter((id) => !sandboxIds.has(id)).map((id) => removeFiles(sandboxDirectory(scope, id))));
}

/** Removes a directory with its files; none is fine. */
export async function removeFiles(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
}

/** Writes the sandbox's `hosts` and `resolv.conf` into `directory`. */
export async function writeSandboxFiles(directory: string, config: SandboxConfig, ips: string[]): Promise<void> {
  const resolvConf = config.dns ? renderResolvConf(config.dns) : await machineFile("/etc/resolv.conf");
  const hosts = config.hostNetwork ? await machineFile("/etc/hosts") : renderHosts(config.hostname, ips);
  await mkdir(directory, { recursive: true });
  await Promise.all([
    writeFile(join(directory, "resolv.conf"), resolvConf, { mode: 0o644 }),
    writeFile(join(directory, "hosts"), hosts, { mode: 0o644 }),
  ]);
}

/** The mounts of those files that `mounts` does not already cover. */
export function sandboxFileMounts(directory: string, mounts: Mount[], readOnly: boolean): Mount[] {
  return files
    .filter((file) => !mounts.some((mount) => mount.containerPath === file.containerPath))
    .map((file) => ({ hostPath: join(directory, file.name), containerPath: file.containerPath, readOnly }));
}

function renderResolvConf(dns: NonNullable<SandboxConfig["dns"]>): string {
  const lines = dns.searches.length > 0 ? [`search ${dns.searches.join(" ")}`] : [];
  lines.push(...dns.nameservers.map((server) => `nameserver ${server}`));
  if (dns.options.length > 0) lines.push(`options ${dns.options.join(" ")}`);
  return lines.map((line) => `${line}\n`).join("");
}

function renderHosts(hostname: string, ips: string[]): string {
  const lines = ["127.0.0.1\tlocalhost", "::1\tlocalhost ip6-localhost ip6-loopback"];
  lines.push(...ips.map((ip) => `${ip}\t${hostname}`));
  return lines.map((line) => `${line}\n`).join("");
}

/** A file of the machine; empty when it has none. */
async function machineFile(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return "";
  }
}
