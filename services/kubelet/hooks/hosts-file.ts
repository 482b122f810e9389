import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PodHook } from "./hook.ts";
import { hostnameOf } from "./sandbox.ts";

/** Gives the pod an `/etc/hosts` that knows its own name; pods in the node's network keep the node's. */
export const hostsFileHook: PodHook = {
  name: "hosts-file",
  async run(pass) {
    if (pass.pod.spec?.hostNetwork) return "done";
    const path = join(pass.directory, "etc-hosts");
    const ips = pass.observed.sandbox?.ips ?? [];
    if (!existsSync(path)) await writeFile(path, hostsFile(ips, hostnameOf(pass.pod)), { mode: 0o644 });
    pass.podMounts.push({ hostPath: path, containerPath: "/etc/hosts", readOnly: false });
    return "done";
  },
};

function hostsFile(ips: readonly string[], hostname: string): string {
  return [
    "# Kubernetes-managed hosts file.",
    "127.0.0.1\tlocalhost",
    "::1\tlocalhost ip6-localhost ip6-loopback",
    "fe00::0\tip6-localnet",
    "fe00::0\tip6-mcastprefix",
    "fe00::1\tip6-allnodes",
    "fe00::2\tip6-allrouters",
    ...ips.map((ip) => `${ip}\t${hostname}`),
    "",
  ].join("\n");
}
