import { type ClusterState, isFinished, isReady, isSelected, nameOf } from "./cluster-state.ts";
import type { Invariant } from "./invariants.ts";

/** What is to hold of addresses, ports and endpoints. */
export const addressInvariants: readonly Invariant[] = [
  { name: "no pod's address is used twice", broken: ({ pods }) => twice(pods.filter(hasOwnAddress), podAddresses) },
  { name: "no service's address is used twice", broken: ({ services }) => twice(services, serviceAddresses) },
  { name: "no node port is used twice", broken: ({ services }) => twice(services, nodePorts) },
  { name: "slices name the ready pods of their services", broken: slices },
];

type Named = Parameters<typeof nameOf>[0];

function twice<T extends Named>(objects: readonly T[], usesOf: (object: T) => string[]): string[] {
  const users = new Map<string, string[]>();
  for (const object of objects)
    for (const used of usesOf(object)) users.set(used, [...(users.get(used) ?? []), nameOf(object)]);
  return [...users].filter(([, names]) => names.length > 1).map(([used, names]) => `${used} of ${names.join(", ")}`);
}

function hasOwnAddress(pod: ClusterState["pods"][number]): boolean {
  return !pod.spec?.hostNetwork && !isFinished(pod);
}

function podAddresses({ status }: ClusterState["pods"][number]): string[] {
  return status?.podIPs?.flatMap(({ ip }) => ip ?? []) ?? [];
}

function serviceAddresses({ spec }: ClusterState["services"][number]): string[] {
  return (spec?.clusterIPs ?? []).filter((address) => address !== "None");
}

function nodePorts({ spec }: ClusterState["services"][number]): string[] {
  return spec?.ports?.flatMap(({ nodePort, protocol }) => (nodePort ? [`${nodePort}/${protocol}`] : [])) ?? [];
}

function slices({ services, slices, pods }: ClusterState): string[] {
  return services.flatMap((service) => {
    const { metadata, spec } = service;
    if (!spec?.selector || Object.keys(spec.selector).length === 0 || spec.type === "ExternalName") return [];
    const wanted = pods
      .filter(
        (pod) => pod.metadata?.namespace === metadata?.namespace && isSelected(pod, spec.selector) && isReady(pod),
      )
      .flatMap(podAddresses);
    const told = slices
      .filter(
        (slice) =>
          slice.metadata?.namespace === metadata?.namespace &&
          slice.metadata?.labels?.["kubernetes.io/service-name"] === metadata?.name,
      )
      .flatMap(({ endpoints }) => endpoints ?? [])
      .filter(({ conditions }) => conditions?.ready)
      .flatMap(({ addresses }) => addresses ?? []);
    return told.sort().join() === wanted.sort().join()
      ? []
      : [`Service ${nameOf(service)}: slices have ${told}, ready pods ${wanted}`];
  });
}
