import type { Volume } from "../../../../gen/typernetes/core/v1/pod.ts";
import { isRecord } from "../../../../lib/api/records.ts";
import type { DescriptionText } from "./description-text.ts";

/** Describes the volumes of a pod. */
export function describeVolumes(text: DescriptionText, volumes: readonly Volume[] | undefined, indent = ""): void {
  if (!volumes?.length) {
    text.line(`${indent}Volumes:\t<none>`);
    return;
  }
  text.line(`${indent}Volumes:`);
  for (const volume of volumes) {
    text.line(`${indent ? " " : ""}${volume.name ?? ""}:`, 1);
    for (const [name, value] of volumeFields(volume)) text.field(name, value, 2);
  }
}

type Fields = [string, string | number | boolean][];

function volumeFields(volume: Volume): Fields {
  const { emptyDir, configMap, secret, hostPath, persistentVolumeClaim, projected } = volume;
  if (emptyDir)
    return [
      ["Type", "EmptyDir (a temporary directory that shares a pod's lifetime)"],
      ["Medium", emptyDir.medium ?? ""],
      ["SizeLimit", emptyDir.sizeLimit ?? "<unset>"],
    ];
  if (configMap)
    return [
      ["Type", "ConfigMap (a volume populated by a ConfigMap)"],
      ["Name", configMap.name ?? ""],
      ["Optional", configMap.optional ?? false],
    ];
  if (secret)
    return [
      ["Type", "Secret (a volume populated by a Secret)"],
      ["SecretName", secret.secretName ?? ""],
      ["Optional", secret.optional ?? false],
    ];
  if (hostPath)
    return [
      ["Type", "HostPath (bare host directory volume)"],
      ["Path", hostPath.path ?? ""],
      ["HostPathType", hostPath.type ?? ""],
    ];
  if (persistentVolumeClaim)
    return [
      ["Type", "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)"],
      ["ClaimName", persistentVolumeClaim.claimName ?? ""],
      ["ReadOnly", persistentVolumeClaim.readOnly ?? false],
    ];
  if (projected) return [["Type", "Projected (a volume that contains injected data from multiple sources)"]];
  return otherFields(volume);
}

/** Sources that are not described one by one: their kind and their plain fields. */
function otherFields(volume: Volume): Fields {
  const [kind, source] = Object.entries(volume).find(([key, value]) => key !== "name" && isRecord(value)) ?? [
    "<unknown>",
    {},
  ];
  const plain = Object.entries(isRecord(source) ? source : {}).filter(([, value]) => typeof value !== "object");
  return [["Type", kind], ...plain.map(([name, value]): [string, string] => [name, String(value)])];
}
