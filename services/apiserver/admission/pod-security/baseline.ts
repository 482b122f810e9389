import type { Pod } from "../../../../gen/typernetes/core/v1/pod.ts";
import { type AnyContainer, against, allContainers, named, quoted } from "./containers.ts";

/** One rule: what it is called when it is broken, and what breaks it. */
export interface SecurityCheck {
  readonly reason: string;
  /** A rule of the same purpose in a stricter level takes its place. */
  readonly isReplacedWhenRestricted?: boolean;
  /** Undefined when the pod keeps to it. */
  readonly fault: (pod: Pod) => string | undefined;
}

const allowedCapabilities = new Set(
  "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT".split(
    " ",
  ),
);
const allowedSelinuxTypes = new Set(["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"]);
const allowedSysctls = new Set([
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

/** What no ordinary pod needs. In the order in which faults are told. */
export const baselineChecks: readonly SecurityCheck[] = [
  { reason: "forbidden AppArmor profile", fault: appArmor },
  { reason: "non-default capabilities", isReplacedWhenRestricted: true, fault: capabilities },
  { reason: "host namespaces", fault: hostNamespaces },
  { reason: "hostPath volumes", isReplacedWhenRestricted: true, fault: hostPaths },
  { reason: "hostPort", fault: hostPorts },
  {
    reason: "privileged",
    fault: (pod) =>
      against(
        allContainers(pod),
        ({ securityContext }) => securityContext?.privileged ?? false,
        "must not set securityContext.privileged=true",
      ),
  },
  { reason: "procMount", fault: procMount },
  { reason: "seLinuxOptions", fault: selinux },
  { reason: "seccompProfile", isReplacedWhenRestricted: true, fault: seccomp },
  { reason: "forbidden sysctls", fault: sysctls },
  { reason: "hostProcess", fault: hostProcess },
];

function appArmor(pod: Pod): string | undefined {
  const rule = 'must not set AppArmor profile type to "Unconfined"';
  const ofPod = pod.spec?.securityContext?.appArmorProfile?.type === "Unconfined" ? `pod ${rule}` : undefined;
  const ofContainers = against(
    allContainers(pod),
    ({ securityContext }) => securityContext?.appArmorProfile?.type === "Unconfined",
    rule,
  );
  return joined(ofPod, ofContainers);
}

function capabilities(pod: Pod): string | undefined {
  const added = ({ securityContext }: AnyContainer) =>
    (securityContext?.capabilities?.add ?? []).filter((name) => !allowedCapabilities.has(name));
  const bad = new Set(allContainers(pod).flatMap(added));
  const rule = `must not include ${quoted([...bad].sort())} in securityContext.capabilities.add`;
  return against(allContainers(pod), (container) => added(container).length > 0, rule);
}

function hostNamespaces({ spec }: Pod): string | undefined {
  const used = (["hostNetwork", "hostPID", "hostIPC"] as const).filter((field) => spec?.[field]);
  return used.length > 0 ? used.map((field) => `${field}=true`).join(", ") : undefined;
}

function hostPaths({ spec }: Pod): string | undefined {
  const names = (spec?.volumes ?? []).filter(({ hostPath }) => hostPath).map(({ name }) => name);
  return names.length > 0 ? named("volume", names) : undefined;
}

function hostPorts(pod: Pod): string | undefined {
  const of = ({ ports = [] }: AnyContainer) => ports.flatMap(({ hostPort }) => hostPort || []);
  const used = [...new Set(allContainers(pod).flatMap(of))].sort((one, other) => one - other);
  const rule = `${used.length === 1 ? "uses hostPort" : "uses hostPorts"} ${used.join(", ")}`;
  const bad = allContainers(pod).filter((container) => of(container).length > 0);
  return against(bad, () => true, bad.length > 1 ? rule.replace("uses", "use") : rule);
}

function procMount(pod: Pod): string | undefined {
  const isMasked = ({ securityContext }: AnyContainer) => (securityContext?.procMount ?? "Default") === "Default";
  return against(
    allContainers(pod),
    (container) => !isMasked(container),
    'must not set securityContext.procMount to "Unmasked"',
  );
}

function selinux(pod: Pod): string | undefined {
  const all = [pod.spec?.securityContext, ...allContainers(pod).map(({ securityContext }) => securityContext)];
  const options = all.flatMap((context) => context?.seLinuxOptions ?? []);
  const types = options.map(({ type = "" }) => type).filter((type) => !allowedSelinuxTypes.has(type));
  const faults = [
    ...(types.length > 0 ? [`type ${quoted([...new Set(types)])}`] : []),
    ...(options.some(({ user }) => user) ? ["user may not be set"] : []),
    ...(options.some(({ role }) => role) ? ["role may not be set"] : []),
  ];
  return faults.length > 0 ? `pod set forbidden securityContext.seLinuxOptions: ${faults.join("; ")}` : undefined;
}

function seccomp(pod: Pod): string | undefined {
  const rule = 'must not set securityContext.seccompProfile.type to "Unconfined"';
  const ofPod = pod.spec?.securityContext?.seccompProfile?.type === "Unconfined" ? `pod ${rule}` : undefined;
  const ofContainers = against(
    allContainers(pod),
    ({ securityContext }) => securityContext?.seccompProfile?.type === "Unconfined",
    rule,
  );
  return joined(ofPod, ofContainers);
}

function sysctls({ spec }: Pod): string | undefined {
  const names = (spec?.securityContext?.sysctls ?? []).map(({ name }) => name ?? "");
  const bad = names.filter((name) => !allowedSysctls.has(name));
  return bad.length > 0 ? bad.join(", ") : undefined;
}

function hostProcess(pod: Pod): string | undefined {
  const rule = "must not set securityContext.windowsOptions.hostProcess=true";
  const ofPod = pod.spec?.securityContext?.windowsOptions?.hostProcess ? `pod ${rule}` : undefined;
  const ofContainers = against(
    allContainers(pod),
    ({ securityContext }) => securityContext?.windowsOptions?.hostProcess ?? false,
    rule,
  );
  return joined(ofPod, ofContainers);
}

/** What is against a pod and its containers. */
export function joined(...faults: (string | undefined)[]): string | undefined {
  const found = faults.filter((fault) => fault !== undefined);
  return found.length > 0 ? found.join(", ") : undefined;
}
