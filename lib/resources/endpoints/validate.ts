import type { EndpointAddress, EndpointPort, Endpoints } from "../../../gen/typernetes/core/v1/endpoints.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { checkIp, checkNotSpecialIp } from "../ip-rules.ts";
import { protocols } from "../pod-template/enumerations.ts";
import { checkDnsLabel, checkDnsSubdomain, checkOneOf, checkPortNumber, checkQualifiedName } from "../rules.ts";

/** Checks endpoints. */
export function validateEndpoints(object: Endpoints, errors: FieldErrors): void {
  for (const [index, subset] of (object.subsets ?? []).entries()) {
    const at = `subsets[${index}]`;
    if (!subset.addresses?.length && !subset.notReadyAddresses?.length)
      errors.required(at, "must specify `addresses` or `notReadyAddresses`");
    for (const field of ["addresses", "notReadyAddresses"] as const)
      for (const [position, address] of (subset[field] ?? []).entries())
        validateAddress(address, `${at}.${field}[${position}]`, errors);
    const ports = subset.ports ?? [];
    for (const [position, port] of ports.entries())
      validatePort(port, ports.length > 1, `${at}.ports[${position}]`, errors);
  }
}

function validateAddress(address: EndpointAddress, path: string, errors: FieldErrors): void {
  const ip = address.ip ?? "";
  checkIp(ip, `${path}.ip`, errors);
  if (address.hostname) checkDnsLabel(address.hostname, `${path}.hostname`, errors);
  if (address.nodeName !== undefined) checkDnsSubdomain(address.nodeName, `${path}.nodeName`, errors);
  checkNotSpecialIp(ip, `${path}.ip`, errors);
}

function validatePort(port: EndpointPort, needsName: boolean, path: string, errors: FieldErrors): void {
  if (port.name) checkDnsLabel(port.name, `${path}.name`, errors);
  else if (needsName) errors.required(`${path}.name`);
  checkPortNumber(port.port ?? 0, `${path}.port`, errors);
  checkOneOf(port.protocol, protocols, `${path}.protocol`, errors);
  if (port.appProtocol !== undefined) checkQualifiedName(port.appProtocol, `${path}.appProtocol`, errors);
}
