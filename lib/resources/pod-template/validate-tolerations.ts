import type { Toleration } from "../../../gen/typernetes/core/v1/reference.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { labelValue } from "../../api/names.ts";
import { checkOptionalOneOf, checkQualifiedName } from "../rules.ts";
import { taintEffects } from "./enumerations.ts";

/** Checks which taints a pod puts up with. */
export function validateTolerations(tolerations: readonly Toleration[], path: string, errors: FieldErrors): void {
  for (const [index, toleration] of tolerations.entries()) validateToleration(toleration, `${path}[${index}]`, errors);
}

function validateToleration(toleration: Toleration, path: string, errors: FieldErrors): void {
  const { key, operator = "", value = "", effect, tolerationSeconds } = toleration;
  if (key) checkQualifiedName(key, `${path}.key`, errors);
  else if (operator !== "Exists")
    errors.invalid(
      `${path}.operator`,
      operator,
      'operator must be Exists when `key` is empty, which means "match all values and all keys"',
    );
  if (tolerationSeconds !== undefined && effect !== "NoExecute")
    errors.invalid(`${path}.effect`, effect ?? "", "effect must be 'NoExecute' when `tolerationSeconds` is set");
  validateOperator(operator, value, `${path}.operator`, errors);
  if (effect) checkOptionalOneOf(effect, taintEffects, `${path}.effect`, errors);
}

/** Kubernetes reports a wrong value at the operator; so does this. */
function validateOperator(operator: string, value: string, path: string, errors: FieldErrors): void {
  if (operator === "" || operator === "Equal") {
    const messages = labelValue(value);
    if (messages.length > 0) errors.invalid(path, value, messages.join(";"));
  } else if (operator === "Exists") {
    if (value) errors.invalid(path, value, "value must be empty when `operator` is 'Exists'");
  } else errors.notSupported(path, operator, ["Equal", "Exists"]);
}
