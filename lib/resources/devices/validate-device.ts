import type { Device, DeviceAttribute, ResourceSliceSpec } from "../../../gen/typernetes/resource/v1/resource_slice.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { validateNodeSelector } from "../pod-template/validate-node-selector.ts";
import { checkDnsSubdomain, checkQualifiedName } from "../rules.ts";
import { checkDistinct, eachWithin } from "./each-within.ts";
import { checkAttributeName, checkLabelName } from "./names.ts";
import { validateCapacity } from "./validate-capacity.ts";
import { validateConsumption } from "./validate-counters.ts";
import { validateTaints } from "./validate-taints.ts";

const attributesMax = 32;
const attributeCharactersMax = 64;
const conditionsMax = 4;
const oneValue = "exactly one value must be specified";
const onePlace =
  "exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec";
const noPlace =
  "`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec";
const semanticVersion =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?$/;

/** Checks one device of a slice. */
export function validateDevice(
  device: Device,
  { sharedCounters, perDeviceNodeSelection }: ResourceSliceSpec,
  path: string,
  errors: FieldErrors,
): void {
  const { attributes = {}, capacity = {} } = device;
  checkLabelName(device.name, `${path}.name`, errors);
  const count = Object.keys(attributes).length + Object.keys(capacity).length;
  if (count > attributesMax)
    errors.invalid(path, count, `the total number of attributes and capacities must not exceed ${attributesMax}`);
  for (const [key, attribute] of Object.entries(attributes)) {
    checkAttributeName(key, `${path}.attributes`, errors);
    validateAttribute(attribute, `${path}.attributes[${key}]`, errors);
  }
  for (const [key, amount] of Object.entries(capacity)) {
    checkAttributeName(key, `${path}.capacity`, errors);
    validateCapacity(amount, device.allowMultipleAllocations === true, `${path}.capacity[${key}]`, errors);
  }
  validateTaints(device.taints, `${path}.taints`, errors);
  validateConsumption(device, sharedCounters, path, errors);
  if (perDeviceNodeSelection) validatePlace(device, path, errors);
  else if (device.nodeName !== undefined || device.nodeSelector || device.allNodes !== undefined)
    errors.invalid(path, null, noPlace);
  validateBindingConditions(device, path, errors);
}

/** Checks the conditions that have to hold, and those that must not, before a pod comes to a device. */
export function validateBindingConditions(
  {
    bindingConditions = [],
    bindingFailureConditions = [],
  }: Pick<Device, "bindingConditions" | "bindingFailureConditions">,
  path: string,
  errors: FieldErrors,
): void {
  const [good, bad] = [`${path}.bindingConditions`, `${path}.bindingFailureConditions`];
  const checkNames = (names: readonly string[], at: string) => {
    eachWithin(names, conditionsMax, at, errors, (name, where) => checkQualifiedName(name, where, errors));
    checkDistinct(names, (index) => `${at}[${index}]`, errors);
  };
  checkNames(bindingConditions, good);
  checkNames(bindingFailureConditions, bad);
  for (const [index, name] of bindingFailureConditions.entries())
    if (bindingConditions.includes(name))
      errors.invalid(`${bad}[${index}]`, name, "bindingFailureConditions must not overlap with bindingConditions");
  if (bindingConditions.length === 0 && bindingFailureConditions.length > 0)
    errors.invalid(good, bindingConditions, "bindingConditions are required to use bindingFailureConditions");
  if (bindingFailureConditions.length === 0 && bindingConditions.length > 0)
    errors.invalid(bad, bindingFailureConditions, "bindingFailureConditions are required to use bindingConditions");
}

function validatePlace({ nodeName, nodeSelector, allNodes }: Device, path: string, errors: FieldErrors): void {
  if (nodeName === "") errors.invalid(`${path}.nodeName`, nodeName, "must not be empty");
  else if (nodeName) checkDnsSubdomain(nodeName, `${path}.nodeName`, errors);
  if (nodeSelector) validateNodeSelector(nodeSelector, `${path}.nodeSelector`, errors);
  if (allNodes === false) errors.invalid(`${path}.allNodes`, false, "must be either unset or set to true");
  const given = Object.entries({ nodeName, nodeSelector, allNodes }).filter(([, value]) => value);
  const fields = given.map(([field]) => `\`${field}\``).join(", ");
  if (given.length === 0) errors.required(path, onePlace);
  if (given.length > 1) errors.invalid(path, `{${fields}}`, onePlace);
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
