import type {
  Endpoint,
  EndpointHints,
  EndpointPort,
  EndpointSlice,
} from "../../../gen/typernetes/discovery/v1/endpoint_slice.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { ipv4Address, ipv6Address } from "../../api/ip-address.ts";
import { dns1123Subdomain } from "../../api/names.ts";
import { validateLabels } from "../../api/object-meta.ts";
import { checkNotSpecialIp } from "../ip-rules.ts";
import { protocols } from "../pod-template/enumerations.ts";
import { checkDnsLabel, checkDnsSubdomain, checkName, checkOneOf, checkQualifiedName } from "../rules.ts";

const addressTypes = ["FQDN", "IPv4", "IPv6"];
const endpointsMax = 1000;
const addressesMax = 100;
const portsMax = 100;
const topologyLabelsMax = 16;
const hintsMax = 8;

/** Checks an endpoint slice. */
export function validateEndpointSlice(slice: EndpointSlice, errors: FieldErrors): void {
  const { addressType = "", endpoints = [], ports = [] } = slice;
  checkOneOf(addressType, addressTypes, "addressType", errors);
  if (endpoints.length > endpointsMax) errors.tooMany("endpoints", endpoints.length, endpointsMax);
  else
    for (const [index, endpoint] of endpoints.entries())
      validateEndpoint(endpoint, addressType, `endpoints[${index}]`, errors);
  if (ports.length > portsMax) errors.tooMany("ports", ports.length, portsMax);
  else validatePorts(ports, errors);
}

function validateEndpoint(endpoint: Endpoint, addressType: string, path: string, errors: FieldErrors): void {
  const addresses = endpoint.addresses ?? [];
  const at = `${path}.addresses`;
  if (addresses.length === 0) errors.required(at, "must contain at least 1 address");
  else if (addresses.length > addressesMax) errors.tooMany(at, addresses.length, addressesMax);
  for (const [index, address] of addresses.entries()) validateAddress(address, addressType, `${at}[${index}]`, errors);
  if (endpoint.nodeName !== undefined) checkDnsSubdomain(endpoint.nodeName, `${path}.nodeName`, errors);
  validateTopology(endpoint.deprecatedTopology ?? {}, `${path}.deprecatedTopology`, errors);
  if (endpoint.hostname !== undefined) checkDnsLabel(endpoint.hostname, `${path}.hostname`, errors);
  if (endpoint.hints) validateHints(endpoint.hints, `${path}.hints`, errors);
}

function validateAddress(address: string, type: string, path: string, errors: FieldErrors): void {
  if (type === "FQDN") validateDomain(address, path, errors);
  if (type !== "IPv4" && type !== "IPv6") return;
  checkName(type === "IPv4" ? ipv4Address : ipv6Address, address, path, errors);
  checkNotSpecialIp(address, path, errors);
}

function validateDomain(domain: string, path: string, errors: FieldErrors): void {
  if (!domain) {
    errors.required(path);
    return;
  }
  const name = domain.endsWith(".") ? domain.slice(0, -1) : domain;
  for (const message of dns1123Subdomain(name)) errors.invalid(path, domain, message);
  if (!name.includes("."))
    errors.invalid(path, domain, "should be a domain with at least two segments separated by dots");
}

function validateTopology(topology: Record<string, string>, path: string, errors: FieldErrors): void {
  const count = Object.keys(topology).length;
  if (count > topologyLabelsMax) errors.tooMany(path, count, topologyLabelsMax);
  validateLabels(topology, path, errors);
}

function validateHints(hints: EndpointHints, path: string, errors: FieldErrors): void {
  for (const field of ["forZones", "forNodes"] as const) {
    const items = hints[field] ?? [];
    if (items.length > hintsMax) {
      errors.tooMany(`${path}.${field}`, items.length, hintsMax);
      continue;
    }
    const names = items.map((it) => it.name ?? "");
    for (const [index, name] of names.entries()) {
      const at = `${path}.${field}[${index}].name`;
      if (names.indexOf(name) < index) errors.duplicate(at, name);
      else if (field === "forZones") validateLabels({ zone: name }, at, errors);
      else checkDnsSubdomain(name, at, errors);
    }
  }
}

function validatePorts(ports: readonly EndpointPort[], errors: FieldErrors): void {
  const names = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const at = `ports[${index}]`;
    const name = port.name ?? "";
    if (name) checkDnsLabel(name, `${at}.name`, errors);
    if (names.has(name)) errors.duplicate(`${at}.name`, name);
    names.add(name);
    checkOneOf(port.protocol, protocols, `${at}.protocol`, errors);
    if (port.appProtocol !== undefined) checkQualifiedName(port.appProtocol, `${at}.appProtocol`, errors);
  }
}
