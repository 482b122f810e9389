import type { FieldErrors } from "../api/field-errors.ts";
import { utf8Length } from "../api/utf8-length.ts";

const parametersMax = 512;
const bytesMax = 256 * 1024;

/** What a class tells its driver, and what a driver says of a volume: names have a value, and all stays small. */
export function checkParameters(parameters: Readonly<Record<string, string>>, path: string, errors: FieldErrors): void {
  const entries = Object.entries(parameters);
  if (entries.length > parametersMax) {
    errors.tooLong(path, parametersMax);
    return;
  }
  checkParameterSizes(parameters, path, errors);
}

/** As `checkParameters`, however many there are. */
export function checkParameterSizes(
  parameters: Readonly<Record<string, string>>,
  path: string,
  errors: FieldErrors,
): void {
  let bytes = 0;
  for (const [name, value] of Object.entries(parameters)) {
    if (name === "") errors.invalid(path, name, "field can not be empty.");
    bytes += utf8Length(name) + utf8Length(value);
  }
  if (bytes > bytesMax) errors.tooLong(path, bytesMax);
}
