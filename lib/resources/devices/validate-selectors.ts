import type { DeviceSelector, OpaqueDeviceConfiguration } from "../../../gen/typernetes/resource/v1/device_class.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { utf8Length } from "../../api/utf8-length.ts";
import { checkDeviceDriverName } from "../driver-name.ts";
import { eachWithin } from "./each-within.ts";

const selectorsMax = 32;
const expressionBytesMax = 10 * 1024;
const parametersBytesMax = 10 * 1024;

/** Checks by what devices are chosen. Expressions are compiled by who evaluates them. */
export function validateSelectors(
  selectors: readonly DeviceSelector[] | undefined,
  path: string,
  errors: FieldErrors,
): void {
  eachWithin(selectors, selectorsMax, path, errors, ({ cel }, at) => {
    if (!cel) errors.required(`${at}.cel`);
    else if (!cel.expression) errors.required(`${at}.cel.expression`);
    else if (cel.expression.length > expressionBytesMax) errors.tooLong(`${at}.cel.expression`, expressionBytesMax);
  });
}

/** Checks what a driver is told of its devices. */
export function validateConfiguration(
  { opaque }: { opaque?: OpaqueDeviceConfiguration | undefined },
  path: string,
  errors: FieldErrors,
): void {
  if (!opaque) {
    errors.required(`${path}.opaque`);
    return;
  }
  const at = `${path}.opaque.parameters`;
  const parameters: unknown = opaque.parameters;
  checkDeviceDriverName(opaque.driver ?? "", `${path}.opaque.driver`, errors);
  if (parameters === undefined) errors.required(at);
  else if (typeof parameters !== "object" || parameters === null || Array.isArray(parameters))
    errors.invalid(at, "<value omitted>", "parameters must be a valid JSON object");
  else if (utf8Length(JSON.stringify(parameters)) > parametersBytesMax) errors.tooLong(at, parametersBytesMax);
}
