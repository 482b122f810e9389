import type { LoadBalancerIngress, Service, ServiceSpec } from "../../../gen/typernetes/core/v1/service.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { parseAddress } from "../../api/ip-address.ts";
import { checkIp } from "../ip-rules.ts";
import { checkDnsSubdomain, checkOptionalOneOf, immutableMessage } from "../rules.ts";
import { isHeadless, needsHealthCheckPort } from "./service-type.ts";

const onceSet = "may not change once set";

/** Checks what an update does to a service: its first address and family stay as long as it has one. */
export function validateServiceUpdate(service: Service, old: Service, errors: FieldErrors): void {
  const { spec = {} } = service;
  const before = old.spec ?? {};
  if (spec.type !== "ExternalName" && before.type !== "ExternalName") {
    if (!isHeadless(service) || !isHeadless(old)) validateListChange(spec, before, "clusterIPs", "clusterIP", errors);
    if (!isHeadless(service) && !isHeadless(old)) validateListChange(spec, before, "ipFamilies", "ipFamily", errors);
  }
  if (
    spec.type === "LoadBalancer" &&
    before.type === "LoadBalancer" &&
    spec.loadBalancerClass !== before.loadBalancerClass
  )
    errors.invalid("spec.loadBalancerClass", spec.loadBalancerClass ?? null, onceSet);
  if (
    needsHealthCheckPort(service) &&
    needsHealthCheckPort(old) &&
    spec.healthCheckNodePort !== before.healthCheckNodePort
  )
    errors.forbidden("spec.healthCheckNodePort", immutableMessage);
}

/** A second address or family may come and go; the first may not. */
function validateListChange(
  spec: ServiceSpec,
  old: ServiceSpec,
  field: "clusterIPs" | "ipFamilies",
  what: string,
  errors: FieldErrors,
): void {
  const now = spec[field] ?? [];
  const before = old[field] ?? [];
  const at = `spec.${field}`;
  if (before.length === 0) return;
  if (now.length === 0) errors.invalid(`${at}[0]`, now, `primary ${what} can not be unset`);
  const kept = now.length === before.length ? before.length : 1;
  for (let index = 0; index < Math.min(kept, now.length); index++)
    if (now[index] !== before[index]) errors.invalid(`${at}[${index}]`, now, onceSet);
  if (now.length === 1 && before.length > 1 && spec.ipFamilyPolicy !== "SingleStack")
    errors.invalid(
      "spec.ipFamilyPolicy",
      spec.ipFamilyPolicy ?? null,
      `must be set to 'SingleStack' when releasing the secondary ${what}`,
    );
}

/** Checks where a load balancer says that the service is reached. */
export function validateServiceStatusUpdate(service: Service, _old: Service, errors: FieldErrors): void {
  const ingress = service.status?.loadBalancer?.ingress ?? [];
  const path = "status.loadBalancer.ingress";
  if (ingress.length > 0 && service.spec?.type !== "LoadBalancer")
    errors.forbidden(path, "may only be used when `spec.type` is 'LoadBalancer'");
  else for (const [index, item] of ingress.entries()) validateIngress(item, `${path}[${index}]`, errors);
}

function validateIngress({ ip, hostname, ipMode }: LoadBalancerIngress, path: string, errors: FieldErrors): void {
  if (ip) {
    checkIp(ip, `${path}.ip`, errors);
    if (ipMode === undefined) errors.required(`${path}.ipMode`, "must be specified when `ip` is set");
    checkOptionalOneOf(ipMode, ["Proxy", "VIP"], `${path}.ipMode`, errors);
  } else if (ipMode !== undefined) errors.forbidden(`${path}.ipMode`, "may not be specified when `ip` is not set");
  if (!hostname) return;
  checkDnsSubdomain(hostname, `${path}.hostname`, errors);
  if (parseAddress(hostname)) errors.invalid(`${path}.hostname`, hostname, "must be a DNS name, not an IP address");
}
