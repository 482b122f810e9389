import type { PersistentVolumeClaimVolumeSource, Volume } from "../../../gen/typernetes/core/v1/pod.ts";
import type {
  ConfigMapVolumeSource,
  EmptyDirVolumeSource,
  HostPathVolumeSource,
  ImageVolumeSource,
  KeyToPath,
  SecretVolumeSource,
} from "../../../gen/typernetes/core/v1/volume_source.ts";
import type { ObjectMeta } from "../../../gen/typernetes/meta/v1/object_meta.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { subdomainName } from "../../api/names.ts";
import { checkDnsLabel, checkNoBacksteps, checkOneOf, checkOptionalOneOf, checkRequired } from "../rules.ts";
import { pullPolicies } from "./enumerations.ts";
import { checkFileMode } from "./file-mode.ts";
import { validateKeyToPath } from "./key-to-path.ts";
import { validateDownwardApiVolume } from "./validate-downward-api.ts";
import { foreignSources } from "./validate-foreign-volume.ts";
import { validateProjectedVolume } from "./validate-projected-volume.ts";
import { type SourceRule, sourceRule } from "./volume-source-rule.ts";

/** Every source of a volume, in the order in which Kubernetes looks at them. */
const sources: readonly SourceRule[] = [
  sourceRule("emptyDir", validateEmptyDir),
  sourceRule("hostPath", validateHostPath),
  sourceRule("secret", validateSecretVolume),
  sourceRule("persistentVolumeClaim", validateClaimVolume),
  sourceRule("downwardAPI", validateDownwardApiVolume),
  sourceRule("configMap", validateConfigMapVolume),
  sourceRule("projected", validateProjectedVolume),
  ...foreignSources,
  sourceRule("ephemeral", (source, path, errors) => {
    if (!source.volumeClaimTemplate) errors.required(`${path}.volumeClaimTemplate`);
  }),
  sourceRule("image", validateImageVolume),
];

/** Checks a pod's volumes; answers those without fault, by name. `metadata` is that of the pod, where there is one. */
export function validateVolumes(
  volumes: readonly Volume[],
  metadata: ObjectMeta | undefined,
  path: string,
  errors: FieldErrors,
): Map<string, Volume> {
  const valid = new Map<string, Volume>();
  for (const [index, volume] of volumes.entries()) {
    const before = errors.count;
    validateVolume(volume, metadata, `${path}[${index}]`, errors);
    const name = volume.name ?? "";
    if (valid.has(name)) errors.duplicate(`${path}[${index}].name`, name);
    if (errors.count === before) valid.set(name, volume);
    rejectGeneratedClaim(volume, volumes, metadata, `${path}[${index}]`, errors);
  }
  return valid;
}

function validateVolume(volume: Volume, metadata: ObjectMeta | undefined, path: string, errors: FieldErrors): void {
  validateSource(volume, path, errors);
  if (!volume.name) errors.required(`${path}.name`);
  else checkDnsLabel(volume.name, `${path}.name`, errors);
  if (!volume.ephemeral || !metadata?.name || !volume.name) return;
  const claim = `${metadata.name}-${volume.name}`;
  for (const message of subdomainName(claim, false))
    errors.invalid(`${path}.name`, volume.name, `PVC name ${JSON.stringify(claim)}: ${message}`);
}

function validateSource(volume: Volume, path: string, errors: FieldErrors): void {
  let found = false;
  for (const source of sources) {
    if (!source.isSet(volume)) continue;
    if (found) errors.forbidden(`${path}.${source.name}`, "may not specify more than 1 volume type");
    else source.validate(volume, `${path}.${source.name}`, errors);
    found = true;
  }
  if (!found) errors.required(path, "must specify a volume type");
}

function rejectGeneratedClaim(
  volume: Volume,
  volumes: readonly Volume[],
  metadata: ObjectMeta | undefined,
  path: string,
  errors: FieldErrors,
): void {
  const claim = volume.persistentVolumeClaim?.claimName;
  if (!claim || !metadata?.name) return;
  if (volumes.some((other) => other.ephemeral && claim === `${metadata.name}-${other.name}`))
    errors.invalid(
      `${path}.persistentVolumeClaim.claimName`,
      claim,
      "must not reference a PVC that gets created for an ephemeral volume",
    );
}

function validateEmptyDir(source: EmptyDirVolumeSource, path: string, errors: FieldErrors): void {
  if (source.sizeLimit?.startsWith("-"))
    errors.forbidden(`${path}.sizeLimit`, "SizeLimit field must be a valid resource quantity");
}

const hostPathTypes = [
  "",
  "BlockDevice",
  "CharDevice",
  "Directory",
  "DirectoryOrCreate",
  "File",
  "FileOrCreate",
  "Socket",
];

function validateHostPath(source: HostPathVolumeSource, path: string, errors: FieldErrors): void {
  if (!source.path) {
    errors.required(`${path}.path`);
    return;
  }
  checkNoBacksteps(source.path, `${path}.path`, errors);
  checkOptionalOneOf(source.type, hostPathTypes, `${path}.type`, errors);
}

function validateSecretVolume(source: SecretVolumeSource, path: string, errors: FieldErrors): void {
  checkRequired(source, ["secretName"], path, errors);
  validateFiles(source, path, errors);
}

function validateConfigMapVolume(source: ConfigMapVolumeSource, path: string, errors: FieldErrors): void {
  checkRequired(source, ["name"], path, errors);
  validateFiles(source, path, errors);
}

function validateFiles(
  source: { items?: KeyToPath[] | undefined; defaultMode?: number | undefined },
  path: string,
  errors: FieldErrors,
): void {
  checkFileMode(source.defaultMode, `${path}.defaultMode`, errors);
  for (const [index, item] of (source.items ?? []).entries())
    validateKeyToPath(item, `${path}.items[${index}]`, errors);
}

function validateClaimVolume(source: PersistentVolumeClaimVolumeSource, path: string, errors: FieldErrors): void {
  checkRequired(source, ["claimName"], path, errors);
}

function validateImageVolume(source: ImageVolumeSource, path: string, errors: FieldErrors): void {
  checkRequired(source, ["reference"], path, errors);
  checkOneOf(source.pullPolicy, pullPolicies, `${path}.pullPolicy`, errors);
}
