import type { FieldErrors } from "../../api/field-errors.ts";
import { checkDeviceDriverName } from "../driver-name.ts";
import { checkDnsLabel, checkDnsSubdomain } from "../rules.ts";

const poolNameMax = 253;
const identifierMax = 32;
const identifier = /^[A-Za-z_][A-Za-z0-9_]*$/;
const notIdentifier =
  "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')";

/** The name of a request or of a device. */
export function checkLabelName(name: string | undefined, path: string, errors: FieldErrors): void {
  if (!name) errors.required(path);
  else checkDnsLabel(name, path, errors);
}

/** The name of a class of devices. */
export function checkClassName(name: string | undefined, path: string, errors: FieldErrors): void {
  if (!name) errors.required(path);
  else checkDnsSubdomain(name, path, errors);
}

/** The name of a pool: DNS names between slashes. */
export function checkPoolName(name: string | undefined, path: string, errors: FieldErrors): void {
  if (!name) {
    errors.required(path);
    return;
  }
  if (name.length > poolNameMax) errors.tooLong(path, poolNameMax);
  for (const part of name.split("/")) checkDnsSubdomain(part, path, errors);
}

/** The name of an attribute with the driver that it belongs to. */
export function checkFullName(name: string, path: string, errors: FieldErrors): void {
  if (!name) errors.required(path, "name required");
  else if (!name.includes("/")) errors.invalid(path, name, "must include a domain");
  checkAttributeName(name, path, errors);
}

/** The name of an attribute, perhaps after a domain and a slash. */
export function checkAttributeName(name: string, path: string, errors: FieldErrors): void {
  if (!name) return;
  const slash = name.indexOf("/");
  const domain = name.slice(0, Math.max(slash, 0));
  const rest = name.slice(slash + 1);
  if (slash === 0) errors.required(path, "the domain must not be empty");
  else if (slash > 0) checkDeviceDriverName(domain, path, errors);
  if (!rest) {
    errors.required(path, "the name must not be empty");
    return;
  }
  if (rest.length > identifierMax) errors.tooLong(path, identifierMax);
  if (!identifier.test(rest)) errors.invalid(path, rest, notIdentifier);
}
