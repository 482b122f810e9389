import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hostnameOf } from "../pods/hostname.ts";
import type { PodHook, PodPass } from "./hook.ts";

/** Gives the pod an `/etc/hosts` that knows its own name; pods in the node's network keep the node's. */
export const hostsFileHook: PodHook = {
  name: "hosts-file",
  async run(pass) {
    if (pass.pod.spec?.hostNetwork) return "done";
    const path = join(pass.directory, "etc-hosts");
    const text = hostsFile(pass.observed.sandbox?.ips ?? [], ownNames(pass));
    // Written in place, as it is mounted into containers.
    if ((await readFile(path, "utf8").catch(() => undefined)) !== text) await writeFile(path, text, { mode: 0o644 });
    pass.podMounts.push({ hostPath: path, containerPath: "/etc/hosts", readOnly: false });
    return "done";
  },
};

function ownNames({ pod, node }: PodPass): string {
  const hostname = hostnameOf(pod);
  const { subdomain } = pod.spec ?? {};
  if (!subdomain) return hostname;
  return `${hostname}.${subdomain}.${pod.metadata?.namespace}.svc.${node.options.clusterDomain}\t${hostname}`;
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
