import type { ContainerSecurity } from "../runtime.ts";

/**
 * What containers have unless their pod says otherwise: Docker's set without MKNOD, because no device control group
 * guards the machine's disks here.
 */
const STANDARD = [
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "NET_BIND_SERVICE",
  "NET_RAW",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
];

/** The capabilities that a container may have, in Kubernetes' spelling without `CAP_`; `all` for every one. */
export function capabilitiesOf(security: ContainerSecurity): "all" | string[] {
  const add = security.addCapabilities.map(normalise);
  const drop = new Set(security.dropCapabilities.map(normalise));
  if (security.privileged) return "all";
  if (add.includes("ALL") && drop.size === 0) return "all";
  const base = drop.has("ALL") ? [] : STANDARD.filter((name) => !drop.has(name));
  return [...new Set([...base, ...add.filter((name) => name !== "ALL")])];
}

function normalise(name: string): string {
  return name.toUpperCase().replace(/^CAP_/, "");
}

/** Who a container's processes are and what they may do. */
export interface Credentials {
  uid: number;
  gid: number;
  groups: number[];
  capabilities: "all" | string[];
  noNewPrivileges: boolean;
}

/** The arguments that make `setpriv` take these credentials. */
export function setprivArguments(credentials: Credentials): string[] {
  const { uid, gid, groups, capabilities, noNewPrivileges } = credentials;
  const set = (list: string[]) => ["-all", ...list.map((name) => `+${name.toLowerCase()}`)].join(",");
  return [
    `--reuid=${uid}`,
    `--regid=${gid}`,
    groups.length > 0 ? `--groups=${groups.join(",")}` : "--clear-groups",
    "--inh-caps=-all",
    ...(capabilities === "all" ? [] : [`--bounding-set=${set(capabilities)}`]),
    ...(noNewPrivileges ? ["--no-new-privs"] : []),
  ];
}
