import type { FieldErrors } from "../api/field-errors.ts";
import { dns1035Label, dns1123Subdomain, portNumber } from "../api/names.ts";
import { checkName } from "./rules.ts";

/** Where a webhook is: at an address, or behind a service of the cluster. */
interface WebhookClient {
  url?: string | undefined;
  service?: WebhookService | undefined;
}

interface WebhookService {
  namespace?: string | undefined;
  name?: string | undefined;
  path?: string | undefined;
  port?: number | undefined;
}

/** Versions of the messages to webhooks of which one must be known. */
export const reviewVersions = ["v1", "v1beta1"];

const form = "; desired format: https://host[/path]";
const urlParts = /^([A-Za-z][A-Za-z0-9+.-]*):(?:\/\/(?:([^/?#@]*)@)?([^/?#]*))?[^?#]*(?:\?([^#]*))?(?:#(.*))?$/s;

/** A service is asked on port 443 unless it says otherwise. */
export function defaultWebhookClient(client: WebhookClient | undefined): void {
  if (client?.service) client.service.port ??= 443;
}

/** Checks where a webhook is. */
export function validateWebhookClient({ url, service }: WebhookClient, path: string, errors: FieldErrors): void {
  if ((url === undefined) === (service === undefined))
    errors.required(path, "exactly one of url or service is required");
  else if (url !== undefined) validateUrl(url, `${path}.url`, errors);
  else if (service) validateService(service, `${path}.service`, errors);
}

function validateUrl(url: string, path: string, errors: FieldErrors): void {
  const [, scheme = "", user, host = "", query, fragment] = urlParts.exec(url) ?? [];
  if (scheme !== "https") errors.invalid(path, scheme, `'https' is the only allowed URL scheme${form}`);
  if (!host) errors.invalid(path, host, `host must be specified${form}`);
  if (user !== undefined) errors.invalid(path, user, "user information is not permitted in the URL");
  if (fragment) errors.invalid(path, fragment, "fragments are not permitted in the URL");
  if (query) errors.invalid(path, query, "query parameters are not permitted in the URL");
}

function validateService(
  { name, namespace, port = 0, path: steps }: WebhookService,
  path: string,
  errors: FieldErrors,
): void {
  if (!name) errors.required(`${path}.name`, "service name is required");
  if (!namespace) errors.required(`${path}.namespace`, "service namespace is required");
  for (const message of portNumber(port)) errors.invalid(`${path}.port`, port, `port is not valid: ${message}`);
  if (steps && steps !== "/") validateServicePath(steps, `${path}.path`, errors);
}

function validateServicePath(value: string, path: string, errors: FieldErrors): void {
  if (value === "//") {
    errors.invalid(path, value, "segment[0] may not be empty");
    return;
  }
  if (!value.startsWith("/")) errors.invalid(path, value, "must start with a '/'");
  for (const [index, step] of value.slice(1).replace(/\/$/, "").split("/").entries())
    if (!step) errors.invalid(path, value, `segment[${index}] may not be empty`);
    else for (const message of dns1123Subdomain(step)) errors.invalid(path, value, `segment[${index}]: ${message}`);
}

/** Checks which versions of messages a webhook takes; `duplicate` says that one is there twice. */
export function validateReviewVersions(
  versions: readonly string[],
  path: string,
  errors: FieldErrors,
  duplicate: (path: string, version: string) => void,
): void {
  for (const [index, version] of versions.entries())
    if (versions.indexOf(version) < index) duplicate(`${path}[${index}]`, version);
    else checkName(dns1035Label, version, `${path}[${index}]`, errors);
  if (versions.length > 0 && !versions.some((version) => reviewVersions.includes(version)))
    errors.invalid(path, versions, `must include at least one of ${reviewVersions.join(", ")}`);
}
