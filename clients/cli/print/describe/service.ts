import type { Service, ServicePort } from "../../../../gen/typernetes/core/v1/service.ts";
import type { EndpointSlice } from "../../../../gen/typernetes/discovery/v1/endpoint_slice.ts";
import type { Describer } from "./describe.ts";
import type { DescriptionText } from "./description-text.ts";

export const describeService: Describer = async (text, service: Service, context) => {
  const { metadata = {}, spec = {}, status } = service;
  text.field("Name", metadata.name ?? "").field("Namespace", metadata.namespace ?? "");
  text.map("Labels", metadata.labels).annotations(metadata.annotations);
  text.field("Selector", pairs(spec.selector)).field("Type", spec.type ?? "");
  if (spec.ipFamilyPolicy) text.field("IP Family Policy", spec.ipFamilyPolicy);
  if (spec.ipFamilies?.length) text.field("IP Families", spec.ipFamilies.join(","));
  text.field("IP", spec.clusterIP ?? "");
  if (spec.clusterIPs) text.field("IPs", spec.clusterIPs.join(",") || "<none>");
  if (spec.externalIPs?.length) text.field("External IPs", spec.externalIPs.join(","));
  if (spec.externalName) text.field("External Name", spec.externalName);
  const balanced = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || "");
  if (balanced.length > 0) text.field("LoadBalancer Ingress", balanced.join(", "));
  const { client } = await context.connect();
  const where = metadata.namespace ? { namespace: metadata.namespace } : {};
  const { items } = await client.discovery.v1.endpointslices.list({
    ...where,
    labelSelector: `kubernetes.io/service-name=${metadata.name}`,
    ...context.call,
  });
  for (const port of spec.ports ?? []) describePort(text, port, items);
  text.field("Session Affinity", spec.sessionAffinity ?? "");
  if (spec.externalTrafficPolicy) text.field("External Traffic Policy", spec.externalTrafficPolicy);
  if (spec.internalTrafficPolicy) text.field("Internal Traffic Policy", spec.internalTrafficPolicy);
};

function pairs(map: Readonly<Record<string, string>> | undefined): string {
  const entries = Object.entries(map ?? {}).sort(([left], [right]) => (left < right ? -1 : 1));
  return entries.map(([key, value]) => `${key}=${value}`).join(",") || "<none>";
}

function describePort(text: DescriptionText, port: ServicePort, slices: readonly EndpointSlice[]): void {
  const name = port.name || "<unset>";
  text.line(`Port:\t${name}\t${port.port}/${port.protocol ?? "TCP"}`);
  text.line(`TargetPort:\t${port.targetPort ?? ""}/${port.protocol ?? "TCP"}`);
  if (port.nodePort) text.line(`NodePort:\t${name}\t${port.nodePort}/${port.protocol ?? "TCP"}`);
  text.field("Endpoints", endpointsText(port, slices));
}

const shownMax = 3;

function endpointsText(port: ServicePort, slices: readonly EndpointSlice[]): string {
  const all = slices.flatMap(({ ports = [], endpoints = [] }) => {
    const target = ports.find(({ name = "" }) => name === (port.name ?? ""))?.port;
    const ready = endpoints.filter(({ conditions }) => conditions?.ready !== false);
    return ready.flatMap(({ addresses = [] }) => addresses.map((address) => `${address}:${target ?? 0}`));
  });
  const more = all.length - shownMax;
  return all.slice(0, shownMax).join(",") + (more > 0 ? ` + ${more} more...` : "");
}
