import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { HostAlias } from "../../../gen/typernetes/core/v1/pod.ts";
import { fullyQualifiedName, hostnameOf } from "../pods/hostname.ts";
import type { PodHook, PodPass } from "./hook.ts";

/** Gives the pod an `/etc/hosts`: one that knows its own name, or the node's for pods in the node's network. */
export const hostsFileHook: PodHook = {
  name: "hosts-file",
  async run(pass) {
    const { hostNetwork, hostAliases = [] } = pass.pod.spec ?? {};
    const path = join(pass.directory, "etc-hosts");
    const beginning = hostNetwork ? await nodeHostsFile() : hostsFile(pass.observed.sandbox?.ips ?? [], ownNames(pass));
    const text = beginning + aliasLines(hostAliases);
    // Written in place, as it is mounted into containers.
    if ((await readFile(path, "utf8").catch(() => undefined)) !== text) await writeFile(path, text, { mode: 0o644 });
    pass.podMounts.push({ hostPath: path, containerPath: "/etc/hosts", readOnly: false });
    return "done";
  },
};

function ownNames({ pod, node }: PodPass): string {
  const full = fullyQualifiedName(pod, node.options.clusterDomain);
  return full === undefined ? hostnameOf(pod) : `${full}\t${hostnameOf(pod)}`;
}

function hostsFile(ips: readonly string[], names: string): string {
  return [
    "# Kubernetes-managed hosts file.",
    "127.0.0.1\tlocalhost",
    "::1\tlocalhost ip6-localhost ip6-loopback",
    "fe00::0\tip6-localnet",
    "fe00::0\tip6-mcastprefix",
    "fe00::1\tip6-allnodes",
    "fe00::2\tip6-allrouters",
    ...ips.map((ip) => `${ip}\t${names}`),
    "",
  ].join("\n");
}

async function nodeHostsFile(): Promise<string> {
  return `# Kubernetes-managed hosts file (host network).\n${await readFile("/etc/hosts", "utf8").catch(() => "")}`;
}

function aliasLines(aliases: readonly HostAlias[]): string {
  if (aliases.length === 0) return "";
  const lines = aliases.map(({ ip, hostnames = [] }) => `${[ip, ...hostnames].join("\t")}\n`);
  return `\n# Entries added by HostAliases.\n${lines.join("")}`;
}
