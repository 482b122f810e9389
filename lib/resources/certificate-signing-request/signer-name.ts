import type { FieldErrors } from "../../api/field-errors.ts";
import { dns1123Label, dns1123Subdomain } from "../../api/names.ts";

const domainMax = 253;
const labelMax = 63;
const nameMax = domainMax + 1 + domainMax + labelMax + 1;

/** Checks the name of a signer: a domain, a slash, and what it signs. */
export function validateSignerName(name: string, path: string, errors: FieldErrors): void {
  if (!name) {
    errors.required(path);
    return;
  }
  const [domain = "", rest, ...more] = name.split("/");
  if (rest === undefined || more.length > 0) {
    errors.invalid(path, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'");
    return;
  }
  if (domain.length > domainMax) errors.tooLong(path, domainMax);
  const labels = domain.split(".");
  for (const label of labels)
    for (const message of dns1123Label(label)) errors.invalid(path, domain, inLabel(label, message));
  if (labels.length < 2)
    errors.invalid(path, domain, "should be a domain with at least two segments separated by dots");
  for (const label of rest.split("."))
    for (const message of dns1123Subdomain(label)) errors.invalid(path, rest, inLabel(label, message));
  if (name.length > nameMax) errors.tooLong(path, nameMax);
}

function inLabel(label: string, message: string): string {
  return `validating label ${JSON.stringify(label)}: ${message}`;
}
