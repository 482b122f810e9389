import type {
  CapacityRequestPolicy,
  CapacityRequestPolicyRange,
  DeviceCapacity,
} from "../../../gen/typernetes/resource/v1/resource_slice.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { Quantity } from "../../base/quantity.ts";
import { notPositiveMessage } from "../rules.ts";
import { eachWithin } from "./each-within.ts";

const optionsMax = 10;

/** Checks how much of something a device has, and how it is divided where it is shared. */
export function validateCapacity(
  { value = "0", requestPolicy: policy }: DeviceCapacity,
  isShared: boolean,
  path: string,
  errors: FieldErrors,
): void {
  const at = `${path}.requestPolicy`;
  if (!policy) return;
  if (!isShared) {
    errors.forbidden(at, "allowMultipleAllocations must be true");
    return;
  }
  const { validValues = [], validRange, default: normal } = policy;
  if (validValues.length > 0 && validRange)
    errors.forbidden(
      at,
      'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time',
    );
  else if (normal === undefined) requireDefault(policy, at, errors);
  else if (validValues.length > 0) validateOptions(validValues, normal, value, `${at}.validValues`, errors);
  else if (validRange) validateRange(validRange, normal, value, `${at}.validRange`, errors);
}

function requireDefault({ validValues = [], validRange }: CapacityRequestPolicy, path: string, errors: FieldErrors) {
  if (validValues.length > 0) errors.required(`${path}.default`, "required when validValues is defined");
  else if (validRange) errors.required(`${path}.default`, "required when validRange is defined");
}

function validateOptions(
  options: readonly string[],
  normal: string,
  capacity: string,
  path: string,
  errors: FieldErrors,
): void {
  const seen = new Set<bigint>();
  eachWithin(options, optionsMax, path, errors, (option, at) => {
    const amount = nano(option);
    if (amount < ([...seen].at(-1) ?? amount)) errors.invalid(at, option, "values must be sorted in ascending order");
    if (amount > nano(capacity)) errors.invalid(at, option, `option is larger than capacity value: ${capacity}`);
    if (seen.has(amount)) errors.duplicate(at, option);
    seen.add(amount);
  });
  if (!seen.has(nano(normal)))
    errors.invalid(path, normal, "default value is not valid according to the requestPolicy");
}

function validateRange(
  { min, max, step }: CapacityRequestPolicyRange,
  normal: string,
  capacity: string,
  path: string,
  errors: FieldErrors,
): void {
  if (min === undefined) {
    errors.required(`${path}.min`, "required when validRange is defined");
    return;
  }
  const check = (isBroken: boolean, field: string, value: string, detail: string) => {
    if (isBroken) errors.invalid(`${path}.${field}`, value, detail);
  };
  check(nano(min) > nano(capacity), "min", min, `min is larger than capacity value: ${capacity}`);
  check(nano(normal) < nano(min), "default", normal, `default is less than min: ${min}`);
  if (max !== undefined) {
    check(nano(min) > nano(max), "max", min, `min is larger than max: ${max}`);
    check(nano(max) > nano(capacity), "max", max, `max is larger than capacity value: ${capacity}`);
    check(nano(normal) > nano(max), "default", normal, `default is more than max: ${max}`);
  }
  if (step === undefined) return;
  if (nano(step) <= 0n) {
    errors.invalid(`${path}.step`, step, notPositiveMessage);
    return;
  }
  const once = new Quantity(nano(min) + nano(step), Quantity.parse(min).format);
  check(once.nano > nano(capacity), "step", step, `one step ${once} is larger than capacity value: ${capacity}`);
  for (const value of max === undefined ? [normal] : [normal, max])
    check(
      (nano(value) - nano(min)) % nano(step) !== 0n,
      "step",
      value,
      `value is not a multiple of a given step (${step}) from (${min})`,
    );
}

function nano(quantity: string): bigint {
  return Quantity.parse(quantity).nano;
}
