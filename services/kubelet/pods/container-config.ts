import { join } from "node:path";
import type { Container, VolumeMount } from "../../../gen/typernetes/core/v1/pod.ts";
import { ConfigError } from "../env/config-error.ts";
import { containerEnv } from "../env/container-env.ts";
import { expandKnownVariables, expandVariables } from "../env/expand-variables.ts";
import type { PodPass } from "../hooks/hook.ts";
import type { ContainerConfig, Device, Image, Mount, PidNamespace } from "../runtimes/runtime.ts";
import { sealBelow } from "../volumes/read-only-tree.ts";
import { resolveSubPath } from "../volumes/sub-path.ts";
import { containerSecurity } from "./container-security.ts";
import { containerLimits } from "./resource-limits.ts";
import { current } from "./runtime-view.ts";
import { makeTerminationLog } from "./termination-log.ts";

/** What the runtime is told about one container. @throws ConfigError when something it refers to is missing. */
export async function containerConfig(
  pass: PodPass,
  container: Container,
  image: Image,
  attempt: number,
): Promise<ContainerConfig> {
  const { name = "" } = container;
  const security = containerSecurity(pass.pod, container, image, seccompProfiles(pass.node.options.stateDir));
  const edits = await pass.node.devices.editsFor(pass.pod, container);
  const own = await containerEnv(pass, container);
  const env = [...own, ...edits.env.filter(({ name: added }) => !own.some((variable) => variable.name === added))];
  const values = new Map(env.map((variable) => [variable.name, variable.value]));
  const expand = (texts: string[] | undefined) => texts?.map((text) => expandVariables(text, values));
  const terminationLog = {
    hostPath: await makeTerminationLog(pass.directory, name, attempt),
    containerPath: container.terminationMessagePath ?? "/dev/termination-log",
    readOnly: false,
  };
  return {
    name,
    attempt,
    image: container.image ?? "",
    command: expand(container.command),
    args: expand(container.args),
    workingDir: container.workingDir,
    env,
    mounts: withDefaults(
      [...(await volumeMounts(pass, container, values)), ...edits.mounts],
      [...pass.podMounts, terminationLog],
    ),
    devices: [...volumeDevices(pass, container), ...(edits.devices ?? [])],
    stdin: container.stdin ?? false,
    stdinOnce: container.stdinOnce ?? false,
    tty: container.tty ?? false,
    resources: containerLimits(container.resources),
    security,
    pidNamespace: pidNamespace(pass, container),
    stopSignal: container.lifecycle?.stopSignal,
    labels: { "io.kubernetes.container.type": typeOf(pass, container) },
  };
}

function pidNamespace({ pod: { spec = {} }, observed }: PodPass, container: Container): PidNamespace | undefined {
  if (spec.hostPID) return "Node";
  if (spec.shareProcessNamespace) return "Pod";
  const guest = spec.ephemeralContainers?.find(({ name }) => name === container.name);
  if (!guest?.targetContainerName) return undefined;
  const target = current(observed, guest.targetContainerName);
  if (target?.state === "Running") return { containerId: target.id };
  throw new ConfigError(`unable to find target container ${guest.targetContainerName}`);
}

/** A container's own mounts go before what every container gets. */
function withDefaults(own: Mount[], defaults: Mount[]): Mount[] {
  const taken = new Set(own.map(({ containerPath }) => containerPath));
  return [...defaults.filter(({ containerPath }) => !taken.has(containerPath)), ...own];
}

function typeOf({ pod: { spec = {} } }: PodPass, { name }: Container): string {
  const isIn = (containers: { name?: string | undefined }[] | undefined) =>
    containers?.some((container) => container.name === name);
  if (isIn(spec.initContainers)) return "init";
  return isIn(spec.ephemeralContainers) ? "ephemeral" : "regular";
}

/** Where a node looks for filters of system calls that pods name. */
function seccompProfiles(stateDir: string): string {
  return join(stateDir, "seccomp");
}

async function volumeMounts(pass: PodPass, container: Container, env: ReadonlyMap<string, string>): Promise<Mount[]> {
  const mounts: Mount[] = [];
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    const made = await volumeMount(pass, container, mount, env);
    const sealed = join(pass.directory, "read-only", container.name ?? "", String(index));
    // What is only played mounts nothing.
    const isSealed = isRecursive(mount) && !pass.node.runtime.isHollow;
    mounts.push(isSealed ? { ...made, hostPath: await sealBelow(made.hostPath, sealed) } : made);
  }
  return mounts;
}

function isRecursive({ recursiveReadOnly, readOnly }: VolumeMount): boolean {
  return readOnly === true && (recursiveReadOnly === "Enabled" || recursiveReadOnly === "IfPossible");
}

function volumeDevices({ volumePaths }: PodPass, { name, volumeDevices: devices = [] }: Container): Device[] {
  return devices.map((device) => {
    const volume = volumePaths.get(device.name ?? "");
    if (!volume) throw new ConfigError(`volume "${device.name}" of container "${name}" is not there`);
    return {
      hostPath: volume.path,
      containerPath: device.devicePath ?? "",
      permissions: volume.readOnly ? "r" : "rwm",
    };
  });
}

async function volumeMount(
  pass: PodPass,
  { name }: Container,
  mount: VolumeMount,
  env: ReadonlyMap<string, string>,
): Promise<Mount> {
  const volume = pass.volumePaths.get(mount.name ?? "");
  if (!volume) throw new ConfigError(`volume "${mount.name}" of container "${name}" is not there`);
  const subPath = mount.subPathExpr ? expandKnownVariables(mount.subPathExpr, env) : mount.subPath;
  return {
    hostPath: subPath ? await resolveSubPath(volume.path, subPath) : volume.path,
    containerPath: mount.mountPath ?? "",
    readOnly: !volume.isSealed && (volume.readOnly || (mount.readOnly ?? false)),
    propagation: propagationOf(mount.mountPropagation),
  };
}

function propagationOf(asked: string | undefined): Mount["propagation"] {
  return asked === "HostToContainer" || asked === "Bidirectional" ? asked : "None";
}
