import type { Pod, Volume } from "../../../gen/typernetes/core/v1/pod.ts";

type Asked = [path: string, value: unknown];

/**
 * What a pod asks for that this kubelet does not do, as paths; empty when it can run. SELinux options mean nothing on a
 * machine without SELinux, as in Kubernetes.
 */
export function unsupportedFields(pod: Pod): string[] {
  const { spec = {} } = pod;
  const asked: Asked[] = [
    ...inPod(pod),
    ...(spec.volumes ?? []).flatMap((volume, index) => inVolume(volume, `spec.volumes[${index}]`)),
  ];
  return asked.filter(([, value]) => isAsked(value)).map(([path]) => path);
}

/** Lists that are empty ask for nothing. */
function isAsked(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

function inPod({ spec = {} }: Pod): Asked[] {
  return [["spec.os", spec.os?.name === "windows"]];
}

const supportedVolumes = new Set([
  "name",
  "emptyDir",
  "configMap",
  "secret",
  "downwardAPI",
  "projected",
  "hostPath",
  "persistentVolumeClaim",
  "ephemeral",
  "image",
]);

function inVolume(volume: Volume, path: string): Asked[] {
  const foreign = Object.entries(volume).filter(([key]) => !supportedVolumes.has(key));
  return foreign.map(([key, value]): Asked => [`${path}.${key}`, value]);
}
