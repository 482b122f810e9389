import type {
  DownwardAPIVolumeFile,
  DownwardAPIVolumeSource,
  ObjectFieldSelector,
  ResourceFieldSelector,
} from "../../../gen/typernetes/core/v1/volume_source.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { canonicalQuantity } from "../../base/quantity.ts";
import { checkLocalPath, checkQualifiedName, checkRequired } from "../rules.ts";
import { checkFileMode } from "./file-mode.ts";

const fieldsInFiles = [
  "metadata.annotations",
  "metadata.labels",
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
];
/** Fields of a pod that an environment variable may take. */
export const fieldsInEnvironment: readonly string[] = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
];
const containerResources = [
  "limits.cpu",
  "limits.ephemeral-storage",
  "limits.memory",
  "requests.cpu",
  "requests.ephemeral-storage",
  "requests.memory",
];
const knownFields = new Set([...fieldsInFiles, ...fieldsInEnvironment, "spec.restartPolicy", "status.phase"]);

/** Checks a volume of files that tell a container about its own pod. */
export function validateDownwardApiVolume(source: DownwardAPIVolumeSource, path: string, errors: FieldErrors): void {
  checkFileMode(source.defaultMode, `${path}.defaultMode`, errors);
  for (const file of source.items ?? []) validateDownwardFile(file, path, errors);
}

/** Kubernetes reports files without their index; so does this. */
export function validateDownwardFile(file: DownwardAPIVolumeFile, path: string, errors: FieldErrors): void {
  checkRequired(file, ["path"], path, errors);
  checkLocalPath(file.path ?? "", `${path}.path`, errors);
  if (file.fieldRef) {
    validateFieldRef(file.fieldRef, fieldsInFiles, `${path}.fieldRef`, errors);
    if (file.resourceFieldRef)
      errors.invalid(path, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously");
  } else if (file.resourceFieldRef)
    validateResourceFieldRef(file.resourceFieldRef, true, `${path}.resourceFieldRef`, errors);
  else errors.required(path, "one of fieldRef and resourceFieldRef is required");
  checkFileMode(file.mode, `${path}.mode`, errors);
}

/** A reference to a field of the pod; `supported` without subscript. */
export function validateFieldRef(
  ref: ObjectFieldSelector,
  supported: readonly string[],
  path: string,
  errors: FieldErrors,
): void {
  if (!ref.apiVersion) errors.required(`${path}.apiVersion`);
  else if (!ref.fieldPath) errors.required(`${path}.fieldPath`);
  else if (ref.apiVersion !== "v1")
    errors.invalid(
      `${path}.fieldPath`,
      ref.fieldPath,
      `error converting fieldPath: unsupported pod version: ${ref.apiVersion}`,
    );
  else checkFieldPath(ref.fieldPath, supported, path, errors);
}

function checkFieldPath(fieldPath: string, supported: readonly string[], path: string, errors: FieldErrors): void {
  const [, field = "", subscript] = /^([^[]*)\['([^']*)'\]$/.exec(fieldPath) ?? [];
  if (subscript !== undefined) {
    if (field === "metadata.annotations") checkQualifiedName(subscript.toLowerCase(), path, errors);
    else if (field === "metadata.labels") checkQualifiedName(subscript, path, errors);
    else
      errors.invalid(
        `${path}.fieldPath`,
        fieldPath,
        `error converting fieldPath: field label does not support subscript: ${fieldPath}`,
      );
  } else if (!knownFields.has(fieldPath))
    errors.invalid(
      `${path}.fieldPath`,
      fieldPath,
      `error converting fieldPath: field label not supported: ${fieldPath}`,
    );
  else if (!supported.includes(fieldPath)) errors.notSupported(`${path}.fieldPath`, fieldPath, supported);
}

/** A reference to what a container may use; in a volume it names the container. */
export function validateResourceFieldRef(
  ref: ResourceFieldSelector,
  inVolume: boolean,
  path: string,
  errors: FieldErrors,
): void {
  const resource = ref.resource ?? "";
  if (inVolume && !ref.containerName) errors.required(`${path}.containerName`);
  else if (!resource) errors.required(`${path}.resource`);
  else if (!containerResources.includes(resource) && !/^(requests|limits)\.hugepages-/.test(resource))
    errors.notSupported(`${path}.resource`, resource, containerResources);
  if (ref.divisor) checkDivisor(resource, ref.divisor, `${path}.divisor`, errors);
}

const cpuDivisors = ["1m", "1"];
const byteDivisors = ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];

function checkDivisor(resource: string, divisor: string, path: string, errors: FieldErrors): void {
  const canonical = canonicalQuantity(divisor);
  if (canonical === "0") return;
  const name = resource.replace(/^(requests|limits)\./, "");
  if (name === "cpu") {
    if (!cpuDivisors.includes(canonical))
      errors.invalid(path, resource, "only divisor's values 1m and 1 are supported with the cpu resource");
  } else if (resource !== name && !byteDivisors.includes(canonical))
    errors.invalid(
      path,
      resource,
      `only divisor's values ${byteDivisors.join(", ")} are supported with the ${shownResource(name)} resource`,
    );
}

function shownResource(name: string): string {
  if (name.startsWith("hugepages-")) return "hugepages";
  return name === "ephemeral-storage" ? "local ephemeral storage" : name;
}
