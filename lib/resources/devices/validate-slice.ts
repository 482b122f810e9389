import type { ResourceSliceSpec } from "../../../gen/typernetes/resource/v1/resource_slice.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { validateImmutable } from "../../api/object-meta.ts";
import { checkDeviceDriverName } from "../driver-name.ts";
import { validateNodeSelector } from "../pod-template/validate-node-selector.ts";
import { checkDnsSubdomain } from "../rules.ts";
import { checkDistinct, eachWithin } from "./each-within.ts";
import { checkPoolName } from "./names.ts";
import { validateCounters } from "./validate-counters.ts";
import { validateDevice } from "./validate-device.ts";

const devicesMax = 128;
const exactlyOne = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required";

/** Checks which devices a driver offers, and where. */
export function validateSliceSpec(spec: ResourceSliceSpec, path: string, errors: FieldErrors): void {
  const { pool = {}, devices = [] } = spec;
  checkDeviceDriverName(spec.driver ?? "", `${path}.driver`, errors);
  checkPoolName(pool.name, `${path}.pool.name`, errors);
  const { resourceSliceCount: count = 0, generation = 0 } = pool;
  if (count <= 0) errors.invalid(`${path}.pool.resourceSliceCount`, count, "must be greater than zero");
  if (generation < 0) errors.invalid(`${path}.pool.generation`, generation, "must be greater than or equal to zero");
  validatePlace(spec, path, errors);
  eachWithin(devices, devicesMax, `${path}.devices`, errors, (device, at) => validateDevice(device, spec, at, errors));
  checkDistinct(
    devices.map(({ name = "" }) => name),
    (index) => `${path}.devices[${index}].name`,
    errors,
  );
  validateCounters(spec, path, errors);
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
