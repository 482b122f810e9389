import type { Container, Pod, Volume } from "../../../gen/typernetes/core/v1/pod.ts";

const supportedVolumes = new Set(["name", "emptyDir", "configMap", "secret"]);

/** What a pod asks for that this kubelet does not do, as paths; empty when it can run. */
export function unsupportedFields(pod: Pod): string[] {
  const { spec = {} } = pod;
  const asked: [path: string, value: unknown][] = [
    ["spec.hostPID", spec.hostPID],
    ["spec.hostIPC", spec.hostIPC],
    ["spec.shareProcessNamespace", spec.shareProcessNamespace],
    ["spec.hostAliases", spec.hostAliases],
    ["spec.dnsConfig", spec.dnsConfig],
    ["spec.runtimeClassName", spec.runtimeClassName],
    ["spec.setHostnameAsFQDN", spec.setHostnameAsFQDN],
    ["spec.resourceClaims", spec.resourceClaims],
    ["spec.ephemeralContainers", spec.ephemeralContainers],
    ["spec.hostUsers", spec.hostUsers === false],
    ["spec.securityContext.sysctls", spec.securityContext?.sysctls],
  ];
  const paths = asked.filter(([, value]) => value).map(([path]) => path);
  for (const [index, volume] of (spec.volumes ?? []).entries())
    paths.push(...unsupportedVolume(volume, `spec.volumes[${index}]`));
  for (const [index, container] of (spec.initContainers ?? []).entries()) {
    const path = `spec.initContainers[${index}]`;
    if (container.restartPolicy) paths.push(`${path}.restartPolicy`);
    paths.push(...unsupportedInContainer(container, path));
  }
  for (const [index, container] of (spec.containers ?? []).entries()) {
    paths.push(...unsupportedInContainer(container, `spec.containers[${index}]`));
  }
  return paths;
}

function unsupportedVolume(volume: Volume, path: string): string[] {
  const kinds = Object.entries(volume).filter(([key, value]) => value !== undefined && !supportedVolumes.has(key));
  const paths = kinds.map(([key]) => `${path}.${key}`);
  if (volume.emptyDir?.medium) paths.push(`${path}.emptyDir.medium`);
  return paths;
}

function unsupportedInContainer(container: Container, path: string): string[] {
  const paths: string[] = [];
  if (container.lifecycle) paths.push(`${path}.lifecycle`);
  if (container.volumeDevices) paths.push(`${path}.volumeDevices`);
  for (const probe of ["livenessProbe", "readinessProbe", "startupProbe"] as const)
    if (container[probe]?.grpc) paths.push(`${path}.${probe}.grpc`);
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    if (mount.subPath) paths.push(`${path}.volumeMounts[${index}].subPath`);
    if (mount.subPathExpr) paths.push(`${path}.volumeMounts[${index}].subPathExpr`);
    if (mount.mountPropagation && mount.mountPropagation !== "None")
      paths.push(`${path}.volumeMounts[${index}].mountPropagation`);
  }
  return paths;
}
