import type { Service, ServiceSpec } from "../../../gen/typernetes/core/v1/service.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { checkOneOf, checkOptionalOneOf, checkPortNumber } from "../rules.ts";
import { isExternallyAccessible, needsHealthCheckPort } from "./service-type.ts";

const policies = ["Cluster", "Local"];
const distributions = ["PreferClose", "PreferSameNode", "PreferSameZone"];

/** Checks which endpoints get which traffic. */
export function validateTraffic(service: Service, spec: ServiceSpec, errors: FieldErrors): void {
  validateExternal(service, spec, errors);
  if (spec.type === "ExternalName")
    checkOptionalOneOf(spec.internalTrafficPolicy, policies, "spec.internalTrafficPolicy", errors);
  else checkOneOf(spec.internalTrafficPolicy, policies, "spec.internalTrafficPolicy", errors);
  checkOptionalOneOf(spec.trafficDistribution, distributions, "spec.trafficDistribution", errors);
}

function validateExternal(service: Service, spec: ServiceSpec, errors: FieldErrors): void {
  const path = "spec.externalTrafficPolicy";
  if (isExternallyAccessible(service)) checkOneOf(spec.externalTrafficPolicy, policies, path, errors);
  else if (spec.externalTrafficPolicy)
    errors.invalid(path, spec.externalTrafficPolicy, "may only be set for externally-accessible services");
  // Where it is needed and absent it is allocated.
  if (!spec.healthCheckNodePort) return;
  if (needsHealthCheckPort(service)) checkPortNumber(spec.healthCheckNodePort, "spec.healthCheckNodePort", errors);
  else
    errors.invalid(
      "spec.healthCheckNodePort",
      spec.healthCheckNodePort,
      "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
    );
}
