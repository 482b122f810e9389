import type { FieldErrors } from "../api/field-errors.ts";
import { dns1123Subdomain } from "../api/names.ts";
import { checkDnsSubdomain } from "./rules.ts";

const charactersMax = 63;

/** The name of a CSI driver: a DNS name, of which letters may be large. */
export function checkCsiDriverName(name: string, path: string, errors: FieldErrors): void {
  if (!name) errors.required(path);
  if (name.length > charactersMax) errors.tooLong(path, charactersMax);
  for (const message of dns1123Subdomain(name.toLowerCase())) errors.invalid(path, name, message);
}

/** The name of a driver of devices: a DNS name. */
export function checkDeviceDriverName(name: string, path: string, errors: FieldErrors): void {
  if (!name) errors.required(path);
  if (name.length > charactersMax) errors.tooLong(path, charactersMax);
  checkDnsSubdomain(name, path, errors);
}
