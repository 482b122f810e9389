import type { HostAlias, PodDNSConfig } from "../../../gen/typernetes/core/v1/pod.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { checkIp } from "../ip-rules.ts";
import { checkDnsSubdomain } from "../rules.ts";

const nameserversMax = 3;
const searchesMax = 32;
const searchCharactersMax = 2048;

const label = "[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
const searchDomain = new RegExp(`^_?${label}(\\._?${label})*$`);

/** Checks how a pod resolves names. */
export function validateDnsConfig(
  config: PodDNSConfig | undefined,
  policy: string | undefined,
  path: string,
  errors: FieldErrors,
): void {
  const nameservers = config?.nameservers ?? [];
  if (policy === "None" && !config) errors.required(path, "must provide `dnsConfig` when `dnsPolicy` is None");
  else if (policy === "None" && nameservers.length === 0)
    errors.required(`${path}.nameservers`, "must provide at least one DNS nameserver when `dnsPolicy` is None");
  if (!config) return;
  if (nameservers.length > nameserversMax)
    errors.invalid(`${path}.nameservers`, nameservers, `must not have more than ${nameserversMax} nameservers`);
  for (const [index, server] of nameservers.entries()) checkIp(server, `${path}.nameservers[${index}]`, errors);
  validateSearches(config.searches ?? [], `${path}.searches`, errors);
  for (const [index, option] of (config.options ?? []).entries())
    if (!option.name) errors.required(`${path}.options[${index}]`, "must not be empty");
}

function validateSearches(searches: readonly string[], path: string, errors: FieldErrors): void {
  if (searches.length > searchesMax)
    errors.invalid(path, searches, `must not have more than ${searchesMax} search paths`);
  if (searches.join(" ").length > searchCharactersMax)
    errors.invalid(
      path,
      searches,
      `must not have more than ${searchCharactersMax} characters (including spaces) in the search list`,
    );
  for (const [index, search] of searches.entries()) {
    const domain = search.endsWith(".") ? search.slice(0, -1) : search;
    if (search === "." || (searchDomain.test(domain) && domain.length <= 253)) continue;
    checkDnsSubdomain(domain, `${path}[${index}]`, errors);
  }
}

/** Checks lines of a pod's hosts file. */
export function validateHostAliases(aliases: readonly HostAlias[], path: string, errors: FieldErrors): void {
  for (const [index, alias] of aliases.entries()) {
    checkIp(alias.ip ?? "", `${path}[${index}].ip`, errors);
    for (const [at, hostname] of (alias.hostnames ?? []).entries())
      checkDnsSubdomain(hostname, `${path}[${index}].hostnames[${at}]`, errors);
  }
}
