import type { FieldErrors } from "../api/field-errors.ts";
import { dns1123Subdomain } from "../api/names.ts";

const notSuch = 'must be a domain-prefixed path (such as "acme.io/foo")';
const pathCharacters = /^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/;

/** Checks a name such as `example.com/controller`: a DNS name, a slash, and a path. */
export function checkDomainPrefixedPath(value: string, path: string, errors: FieldErrors): void {
  if (!value) {
    errors.required(path);
    return;
  }
  const slash = value.indexOf("/");
  const host = value.slice(0, slash);
  const rest = value.slice(slash + 1);
  if (slash <= 0 || !rest) {
    errors.invalid(path, value, notSuch);
    return;
  }
  for (const message of dns1123Subdomain(host)) errors.invalid(path, host, message);
  if (!pathCharacters.test(rest))
    errors.invalid(path, rest, `Invalid path (regex used for validation is '${pathCharacters.source.slice(1, -1)}')`);
}
