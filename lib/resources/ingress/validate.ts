import type {
  HTTPIngressPath,
  Ingress,
  IngressBackend,
  IngressServiceBackend,
  IngressTLS,
} from "../../../gen/typernetes/networking/v1/ingress.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { ipAddress, parseAddress } from "../../api/ip-address.ts";
import { dns1035Label, dns1123Subdomain, portName, wildcardDns1123Subdomain } from "../../api/names.ts";
import { checkPathSegment } from "../object-names.ts";
import { checkDnsSubdomain, checkName, checkPortNumber } from "../rules.ts";

const pathTypes = ["Exact", "ImplementationSpecific", "Prefix"];
const forbiddenParts = ["//", "/./", "/../", "%2f", "%2F"];
const forbiddenEnds = ["/..", "/."];
const notAddress = "must be a DNS name, not an IP address";

/** Checks an ingress. */
export function validateIngress({ spec = {} }: Ingress, errors: FieldErrors): void {
  const { rules = [], defaultBackend, tls = [], ingressClassName } = spec;
  if (rules.length === 0 && !defaultBackend)
    errors.invalid("spec", rules, "either `defaultBackend` or `rules` must be specified");
  if (defaultBackend) validateBackend(defaultBackend, "spec.defaultBackend", errors);
  for (const [index, rule] of rules.entries()) {
    const path = `spec.rules[${index}]`;
    if (rule.host) validateHost(rule.host, `${path}.host`, errors);
    if (!rule.http) continue;
    const paths = rule.http.paths ?? [];
    if (paths.length === 0) errors.required(`${path}.http.paths`);
    for (const [at, each] of paths.entries()) validatePath(each, `${path}.http.paths[${at}]`, errors);
  }
  for (const [index, item] of tls.entries()) validateTls(item, `spec.tls[${index}]`, errors);
  if (ingressClassName !== undefined) checkDnsSubdomain(ingressClassName, "spec.ingressClassName", errors);
}

function validateHost(host: string, path: string, errors: FieldErrors): void {
  if (parseAddress(host)) errors.invalid(path, host, notAddress);
  checkName(host.includes("*") ? wildcardDns1123Subdomain : dns1123Subdomain, host, path, errors);
}

function validateTls({ hosts = [], secretName }: IngressTLS, path: string, errors: FieldErrors): void {
  for (const [index, host] of hosts.entries())
    checkName(
      host.includes("*") ? wildcardDns1123Subdomain : dns1123Subdomain,
      host,
      `${path}.hosts[${index}]`,
      errors,
    );
  if (secretName) checkDnsSubdomain(secretName, `${path}.secretName`, errors);
}

function validatePath({ path = "", pathType, backend }: HTTPIngressPath, at: string, errors: FieldErrors): void {
  if (!pathType) {
    errors.required(`${at}.pathType`, "pathType must be specified");
    return;
  }
  if (!pathTypes.includes(pathType)) errors.notSupported(`${at}.pathType`, pathType, pathTypes);
  else if (pathType === "ImplementationSpecific") {
    if (path && !path.startsWith("/")) errors.invalid(`${at}.path`, path, "must be an absolute path");
  } else validateUrlPath(path, `${at}.path`, errors);
  validateBackend(backend ?? {}, `${at}.backend`, errors);
}

function validateUrlPath(path: string, at: string, errors: FieldErrors): void {
  if (!path.startsWith("/")) errors.invalid(at, path, "must be an absolute path");
  for (const part of forbiddenParts) if (path.includes(part)) errors.invalid(at, path, `must not contain '${part}'`);
  for (const end of forbiddenEnds) if (path.endsWith(end)) errors.invalid(at, path, `cannot end with '${end}'`);
}

function validateBackend({ service, resource }: IngressBackend, path: string, errors: FieldErrors): void {
  if (service && resource) errors.invalid(path, "", "cannot set both resource and service backends");
  else if (service) validateService(service, path, errors);
  else if (resource) {
    if (resource.apiGroup !== undefined) checkDnsSubdomain(resource.apiGroup, `${path}.resource.apiGroup`, errors);
    checkPathSegment(resource.kind, `${path}.resource.kind`, errors);
    checkPathSegment(resource.name, `${path}.resource.name`, errors);
  } else errors.invalid(path, "", "resource or service backend is required");
}

function validateService({ name, port = {} }: IngressServiceBackend, path: string, errors: FieldErrors): void {
  if (!name) errors.required(`${path}.service.name`);
  else checkName(dns1035Label, name, `${path}.service.name`, errors);
  if (port.name && port.number) errors.invalid(path, "", "cannot set both port name & port number");
  else if (port.name) checkName(portName, port.name, `${path}.service.port.name`, errors);
  else if (port.number) checkPortNumber(port.number, `${path}.service.port.number`, errors);
  else errors.required(path, "port name or number is required");
}

/** Checks the addresses of a status. */
export function validateIngressStatus({ status }: Ingress, _old: object, errors: FieldErrors): void {
  for (const [index, { ip, hostname }] of (status?.loadBalancer?.ingress ?? []).entries()) {
    const path = `status.loadBalancer.ingress[${index}]`;
    if (ip) checkName(ipAddress, ip, `${path}.ip`, errors);
    if (!hostname) continue;
    checkDnsSubdomain(hostname, `${path}.hostname`, errors);
    if (parseAddress(hostname)) errors.invalid(`${path}.hostname`, hostname, notAddress);
  }
}
