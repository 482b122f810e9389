import { randomUUID } from "node:crypto";
import type { Service } from "../../../gen/typernetes/core/v1/service.ts";
import type { IPAddress } from "../../../gen/typernetes/networking/v1/ip_address.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import { formatTime } from "../time.ts";

const familyLabel = "ipaddress.kubernetes.io/ip-family";
const managedByLabel = "ipaddress.kubernetes.io/managed-by";
const managedBy = "ipallocator.k8s.io";

/** An object that says who has an address. */
export type AddressObject = ApiObject & IPAddress;

/** Says that a service has an address. */
export function addressObject(address: string, service: Service, nowMs: number): AddressObject {
  const { namespace, name } = service.metadata ?? {};
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "IPAddress",
    metadata: { name: address, uid: randomUUID(), creationTimestamp: formatTime(nowMs), labels: labelsOf(address) },
    spec: { parentRef: { resource: "services", namespace, name } },
  };
}

/** Whether the apiserver has made it, and looks after it. */
export function isManaged({ metadata }: AddressObject): boolean {
  return metadata?.labels?.[managedByLabel] === managedBy;
}

/** Whether it has the labels by which addresses of services are found. */
export function isLabelled({ metadata }: AddressObject): boolean {
  return Object.entries(labelsOf(metadata?.name ?? "")).every(([key, value]) => metadata?.labels?.[key] === value);
}

/** `namespace/name` of the service that has the address; undefined when another kind has it. */
export function serviceKeyOf({ spec }: AddressObject): string | undefined {
  const { group, resource, namespace, name } = spec?.parentRef ?? {};
  return !group && resource === "services" ? `${namespace}/${name}` : undefined;
}

function labelsOf(address: string): Record<string, string> {
  return { [familyLabel]: address.includes(":") ? "IPv6" : "IPv4", [managedByLabel]: managedBy };
}
