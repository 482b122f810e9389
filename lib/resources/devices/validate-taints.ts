import type { DeviceToleration } from "../../../gen/typernetes/resource/v1/resource_claim.ts";
import type { DeviceTaint } from "../../../gen/typernetes/resource/v1/resource_slice.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { checkLabelValue, checkOneOf, checkQualifiedName } from "../rules.ts";
import { eachWithin } from "./each-within.ts";

const taintsMax = 4;
const tolerationsMax = 16;
const effects = ["NoExecute", "NoSchedule"];

/** Checks what keeps claims away from a device. */
export function validateTaints(taints: readonly DeviceTaint[] | undefined, path: string, errors: FieldErrors): void {
  eachWithin(taints, taintsMax, path, errors, ({ key = "", value, effect }, at) => {
    checkQualifiedName(key, `${at}.key`, errors);
    if (value) checkLabelValue(value, `${at}.value`, errors);
    checkOneOf(effect, effects, `${at}.effect`, errors);
  });
}

/** Checks which taints of devices do not matter to a request. */
export function validateTolerations(
  tolerations: readonly DeviceToleration[] | undefined,
  path: string,
  errors: FieldErrors,
): void {
  eachWithin(tolerations, tolerationsMax, path, errors, ({ key, operator, value = "", effect }, at) => {
    if (key) checkQualifiedName(key, `${at}.key`, errors);
    checkOneOf(operator, ["Equal", "Exists"], `${at}.operator`, errors);
    if (operator === "Equal") checkLabelValue(value, `${at}.value`, errors);
    else if (operator === "Exists" && value)
      errors.invalid(`${at}.value`, value, "must be empty for operator `Exists`");
    if (effect && !effects.includes(effect)) errors.notSupported(`${at}.effect`, effect, effects);
  });
}
