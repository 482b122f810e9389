import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { ConfigError } from "./config-error.ts";

/** What the downward API knows of a pod besides its object. */
export interface PodPlace {
  podIPs: readonly string[];
  hostIP: string;
}

/** The value of a field that an environment variable refers to. @throws ConfigError for fields that it cannot. */
export function fieldValue(pod: Pod, path: string, place: PodPlace): string {
  const [, map, key] = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(path) ?? [];
  if (key !== undefined) return (map === "labels" ? pod.metadata?.labels : pod.metadata?.annotations)?.[key] ?? "";
  const read = fields[path];
  if (!read) throw new ConfigError(`fieldPath "${path}" is not supported in an environment variable`);
  return read(pod, place) ?? "";
}

const fields: Record<string, (pod: Pod, place: PodPlace) => string | undefined> = {
  "metadata.name": (pod) => pod.metadata?.name,
  "metadata.namespace": (pod) => pod.metadata?.namespace,
  "metadata.uid": (pod) => pod.metadata?.uid,
  "spec.nodeName": (pod) => pod.spec?.nodeName,
  "spec.serviceAccountName": (pod) => pod.spec?.serviceAccountName,
  "status.hostIP": (_, place) => place.hostIP,
  "status.hostIPs": (_, place) => place.hostIP,
  "status.podIP": (_, place) => place.podIPs[0],
  "status.podIPs": (_, place) => place.podIPs.join(","),
};
