import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Container, Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { ConfigError } from "../env/config-error.ts";
import { containerEnv } from "../env/container-env.ts";
import { expandVariables } from "../env/expand-variables.ts";
import type { PodPass } from "../hooks/hook.ts";
import type { ContainerConfig, ContainerSecurity, Mount } from "../runtimes/runtime.ts";
import { containerLimits } from "./resource-limits.ts";

/** What the runtime is told about one container. @throws ConfigError when something it refers to is missing. */
export async function containerConfig(pass: PodPass, container: Container, attempt: number): Promise<ContainerConfig> {
  const env = await containerEnv(pass, container);
  const values = new Map(env.map(({ name, value }) => [name, value]));
  const expand = (texts: string[] | undefined) => texts?.map((text) => expandVariables(text, values));
  return {
    name: container.name ?? "",
    attempt,
    image: container.image ?? "",
    command: expand(container.command),
    args: expand(container.args),
    workingDir: container.workingDir,
    env,
    mounts: [...pass.podMounts, ...volumeMounts(pass, container), await terminationLog(pass, container, attempt)],
    stdin: container.stdin ?? false,
    stdinOnce: container.stdinOnce ?? false,
    tty: container.tty ?? false,
    resources: containerLimits(container.resources),
    security: security(pass.pod, container),
    labels: {},
  };
}

function volumeMounts(pass: PodPass, container: Container): Mount[] {
  return (container.volumeMounts ?? []).map((mount) => {
    const hostPath = pass.volumes.get(mount.name ?? "");
    if (!hostPath) throw new ConfigError(`volume "${mount.name}" of container "${container.name}" is not there`);
    return { hostPath, containerPath: mount.mountPath ?? "", readOnly: mount.readOnly ?? false };
  });
}

/** The file in which a container leaves its last words. */
async function terminationLog(pass: PodPass, container: Container, attempt: number): Promise<Mount> {
  const hostPath = terminationLogFile(pass.directory, container.name ?? "", attempt);
  await mkdir(join(hostPath, ".."), { recursive: true });
  await writeFile(hostPath, "", { mode: 0o666 });
  return { hostPath, containerPath: container.terminationMessagePath ?? "/dev/termination-log", readOnly: false };
}

/** Where the termination message of one attempt is kept. */
export function terminationLogFile(directory: string, container: string, attempt: number): string {
  return join(directory, "containers", container, String(attempt));
}

function security(pod: Pod, container: Container): ContainerSecurity {
  const own = container.securityContext ?? {};
  const shared = pod.spec?.securityContext ?? {};
  const runAsUser = own.runAsUser ?? shared.runAsUser;
  if ((own.runAsNonRoot ?? shared.runAsNonRoot) && runAsUser === 0) {
    throw new ConfigError("container's runAsUser breaks non-root policy");
  }
  return {
    privileged: own.privileged ?? false,
    readOnlyRootFilesystem: own.readOnlyRootFilesystem ?? false,
    runAsUser,
    runAsGroup: own.runAsGroup ?? shared.runAsGroup,
    supplementalGroups: [
      ...(shared.supplementalGroups ?? []),
      ...(shared.fsGroup === undefined ? [] : [shared.fsGroup]),
    ],
    addCapabilities: own.capabilities?.add ?? [],
    dropCapabilities: own.capabilities?.drop ?? [],
    noNewPrivileges: own.allowPrivilegeEscalation === false,
  };
}
