import { type ContainerConfig as CriConfig, MountPropagation } from "../../../../gen/runtime/v1/container.ts";
import type { Image } from "../../../../gen/runtime/v1/image.ts";
import {
  type LinuxContainerSecurityContext,
  NamespaceMode,
  type NamespaceOption,
  type SecurityProfile,
  SecurityProfile_ProfileType,
} from "../../../../gen/runtime/v1/security.ts";
import {
  type ContainerConfig,
  type ContainerSecurity,
  type Mount,
  type PidNamespace,
  RuntimeError,
  type SandboxConfig,
} from "../runtime.ts";
import { podLabels, recordOf, type SandboxRecord, type Scope } from "./identity.ts";
import { linuxResources } from "./resources.ts";

/** What a runtime hides of the kernel from containers without privileges, as Kubernetes tells it to. */
const maskedPaths = [
  "/proc/asound",
  "/proc/acpi",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/sys/firmware",
  "/sys/devices/virtual/powercap",
];
const readonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/** A container as CRI wants it told. @throws RuntimeError `InvalidConfig` */
export function criContainerConfig(
  config: ContainerConfig,
  { config: sandbox }: SandboxRecord,
  scope: Scope,
  image: Image,
  seccompDefault: boolean,
): CriConfig {
  const { name, attempt, labels, stdin, tty, stopSignal } = config;
  return {
    metadata: { name, attempt },
    image: { image: image.id ?? config.image, userSpecifiedImage: config.image },
    command: config.command ?? [],
    args: config.args ?? [],
    workingDir: config.workingDir ?? "",
    envs: config.env.map(({ name: key, value }) => ({ key, value })),
    mounts: config.mounts.map(criMount),
    devices: config.devices ?? [],
    labels: podLabels(scope, sandbox.pod, name),
    annotations: recordOf({ image: config.image, labels, stdin, tty, ...(stopSignal ? { stopSignal } : {}) }),
    logPath: containerLogPath(name, attempt),
    stdin,
    stdinOnce: config.stdinOnce,
    tty,
    linux: {
      resources: linuxResources(config.resources),
      securityContext: {
        ...securityContext(config.security, image, seccompDefault),
        namespaceOptions: namespaces(config.pidNamespace, sandbox),
      },
    },
  };
}

/** Where a container's log is, below its pod's. */
function containerLogPath(name: string, attempt: number): string {
  return `${name}/${attempt}.log`;
}

function criMount({ hostPath, containerPath, readOnly, propagation = "None" }: Mount) {
  const propagations = {
    None: MountPropagation.PROPAGATION_PRIVATE,
    HostToContainer: MountPropagation.PROPAGATION_HOST_TO_CONTAINER,
    Bidirectional: MountPropagation.PROPAGATION_BIDIRECTIONAL,
  };
  return { hostPath, containerPath, readonly: readOnly, propagation: propagations[propagation] };
}

function namespaces(pid: PidNamespace | undefined, sandbox: SandboxConfig): NamespaceOption {
  const shared = {
    network: sandbox.hostNetwork ? NamespaceMode.NODE : NamespaceMode.POD,
    ipc: sandbox.hostIPC ? NamespaceMode.NODE : NamespaceMode.POD,
  };
  // Runtimes take the sandbox's processes for the machine's, whatever these are.
  if (pid === "Node" && !sandbox.hostPID)
    throw new RuntimeError("InvalidConfig", "the machine's processes are not for this sandbox");
  if (pid === undefined) return { ...shared, pid: NamespaceMode.CONTAINER };
  if (pid === "Node") return { ...shared, pid: NamespaceMode.NODE };
  if (pid === "Pod") return { ...shared, pid: NamespaceMode.POD };
  return { ...shared, pid: NamespaceMode.TARGET, targetId: pid.containerId };
}

function securityContext(
  security: ContainerSecurity,
  image: Image,
  seccompDefault: boolean,
): LinuxContainerSecurityContext {
  const { privileged } = security;
  return {
    privileged,
    ...userOf(security, image),
    readonlyRootfs: security.readOnlyRootFilesystem,
    supplementalGroups: security.supplementalGroups,
    noNewPrivs: security.noNewPrivileges,
    seccomp: seccompProfileOf(security, seccompDefault),
    ...(security.appArmorProfile ? { apparmor: appArmorProfileOf(security.appArmorProfile) } : {}),
    ...(privileged
      ? {}
      : {
          maskedPaths,
          readonlyPaths,
          capabilities: {
            addCapabilities: security.addCapabilities,
            dropCapabilities: security.dropCapabilities,
          },
        }),
  };
}

function seccompProfileOf(security: ContainerSecurity, seccompDefault: boolean): SecurityProfile {
  const { seccompProfilePath: localhostRef } = security;
  if (localhostRef) return { profileType: SecurityProfile_ProfileType.LOCALHOST, localhostRef };
  const filtered = security.seccompDefault ?? seccompDefault;
  return {
    profileType: filtered ? SecurityProfile_ProfileType.RUNTIME_DEFAULT : SecurityProfile_ProfileType.UNCONFINED,
  };
}

function appArmorProfileOf(name: string): SecurityProfile {
  if (name === "unconfined") return { profileType: SecurityProfile_ProfileType.UNCONFINED };
  return { profileType: SecurityProfile_ProfileType.LOCALHOST, localhostRef: name };
}

/**
 * The image's own user is named, too: CRI takes a group only together with a user, and a runtime that is told of none may give
 * the user the groups of root.
 */
function userOf({ runAsUser, runAsGroup }: ContainerSecurity, image: Image): LinuxContainerSecurityContext {
  const group = runAsGroup === undefined ? {} : { runAsGroup: { value: runAsGroup } };
  if (runAsUser === undefined && image.username) return { runAsUsername: image.username, ...group };
  return { runAsUser: { value: runAsUser ?? image.uid?.value ?? 0 }, ...group };
}
