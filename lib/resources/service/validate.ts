import type { Service, ServicePort, ServiceSpec } from "../../../gen/typernetes/core/v1/service.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { cidr } from "../../api/ip-address.ts";
import { validateLabels } from "../../api/object-meta.ts";
import { checkIp, checkNotSpecialIp } from "../ip-rules.ts";
import { protocols } from "../pod-template/enumerations.ts";
import {
  checkDnsLabel,
  checkDnsSubdomain,
  checkName,
  checkOneOf,
  checkPort,
  checkPortNumber,
  checkQualifiedName,
} from "../rules.ts";
import { isHeadless, portKey } from "./service-type.ts";
import { validateClusterIps } from "./validate-cluster-ips.ts";
import { validateTraffic } from "./validate-traffic.ts";

const types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
const affinities = ["ClientIP", "None"];
const affinitySecondsMax = 86400;

/** Checks a service. */
export function validateService(service: Service, errors: FieldErrors): void {
  const { spec = {} } = service;
  if (!spec.ports?.length && !isHeadless(service) && spec.type !== "ExternalName") errors.required("spec.ports");
  validateType(service, spec, errors);
  validatePorts(spec.ports ?? [], errors);
  validateLabels(spec.selector, "spec.selector", errors);
  validateAffinity(spec, errors);
  if (spec.type !== "ExternalName") validateClusterIps(service, errors);
  for (const [index, address] of (spec.externalIPs ?? []).entries()) validateExternalIp(address, index, errors);
  checkOneOf(spec.type, types, "spec.type", errors);
  validateNodePorts(spec, errors);
  validateLoadBalancer(spec, errors);
  validateTraffic(service, spec, errors);
}

function validateType(service: Service, spec: ServiceSpec, errors: FieldErrors): void {
  if ((spec.type === "LoadBalancer" || spec.type === "NodePort") && isHeadless(service))
    errors.invalid("spec.clusterIPs[0]", "None", `may not be set to 'None' for ${spec.type} services`);
  if (spec.type !== "ExternalName") return;
  const message = "may not be set for ExternalName services";
  if (spec.clusterIPs?.length) errors.forbidden("spec.clusterIPs", message);
  if (spec.ipFamilies?.length) errors.forbidden("spec.ipFamilies", message);
  if (spec.ipFamilyPolicy !== undefined) errors.forbidden("spec.ipFamilyPolicy", message);
  const name = (spec.externalName ?? "").replace(/\.$/, "");
  if (name) checkDnsSubdomain(name, "spec.externalName", errors);
  else errors.required("spec.externalName");
}

function validatePorts(ports: readonly ServicePort[], errors: FieldErrors): void {
  const names = new Set<string>();
  const keys = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const at = `spec.ports[${index}]`;
    validatePort(port, ports.length > 1, names, at, errors);
    if (keys.has(portKey(port))) errors.duplicate(at, { protocol: port.protocol, port: port.port });
    keys.add(portKey(port));
  }
}

function validatePort(
  port: ServicePort,
  needsName: boolean,
  names: Set<string>,
  path: string,
  errors: FieldErrors,
): void {
  if (port.name) {
    checkDnsLabel(port.name, `${path}.name`, errors);
    if (names.has(port.name)) errors.duplicate(`${path}.name`, port.name);
    names.add(port.name);
  } else if (needsName) errors.required(`${path}.name`);
  checkPortNumber(port.port ?? 0, `${path}.port`, errors);
  checkOneOf(port.protocol, protocols, `${path}.protocol`, errors);
  checkPort(port.targetPort, `${path}.targetPort`, errors);
  if (port.appProtocol !== undefined) checkQualifiedName(port.appProtocol, `${path}.appProtocol`, errors);
}

function validateAffinity(spec: ServiceSpec, errors: FieldErrors): void {
  checkOneOf(spec.sessionAffinity, affinities, "spec.sessionAffinity", errors);
  const path = "spec.sessionAffinityConfig";
  if (spec.sessionAffinity === "None" && spec.sessionAffinityConfig)
    errors.forbidden(path, "must not be set when session affinity is None");
  if (spec.sessionAffinity !== "ClientIP") return;
  const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (seconds === undefined) errors.required(path, "when session affinity type is ClientIP");
  else if (seconds <= 0 || seconds > affinitySecondsMax)
    errors.invalid(
      `${path}.clientIP.timeoutSeconds`,
      seconds,
      `must be greater than 0 and less than ${affinitySecondsMax}`,
    );
}

function validateExternalIp(address: string, index: number, errors: FieldErrors): void {
  const count = errors.count;
  checkIp(address, `spec.externalIPs[${index}]`, errors);
  if (errors.count === count) checkNotSpecialIp(address, `spec.externalIPs[${index}]`, errors);
}

function validateNodePorts(spec: ServiceSpec, errors: FieldErrors): void {
  const taken = new Set<string>();
  for (const [index, port] of (spec.ports ?? []).entries()) {
    if (!port.nodePort) continue;
    const at = `spec.ports[${index}].nodePort`;
    if (spec.type === "ClusterIP") errors.forbidden(at, "may not be used when `type` is 'ClusterIP'");
    const key = `${port.protocol}/${port.nodePort}`;
    if (taken.has(key)) errors.duplicate(at, port.nodePort);
    taken.add(key);
  }
}

function validateLoadBalancer(spec: ServiceSpec, errors: FieldErrors): void {
  const isBalanced = spec.type === "LoadBalancer";
  const onlyBalanced = "may only be used when `type` is 'LoadBalancer'";
  const ranges = spec.loadBalancerSourceRanges ?? [];
  if (ranges.length > 0 && !isBalanced) errors.forbidden("spec.LoadBalancerSourceRanges", onlyBalanced);
  for (const [index, range] of ranges.entries())
    checkName(cidr, range.trim(), `spec.LoadBalancerSourceRanges[${index}]`, errors);
  if (!isBalanced && spec.allocateLoadBalancerNodePorts !== undefined)
    errors.forbidden("spec.allocateLoadBalancerNodePorts", onlyBalanced);
  if (spec.loadBalancerClass === undefined) return;
  if (isBalanced) checkQualifiedName(spec.loadBalancerClass, "spec.loadBalancerClass", errors);
  else errors.forbidden("spec.loadBalancerClass", onlyBalanced);
}
