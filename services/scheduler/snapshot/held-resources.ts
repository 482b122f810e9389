import type { Container, ContainerStatus, Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { compareQuantities } from "../../../lib/base/quantity.ts";

type Amounts = Readonly<Record<string, string>>;

/**
 * The pod with what its containers hold as their requests: while one is resized, the more of what it wants and what it has;
 * what it has, when it wants more than its node can ever give.
 */
export function withHeldResources(pod: Pod): Pod {
  const { containerStatuses, initContainerStatuses, conditions } = pod.status ?? {};
  const statuses = [...(containerStatuses ?? []), ...(initContainerStatuses ?? [])];
  const held = new Map(statuses.flatMap((status) => (holds(status) ? [[status.name ?? "", status] as const] : [])));
  if (held.size === 0) return pod;
  const isInfeasible =
    conditions?.some(({ type, reason }) => type === "PodResizePending" && reason === "Infeasible") ?? false;
  const adjusted = (container: Container): Container => {
    const status = held.get(container.name ?? "");
    if (!status) return container;
    const wanted = isInfeasible ? [] : [container.resources?.requests ?? {}];
    const requests = most([...wanted, status.resources?.requests ?? {}, status.allocatedResources ?? {}]);
    return { ...container, resources: { ...container.resources, requests } };
  };
  const { containers = [], initContainers } = pod.spec ?? {};
  const sidecars = initContainers && { initContainers: initContainers.map(adjusted) };
  return { ...pod, spec: { ...pod.spec, containers: containers.map(adjusted), ...sidecars } };
}

function holds({ resources, allocatedResources }: ContainerStatus): boolean {
  return resources?.requests !== undefined || allocatedResources !== undefined;
}

function most(all: readonly Amounts[]): Record<string, string> {
  const result: Record<string, string> = {};
  for (const amounts of all)
    for (const [name, quantity] of Object.entries(amounts)) {
      const known = result[name];
      if (known === undefined || compareQuantities(quantity, known) > 0) result[name] = quantity;
    }
  return result;
}
