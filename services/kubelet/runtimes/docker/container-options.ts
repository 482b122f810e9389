import type { ContainerCreateOptions, HostConfig } from "dockerode";
import type { LogLimits } from "../../configuration/log-limits.ts";
import type {
  ContainerConfig,
  ContainerSecurity,
  Device,
  Mount,
  PidNamespace,
  PodIdentity,
  ResourceLimits,
} from "../runtime.ts";
import { identityLabels, labelKeys, type Scope, wrapGivenLabels } from "./labels.ts";
import { addedCapabilities, privilegedOptions } from "./privilege.ts";

/** The kernel's default accounting period for processor limits, in microseconds. */
const cpuPeriodMicros = 100_000;
/** The kernel refuses quotas below this, in microseconds. */
const cpuQuotaMicrosMin = 1_000;
const cpuSharesDefault = 1024;

/** What a container gets from its sandbox. */
export interface ContainerPlace {
  sandboxId: string;
  pod: PodIdentity;
  cgroupParent?: string;
  hostIPC: boolean;
  /** Docker's runtime, where it is not the default one. */
  handler?: string;
  /** Applied before the container's own mounts. */
  mounts: Mount[];
}

/** How every container of this runtime is made, beyond its own configuration. */
export interface ContainerDefaults {
  /** Filter system calls by Docker's default profile; Kubernetes' default is not to. */
  seccompDefault: boolean;
  /** The image's own user, for a group without a user. */
  imageUser: string;
  /** The text of the filter of system calls that the container names. */
  seccompProfile?: string;
  /** What capabilities the machine has when not all, see `limitedCapabilities`. */
  limitedCapabilities?: string[];
  logLimits: LogLimits;
}

/** Docker's options for a container that shares its sandbox's network and IPC. */
export function containerOptions(
  config: ContainerConfig,
  place: ContainerPlace,
  scope: Scope,
  defaults: ContainerDefaults,
): ContainerCreateOptions {
  const security = securityOptions(config.security, defaults);
  return {
    Image: config.image,
    ...(config.command ? { Entrypoint: config.command } : {}),
    ...(config.args ? { Cmd: config.args } : {}),
    ...(config.workingDir ? { WorkingDir: config.workingDir } : {}),
    ...userOption(config.security, defaults.imageUser),
    ...(config.stopSignal ? { StopSignal: config.stopSignal } : {}),
    Env: config.env.map(({ name, value }) => `${name}=${value}`),
    OpenStdin: config.stdin,
    StdinOnce: config.stdinOnce,
    Tty: config.tty,
    Labels: {
      ...identityLabels(scope, "container", place.pod, config.attempt),
      [labelKeys.sandboxId]: place.sandboxId,
      [labelKeys.containerName]: config.name,
      [labelKeys.image]: config.image,
      ...wrapGivenLabels(config.labels),
    },
    HostConfig: {
      ...security,
      ReadonlyRootfs: config.security.readOnlyRootFilesystem,
      GroupAdd: config.security.supplementalGroups.map(String),
      NetworkMode: `container:${place.sandboxId}`,
      IpcMode: place.hostIPC ? "host" : `container:${place.sandboxId}`,
      ...(place.handler ? { Runtime: place.handler } : {}),
      ...deviceOptions(config.devices ?? [], security.Devices),
      ...pidOption(config.pidNamespace, place.sandboxId),
      Mounts: mountOptions(security.Mounts ?? [], [...place.mounts, ...config.mounts]),
      LogConfig: { Type: "json-file", Config: logOptions(defaults.logLimits) },
      ...(place.cgroupParent === undefined ? {} : { CgroupParent: place.cgroupParent }),
      ...resourceOptions(config.resources),
    },
  };
}

/** Docker has no number for "without limit", and wants one above 0. */
function logOptions({ maxSizeBytes, maxFiles }: LogLimits): Record<string, string> {
  if (maxSizeBytes === Number.POSITIVE_INFINITY) return {};
  return { "max-size": String(Math.max(1, maxSizeBytes)), "max-file": String(maxFiles) };
}

function userOption(security: ContainerSecurity, imageUser: string): ContainerCreateOptions {
  const { runAsUser, runAsGroup } = security;
  if (runAsUser === undefined && runAsGroup === undefined) return {};
  const user = runAsUser === undefined ? imageUser.split(":")[0] || "0" : String(runAsUser);
  return { User: runAsGroup === undefined ? user : `${user}:${runAsGroup}` };
}

function pidOption(namespace: PidNamespace | undefined, sandboxId: string): HostConfig {
  if (namespace === undefined) return {};
  if (namespace === "Node") return { PidMode: "host" };
  return { PidMode: `container:${namespace === "Pod" ? sandboxId : namespace.containerId}` };
}

/** Besides those that its privileges give it. */
function deviceOptions(devices: Device[], others: HostConfig["Devices"] = []): HostConfig {
  if (devices.length === 0) return {};
  const own = devices.map(({ hostPath, containerPath, permissions }) => ({
    PathOnHost: hostPath,
    PathInContainer: containerPath,
    CgroupPermissions: permissions,
  }));
  return { Devices: [...others, ...own] };
}

type MountOption = NonNullable<HostConfig["Mounts"]>[number];

/** The container's mounts, and `others` where it has none of its own. */
function mountOptions(others: MountOption[], mounts: Mount[]): MountOption[] {
  const own = mounts.map(mountOption);
  return [...others.filter((other) => !own.some((mount) => mount.Target === other.Target)), ...own];
}

function mountOption(mount: Mount): MountOption {
  const propagations = { None: "rprivate", HostToContainer: "rslave", Bidirectional: "rshared" } as const;
  return {
    Type: "bind",
    Source: mount.hostPath,
    Target: mount.containerPath,
    ReadOnly: mount.readOnly,
    BindOptions: { Propagation: propagations[mount.propagation ?? "None"] },
  };
}

/** Never a negative `OomScoreAdj`: setting one needs CAP_SYS_RESOURCE, without which runc fails to start anything. */
function resourceOptions(resources: ResourceLimits): HostConfig {
  const { cpuShares, cpuLimit, memoryLimitBytes, pidsLimit } = resources;
  return {
    ...(cpuShares === undefined ? {} : { CpuShares: Math.max(2, Math.round(cpuShares)) }),
    // Not NanoCpus: Docker refuses more of those than the machine has cores.
    ...(cpuLimit === undefined
      ? {}
      : {
          CpuPeriod: cpuPeriodMicros,
          CpuQuota: cpuLimit < 0 ? -1 : Math.max(cpuQuotaMicrosMin, Math.round(cpuLimit * cpuPeriodMicros)),
        }),
    // Equal limits mean no swap.
    ...(memoryLimitBytes === undefined ? {} : { Memory: memoryLimitBytes, MemorySwap: memoryLimitBytes }),
    ...(pidsLimit === undefined ? {} : { PidsLimit: pidsLimit }),
  };
}

/** A change of limits: what is absent becomes unlimited. */
export function limitUpdate({ cpuShares, cpuLimit, memoryLimitBytes }: ResourceLimits): HostConfig {
  return resourceOptions({
    cpuShares: cpuShares ?? cpuSharesDefault,
    cpuLimit: cpuLimit ?? -1 / cpuPeriodMicros,
    memoryLimitBytes: memoryLimitBytes ?? -1,
  });
}

function securityOptions(security: ContainerSecurity, defaults: ContainerDefaults): HostConfig {
  const { limitedCapabilities } = defaults;
  if (security.privileged) return privilegedOptions(limitedCapabilities);
  const options = [
    ...(security.noNewPrivileges ? ["no-new-privileges"] : []),
    ...seccompOption(security, defaults),
    ...(security.appArmorProfile ? [`apparmor=${security.appArmorProfile}`] : []),
  ];
  return {
    CapAdd: addedCapabilities(security.addCapabilities, limitedCapabilities),
    CapDrop: security.dropCapabilities,
    ...(options.length > 0 ? { SecurityOpt: options } : {}),
  };
}

function seccompOption({ seccompDefault }: ContainerSecurity, defaults: ContainerDefaults): string[] {
  if (defaults.seccompProfile !== undefined) return [`seccomp=${defaults.seccompProfile}`];
  return (seccompDefault ?? defaults.seccompDefault) ? [] : ["seccomp=unconfined"];
}
