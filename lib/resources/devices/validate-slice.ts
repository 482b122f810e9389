import type { Device, DeviceAttribute, ResourceSliceSpec } from "../../../gen/typernetes/resource/v1/resource_slice.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { validateImmutable } from "../../api/object-meta.ts";
import { checkDeviceDriverName } from "../driver-name.ts";
import { validateNodeSelector } from "../pod-template/validate-node-selector.ts";
import { checkDnsSubdomain } from "../rules.ts";
import { checkDistinct, eachWithin } from "./each-within.ts";
import { checkAttributeName, checkLabelName, checkPoolName } from "./names.ts";

const devicesMax = 128;
const attributesMax = 32;
const attributeCharactersMax = 64;
const exactlyOne = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required";
const oneValue = "exactly one value must be specified";
const semanticVersion =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?$/;

/** Checks which devices a driver offers, and where. */
export function validateSliceSpec(spec: ResourceSliceSpec, path: string, errors: FieldErrors): void {
  const { pool = {}, devices = [] } = spec;
  checkDeviceDriverName(spec.driver ?? "", `${path}.driver`, errors);
  checkPoolName(pool.name, `${path}.pool.name`, errors);
  const { resourceSliceCount: count = 0, generation = 0 } = pool;
  if (count <= 0) errors.invalid(`${path}.pool.resourceSliceCount`, count, "must be greater than zero");
  if (generation < 0) errors.invalid(`${path}.pool.generation`, generation, "must be greater than or equal to zero");
  validatePlace(spec, path, errors);
  eachWithin(devices, devicesMax, `${path}.devices`, errors, (device, at) => validateDevice(device, at, errors));
  checkDistinct(
    devices.map(({ name = "" }) => name),
    (index) => `${path}.devices[${index}].name`,
    errors,
  );
}

/** Checks what an update does: whose devices they are, and where, stays. */
export function validateSliceUpdate(spec: ResourceSliceSpec, old: ResourceSliceSpec, errors: FieldErrors): void {
  validateImmutable(spec.pool?.name, old.pool?.name, "spec.pool.name", errors);
  validateImmutable(spec.driver, old.driver, "spec.driver", errors);
  validateImmutable(spec.nodeName, old.nodeName, "spec.nodeName", errors);
}

function validatePlace(spec: ResourceSliceSpec, path: string, errors: FieldErrors): void {
  const { nodeName, nodeSelector } = spec;
  if (nodeName === "")
    errors.invalid(`${path}.nodeName`, nodeName, "must be either unset or set to a non-empty string");
  else if (nodeName) checkDnsSubdomain(nodeName, `${path}.nodeName`, errors);
  if (nodeSelector) {
    const terms = nodeSelector.nodeSelectorTerms ?? [];
    validateNodeSelector(nodeSelector, `${path}.nodeSelector`, errors);
    if (terms.length !== 1)
      errors.invalid(`${path}.nodeSelector.nodeSelectorTerms`, terms, "must have exactly one node selector term");
  }
  for (const field of ["allNodes", "perDeviceNodeSelection"] as const)
    if (spec[field] === false) errors.invalid(`${path}.${field}`, false, "must be either unset or set to true");
  const places = ["nodeName", "nodeSelector", "allNodes", "perDeviceNodeSelection"] as const;
  const given = places.filter((field) => spec[field]);
  if (given.length === 0) errors.required(path, exactlyOne);
  if (given.length > 1)
    errors.invalid(
      path,
      `{${given.map((field) => `\`${field}\``).join(", ")}}`,
      `${exactlyOne}, but multiple fields are set`,
    );
}

function validateDevice({ name, attributes = {}, capacity = {} }: Device, path: string, errors: FieldErrors): void {
  checkLabelName(name, `${path}.name`, errors);
  const count = Object.keys(attributes).length + Object.keys(capacity).length;
  if (count > attributesMax)
    errors.invalid(path, count, `the total number of attributes and capacities must not exceed ${attributesMax}`);
  for (const [key, attribute] of Object.entries(attributes)) {
    checkAttributeName(key, `${path}.attributes`, errors);
    validateAttribute(attribute, `${path}.attributes[${key}]`, errors);
  }
  for (const key of Object.keys(capacity)) checkAttributeName(key, `${path}.capacity`, errors);
}

function validateAttribute(attribute: DeviceAttribute, path: string, errors: FieldErrors): void {
  const given = Object.values(attribute).filter((value) => value !== undefined);
  if (given.length === 0) errors.required(path, oneValue);
  if (given.length > 1) errors.invalid(path, attribute, oneValue);
  for (const field of ["string", "version"] as const)
    if ((attribute[field] ?? "").length > attributeCharactersMax)
      errors.tooLong(`${path}.${field}`, attributeCharactersMax);
  const { version } = attribute;
  if (version !== undefined && !semanticVersion.test(version))
    errors.invalid(`${path}.version`, version, "must be a string compatible with semver.org spec 2.0.0");
}
