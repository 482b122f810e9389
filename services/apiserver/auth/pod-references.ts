import type { Container, Pod } from "../../../gen/typernetes/core/v1/pod.ts";

/** The names of the objects of a kind (secrets, configmaps, persistentvolumeclaims, serviceaccounts) that a pod refers to. */
export function podReferences(pod: Pod, resource: string): ReadonlySet<string> {
  const names = new Set<string | undefined>();
  switch (resource) {
    case "secrets":
      addSecrets(pod, names);
      break;
    case "configmaps":
      addConfigMaps(pod, names);
      break;
    case "persistentvolumeclaims":
      addClaims(pod, names);
      break;
    case "serviceaccounts":
      names.add(pod.spec?.serviceAccountName || "default");
      break;
  }
  names.delete(undefined);
  return names as ReadonlySet<string>;
}

type Names = Set<string | undefined>;

function addSecrets(pod: Pod, names: Names): void {
  const { spec } = pod;
  for (const { name } of spec?.imagePullSecrets ?? []) names.add(name);
  for (const container of containersOf(pod)) {
    for (const { secretRef } of container.envFrom ?? []) names.add(secretRef?.name);
    for (const { valueFrom } of container.env ?? []) names.add(valueFrom?.secretKeyRef?.name);
  }
  for (const volume of spec?.volumes ?? []) {
    names.add(volume.secret?.secretName);
    for (const { secret } of volume.projected?.sources ?? []) names.add(secret?.name);
    names.add(volume.csi?.nodePublishSecretRef?.name);
    names.add(volume.iscsi?.secretRef?.name);
    names.add(volume.rbd?.secretRef?.name);
    names.add(volume.cephfs?.secretRef?.name);
    names.add(volume.flexVolume?.secretRef?.name);
    names.add(volume.azureFile?.secretName);
  }
}

function addConfigMaps(pod: Pod, names: Names): void {
  for (const container of containersOf(pod)) {
    for (const { configMapRef } of container.envFrom ?? []) names.add(configMapRef?.name);
    for (const { valueFrom } of container.env ?? []) names.add(valueFrom?.configMapKeyRef?.name);
  }
  for (const volume of pod.spec?.volumes ?? []) {
    names.add(volume.configMap?.name);
    for (const { configMap } of volume.projected?.sources ?? []) names.add(configMap?.name);
  }
}

function addClaims(pod: Pod, names: Names): void {
  for (const volume of pod.spec?.volumes ?? []) {
    names.add(volume.persistentVolumeClaim?.claimName);
    if (volume.ephemeral) names.add(`${pod.metadata?.name}-${volume.name}`);
  }
}

function containersOf({ spec }: Pod): Pick<Container, "env" | "envFrom">[] {
  return [...(spec?.initContainers ?? []), ...(spec?.containers ?? []), ...(spec?.ephemeralContainers ?? [])];
}
