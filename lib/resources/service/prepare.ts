import type { Service, ServiceSpec } from "../../../gen/typernetes/core/v1/service.ts";
import { dropStatus, keepStatus } from "../status-rules.ts";
import {
  isExternallyAccessible,
  needsClusterIp,
  needsHealthCheckPort,
  needsNodePort,
  portKey,
} from "./service-type.ts";

/** A client may give the one address or the list; the list begins with the one. */
export function prepareServiceForCreate(service: Service): void {
  dropStatus(service);
  const spec = service.spec;
  if (spec?.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP];
}

/** What was allocated stays unless the client changes it; what only the former type had goes with that type. */
export function prepareServiceForUpdate(service: Service, old: Service): void {
  keepStatus(service, old);
  const spec = service.spec;
  const before = old.spec;
  if (!spec || !before) return;
  keepAllocated(service, old, spec, before);
  alignAddresses(spec, before);
  dropOfFormerType(service, old, spec, before);
}

function keepAllocated(service: Service, old: Service, spec: ServiceSpec, before: ServiceSpec): void {
  if (needsClusterIp(service) && needsClusterIp(old)) {
    spec.clusterIP ||= before.clusterIP;
    if (!spec.clusterIPs?.length && spec.clusterIP === before.clusterIP) spec.clusterIPs = before.clusterIPs;
  }
  if (needsNodePort(service) && needsNodePort(old)) keepNodePorts(spec, before);
  if (needsHealthCheckPort(service) && needsHealthCheckPort(old))
    spec.healthCheckNodePort ||= before.healthCheckNodePort;
}

function keepNodePorts(spec: ServiceSpec, before: ServiceSpec): void {
  const given = new Set((spec.ports ?? []).map((port) => port.nodePort));
  const former = new Map((before.ports ?? []).map((port) => [portKey(port), port.nodePort]));
  for (const port of spec.ports ?? []) {
    const nodePort = former.get(portKey(port));
    if (!port.nodePort && nodePort && !given.has(nodePort)) port.nodePort = nodePort;
  }
}

function alignAddresses(spec: ServiceSpec, before: ServiceSpec): void {
  if (spec.clusterIP === before.clusterIP) {
    if (!spec.clusterIPs?.length) spec.clusterIPs = before.clusterIPs;
  } else if (isSameList(spec.clusterIPs, before.clusterIPs))
    spec.clusterIPs = spec.clusterIP ? [spec.clusterIP] : undefined;
}

function dropOfFormerType(service: Service, old: Service, spec: ServiceSpec, before: ServiceSpec): void {
  if (needsClusterIp(old) && !needsClusterIp(service)) {
    if (isSameList(spec.clusterIPs, before.clusterIPs)) {
      delete spec.clusterIP;
      delete spec.clusterIPs;
    }
    if (isSameList(spec.ipFamilies, before.ipFamilies)) delete spec.ipFamilies;
    if (spec.ipFamilyPolicy === before.ipFamilyPolicy) delete spec.ipFamilyPolicy;
  }
  if (needsNodePort(old) && !needsNodePort(service) && isSameList(nodePorts(spec), nodePorts(before)))
    for (const port of spec.ports ?? []) delete port.nodePort;
  if (needsHealthCheckPort(old) && !needsHealthCheckPort(service)) dropIfSame(spec, before, "healthCheckNodePort");
  if (before.type === "LoadBalancer" && spec.type !== "LoadBalancer") {
    dropIfSame(spec, before, "allocateLoadBalancerNodePorts");
    dropIfSame(spec, before, "loadBalancerClass");
  }
  if (before.type === "ExternalName" && spec.type !== "ExternalName") dropIfSame(spec, before, "externalName");
  if (isExternallyAccessible(old) && !isExternallyAccessible(service))
    dropIfSame(spec, before, "externalTrafficPolicy");
}

function dropIfSame(spec: ServiceSpec, before: ServiceSpec, field: keyof ServiceSpec): void {
  if (spec[field] === before[field]) delete spec[field];
}

function nodePorts(spec: ServiceSpec): number[] {
  return (spec.ports ?? []).map((port) => port.nodePort ?? 0);
}

function isSameList(left: readonly unknown[] = [], right: readonly unknown[] = []): boolean {
  return left.length === right.length && left.every((item, index) => item === right[index]);
}
