import { join } from "node:path";
import type { Container, Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { ConfigError } from "../env/config-error.ts";
import type { ContainerSecurity, Image } from "../runtimes/runtime.ts";
import { podRef } from "./node-context.ts";

/** What a container may do, by its own security context and the pod's. @throws ConfigError when it must not run so. */
export function containerSecurity(
  pod: Pod,
  container: Container,
  image: Image,
  profilesDirectory: string,
): ContainerSecurity {
  const own = container.securityContext ?? {};
  const shared = pod.spec?.securityContext ?? {};
  const runAsUser = own.runAsUser ?? shared.runAsUser;
  if (own.runAsNonRoot ?? shared.runAsNonRoot) verifyNonRoot(pod, container, runAsUser, image);
  const seccomp = own.seccompProfile ?? shared.seccompProfile;
  const appArmor = own.appArmorProfile ?? shared.appArmorProfile;
  const fsGroup = shared.fsGroup === undefined ? [] : [shared.fsGroup];
  return {
    privileged: own.privileged ?? false,
    readOnlyRootFilesystem: own.readOnlyRootFilesystem ?? false,
    runAsUser,
    runAsGroup: own.runAsGroup ?? shared.runAsGroup,
    supplementalGroups: [...(shared.supplementalGroups ?? []), ...fsGroup],
    ...(shared.supplementalGroupsPolicy === "Strict" && { onlyNamedGroups: true }),
    addCapabilities: own.capabilities?.add ?? [],
    dropCapabilities: own.capabilities?.drop ?? [],
    noNewPrivileges: own.allowPrivilegeEscalation === false,
    ...(own.procMount === "Unmasked" && { showsAllOfProc: true }),
    seccompDefault: seccomp?.type === "RuntimeDefault",
    ...(seccomp?.type === "Localhost" && {
      seccompProfilePath: join(profilesDirectory, seccomp.localhostProfile ?? ""),
    }),
    ...(appArmor?.type === "Unconfined" && { appArmorProfile: "unconfined" }),
    ...(appArmor?.type === "Localhost" && { appArmorProfile: appArmor.localhostProfile ?? "" }),
  };
}

function verifyNonRoot(pod: Pod, container: Container, runAsUser: number | undefined, image: Image): void {
  const place = `(pod: "${podRef(pod)}", container: ${container.name})`;
  if (runAsUser === 0) throw new ConfigError(`container's runAsUser breaks non-root policy ${place}`);
  if (runAsUser === undefined && image.username !== undefined) {
    const why = `container has runAsNonRoot and image has non-numeric user (${image.username})`;
    throw new ConfigError(`${why}, cannot verify user is non-root ${place}`);
  }
  if (runAsUser === undefined && !image.user)
    throw new ConfigError(`container has runAsNonRoot and image will run as root ${place}`);
}
