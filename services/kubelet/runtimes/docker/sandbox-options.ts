import type { ContainerCreateOptions } from "dockerode";
import type { NodePlace } from "../../network/pod-network.ts";
import type { SandboxConfig } from "../runtime.ts";
import { identityLabels, labelKeys, type Scope, wrapGivenLabels } from "./labels.ts";
import { pauseImage } from "./pause-image.ts";

/** Where the pause program looks for a network namespace to move to. */
const netnsMountPoint = "/netns";

/** The path of a named network namespace on the machine. */
export function netnsPath(name: string): string {
  return `/run/netns/${name}`;
}

/** Docker's options for a sandbox: a pause container that no Docker network knows. */
export function sandboxOptions(
  config: SandboxConfig,
  scope: Scope,
  place: NodePlace,
  createdAtMs: number,
  cgroupParent: string | undefined,
): ContainerCreateOptions {
  const network = networkOptions(config.hostNetwork, place);
  return {
    Image: pauseImage,
    Hostname: config.hostname,
    // The first process of a namespace ignores SIGTERM without a handler; Docker's own shutdown would wait for it.
    StopSignal: "SIGKILL",
    Labels: {
      ...identityLabels(scope, "sandbox", config.pod, config.attempt),
      [labelKeys.hostNetwork]: String(config.hostNetwork),
      [labelKeys.hostIPC]: String(config.hostIPC ?? false),
      ...(config.runtimeHandler ? { [labelKeys.runtimeHandler]: config.runtimeHandler } : {}),
      [labelKeys.portMappings]: JSON.stringify(config.portMappings),
      [labelKeys.createdAtMs]: String(createdAtMs),
      ...wrapGivenLabels(config.labels),
    },
    ...network.options,
    HostConfig: {
      ...network.hostConfig,
      ...(config.runtimeHandler ? { Runtime: config.runtimeHandler } : {}),
      IpcMode: config.hostIPC ? "host" : "shareable",
      ...(config.sysctls ? { Sysctls: config.sysctls } : {}),
      CapDrop: ["ALL"],
      ReadonlyRootfs: true,
      // The program makes four system calls; loading a filter for it costs a third of its start.
      SecurityOpt: ["no-new-privileges", "seccomp=unconfined"],
      LogConfig: { Type: "none", Config: {} },
      ...(cgroupParent === undefined ? {} : { CgroupParent: cgroupParent }),
    },
  };
}

function networkOptions(
  hostNetwork: boolean,
  place: NodePlace,
): { options: ContainerCreateOptions; hostConfig: ContainerCreateOptions["HostConfig"] } {
  if (hostNetwork && place.netns === undefined) return { options: {}, hostConfig: { NetworkMode: "host" } };
  // Without Docker's networking the namespace is just as empty, and made in half the time.
  const empty = { options: { NetworkDisabled: true }, hostConfig: { NetworkMode: "none" } };
  if (!hostNetwork || place.netns === undefined) return empty;
  const mount = { Type: "bind" as const, Source: netnsPath(place.netns), Target: netnsMountPoint, ReadOnly: true };
  return { options: empty.options, hostConfig: { ...empty.hostConfig, Mounts: [mount], CapAdd: ["SYS_ADMIN"] } };
}
