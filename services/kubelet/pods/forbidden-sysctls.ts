import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";

/** Settings that touch nobody but the pod, as Kubernetes lists them. */
const safe = new Set([
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.ping_group_range",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.tcp_wmem",
]);

/**
 * Why the pod's kernel settings are refused; undefined when they are not. `allowed` are further ones, by name or by what
 * they begin with before a `*`.
 */
export function forbiddenSysctl({ spec = {} }: Pod, allowed: readonly string[] = []): string | undefined {
  for (const { name = "" } of spec.securityContext?.sysctls ?? []) {
    const sysctl = name.replaceAll("/", ".");
    if (!safe.has(sysctl) && !allowed.some((pattern) => matches(pattern, sysctl)))
      return `forbidden sysctl: "${sysctl}" not allowlisted`;
    if (spec.hostNetwork && sysctl.startsWith("net."))
      return `forbidden sysctl: "${sysctl}" not allowed with host net enabled`;
    if (spec.hostIPC && sysctl.startsWith("kernel.shm"))
      return `forbidden sysctl: "${sysctl}" not allowed with host ipc enabled`;
  }
  return undefined;
}

function matches(pattern: string, sysctl: string): boolean {
  const dotted = pattern.replaceAll("/", ".");
  return dotted.endsWith("*") ? sysctl.startsWith(dotted.slice(0, -1)) : sysctl === dotted;
}
