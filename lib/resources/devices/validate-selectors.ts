import type { DeviceSelector, OpaqueDeviceConfiguration } from "../../../gen/typernetes/resource/v1/device_class.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { utf8Length } from "../../api/utf8-length.ts";
import { CelCompileError } from "../../cel/compile.ts";
import { checkDeviceDriverName } from "../driver-name.ts";
import { compileDeviceSelector } from "./device-selector.ts";
import { eachWithin } from "./each-within.ts";

const selectorsMax = 32;
const expressionBytesMax = 10 * 1024;
const parametersBytesMax = 10 * 1024;

/** Checks by what devices are chosen. What is stored already was understood once, and is not compiled again. */
export function validateSelectors(
  selectors: readonly DeviceSelector[] | undefined,
  path: string,
  errors: FieldErrors,
  isStored = false,
): void {
  eachWithin(selectors, selectorsMax, path, errors, ({ cel }, at) => {
    if (!cel) errors.required(`${at}.cel`);
    else if (!cel.expression) errors.required(`${at}.cel.expression`);
    else if (cel.expression.length > expressionBytesMax) errors.tooLong(`${at}.cel.expression`, expressionBytesMax);
    else if (!isStored) checkExpression(cel.expression, `${at}.cel.expression`, errors);
  });
}

function checkExpression(expression: string, path: string, errors: FieldErrors): void {
  try {
    compileDeviceSelector(expression);
  } catch (error) {
    if (!(error instanceof CelCompileError)) throw error;
    errors.invalid(path, expression, error.message);
  }
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
