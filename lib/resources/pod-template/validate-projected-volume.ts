import type {
  ProjectedVolumeSource,
  ServiceAccountTokenProjection,
  VolumeProjection,
} from "../../../gen/typernetes/core/v1/pod.ts";
import type { KeyToPath } from "../../../gen/typernetes/core/v1/volume_source.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { checkLocalPath, checkRequired } from "../rules.ts";
import { checkFileMode } from "./file-mode.ts";
import { validateKeyToPath } from "./key-to-path.ts";
import { validateDownwardFile } from "./validate-downward-api.ts";

const tokenSecondsMin = 600;
const tokenSecondsMax = 2 ** 32;

/** Checks a volume that joins several sources into one directory. */
export function validateProjectedVolume(volume: ProjectedVolumeSource, path: string, errors: FieldErrors): void {
  checkFileMode(volume.defaultMode, `${path}.defaultMode`, errors);
  const paths = new Set<string>();
  const claim = (file: string | undefined, value: string) => {
    if (!file) return;
    if (paths.has(file)) errors.invalid(path, value, "conflicting duplicate paths");
    paths.add(file);
  };
  for (const [index, source] of (volume.sources ?? []).entries())
    validateProjection(source, `${path}.sources[${index}]`, path, claim, errors);
}

type ClaimPath = (file: string | undefined, value: string) => void;

function validateProjection(
  source: VolumeProjection,
  path: string,
  volumePath: string,
  claim: ClaimPath,
  errors: FieldErrors,
): void {
  if (source.secret) validateKeys(source.secret, `${path}.secret`, claim, errors);
  if (source.configMap) validateKeys(source.configMap, `${path}.configMap`, claim, errors);
  for (const file of source.downwardAPI?.items ?? []) {
    validateDownwardFile(file, `${path}.downwardAPI`, errors);
    claim(file.path, file.path ?? "");
  }
  if (source.serviceAccountToken) validateToken(source.serviceAccountToken, path, volumePath, errors);
  if (Object.values(source).filter((it) => it !== undefined).length > 1)
    errors.forbidden(path, "may not specify more than 1 volume type per source");
}

function validateKeys(
  source: { name?: string | undefined; items?: KeyToPath[] | undefined },
  path: string,
  claim: ClaimPath,
  errors: FieldErrors,
): void {
  checkRequired(source, ["name"], path, errors);
  for (const [index, item] of (source.items ?? []).entries()) {
    validateKeyToPath(item, `${path}.items[${index}]`, errors);
    claim(item.path, source.name ?? "");
  }
}

/** Kubernetes reports the token's path at the volume, and the rest at the token; so does this. */
function validateToken(
  token: ServiceAccountTokenProjection,
  path: string,
  volumePath: string,
  errors: FieldErrors,
): void {
  const seconds = token.expirationSeconds ?? 0;
  const at = `${path}.serviceAccountToken.expirationSeconds`;
  if (seconds < tokenSecondsMin) errors.invalid(at, seconds, "may not specify a duration less than 10 minutes");
  if (seconds > tokenSecondsMax) errors.invalid(at, seconds, "may not specify a duration larger than 2^32 seconds");
  if (!token.path) errors.required(`${volumePath}.path`);
  else checkLocalPath(token.path, `${volumePath}.path`, errors);
}
