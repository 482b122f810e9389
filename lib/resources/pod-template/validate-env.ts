import type {
  ConfigMapKeySelector,
  EnvFromSource,
  EnvVar,
  EnvVarSource,
  FileKeySelector,
  SecretKeySelector,
} from "../../../gen/typernetes/core/v1/pod.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { configMapKey, environmentVariableName, subdomainName } from "../../api/names.ts";
import { checkDnsLabel, checkLocalPath, checkName, checkRequired } from "../rules.ts";
import { fieldsInEnvironment, validateFieldRef, validateResourceFieldRef } from "./validate-downward-api.ts";

/** Checks the variables of a container. */
export function validateEnv(variables: readonly EnvVar[], path: string, errors: FieldErrors): void {
  for (const [index, variable] of variables.entries()) {
    if (!variable.name) errors.required(`${path}[${index}].name`);
    else checkName(environmentVariableName, variable.name, `${path}[${index}].name`, errors);
    if (variable.valueFrom)
      validateValueFrom(variable.valueFrom, Boolean(variable.value), `${path}[${index}].valueFrom`, errors);
  }
}

function validateValueFrom(source: EnvVarSource, hasValue: boolean, path: string, errors: FieldErrors): void {
  if (source.fieldRef) validateFieldRef(source.fieldRef, fieldsInEnvironment, `${path}.fieldRef`, errors);
  if (source.resourceFieldRef)
    validateResourceFieldRef(source.resourceFieldRef, false, `${path}.resourceFieldRef`, errors);
  if (source.configMapKeyRef) validateKeyRef(source.configMapKeyRef, `${path}.configMapKeyRef`, errors);
  if (source.fileKeyRef) validateFileKey(source.fileKeyRef, `${path}.fileKeyRef`, errors);
  if (source.secretKeyRef) validateKeyRef(source.secretKeyRef, `${path}.secretKeyRef`, errors);
  const count = Object.values(source).filter((it) => it !== undefined).length;
  if (count === 0)
    errors.invalid(
      path,
      "",
      "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`",
    );
  else if (hasValue) errors.invalid(path, "", "may not be specified when `value` is not empty");
  else if (count > 1) errors.invalid(path, "", "may not have more than one field specified at a time");
}

function validateKeyRef(ref: ConfigMapKeySelector | SecretKeySelector, path: string, errors: FieldErrors): void {
  const name = ref.name ?? "";
  for (const message of subdomainName(name, false)) errors.invalid(`${path}.name`, name, message);
  if (!ref.key) errors.required(`${path}.key`);
  else checkName(configMapKey, ref.key, `${path}.key`, errors);
}

function validateFileKey(ref: FileKeySelector, path: string, errors: FieldErrors): void {
  checkRequired(ref, ["volumeName", "path", "key"], path, errors);
  if (ref.volumeName) checkDnsLabel(ref.volumeName, `${path}.volumeName`, errors);
  if (ref.path) checkLocalPath(ref.path, `${path}.path`, errors);
  if (ref.key) checkName(environmentVariableName, ref.key, `${path}.key`, errors);
}

/** Checks the ConfigMaps and Secrets of which a container gets all keys as variables. */
export function validateEnvFrom(sources: readonly EnvFromSource[], path: string, errors: FieldErrors): void {
  for (const [index, source] of sources.entries()) {
    const at = `${path}[${index}]`;
    if (source.prefix) checkName(environmentVariableName, source.prefix, `${at}.prefix`, errors);
    if (source.configMapRef) validateRefName(source.configMapRef.name, `${at}.configMapRef.name`, errors);
    if (source.secretRef) validateRefName(source.secretRef.name, `${at}.secretRef.name`, errors);
    if (!source.configMapRef && !source.secretRef)
      errors.invalid(path, "", "must specify one of: `configMapRef` or `secretRef`");
    else if (source.configMapRef && source.secretRef)
      errors.invalid(path, "", "may not have more than one field specified at a time");
  }
}

function validateRefName(name: string | undefined, path: string, errors: FieldErrors): void {
  if (!name) errors.required(path);
  else for (const message of subdomainName(name, true)) errors.invalid(path, name, message);
}
