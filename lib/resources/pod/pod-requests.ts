import type { Container, Pod, PodSpec, ResourceRequirements } from "../../../gen/typernetes/core/v1/pod.ts";
import { quantityMilliValue, quantityValue } from "../../base/quantity.ts";
import { isPodLevelResource } from "../pod-template/resource-names.ts";

/** Amounts by resource: `cpu` in thousandths, everything else in whole units (bytes, devices). */
export interface ResourceAmounts {
  [resource: string]: number;
}

type Side = "requests" | "limits";

/**
 * What a pod takes of its node: the more of its containers together and of its greediest init container (each beside the
 * sidecars that run by then), or what the pod names for itself, and its overhead.
 */
export function podRequests(pod: Pod): ResourceAmounts {
  const total = effectiveAmounts(pod.spec ?? {}, "requests");
  addAll(total, pod.spec?.overhead);
  return total;
}

/** The most that a pod may use, reckoned as `podRequests`. A resource for which a container has no limit may be missing. */
export function podLimits(pod: Pod): ResourceAmounts {
  const total = effectiveAmounts(pod.spec ?? {}, "limits");
  // Overhead is added only where there is a limit: without one there is nothing that it could burst.
  for (const [name, amount] of Object.entries(pod.spec?.overhead ?? {}))
    if (total[name]) total[name] += amountOf(name, amount);
  return total;
}

/** What the containers of a pod take together, without what the pod names for itself and without overhead. */
export function containerAmounts(spec: PodSpec, side: Side): ResourceAmounts {
  const total: ResourceAmounts = {};
  for (const container of spec.containers ?? []) addAll(total, container.resources?.[side]);
  if (spec.initContainers?.length) addInitContainers(total, spec.initContainers, side);
  return total;
}

/** The amount of a resource as a number: `cpu` in thousandths, everything else in whole units. */
export function amountOf(name: string, quantity: string): number {
  return name === "cpu" ? quantityMilliValue(quantity) : quantityValue(quantity);
}

function effectiveAmounts(spec: PodSpec, side: Side): ResourceAmounts {
  const total = containerAmounts(spec, side);
  const ofPod: ResourceRequirements = spec.resources ?? {};
  for (const [name, amount] of Object.entries(ofPod[side] ?? {}))
    if (isPodLevelResource(name)) total[name] = amountOf(name, amount);
  return total;
}

function addInitContainers(total: ResourceAmounts, initContainers: readonly Container[], side: Side): void {
  const sidecars: ResourceAmounts = {};
  const peak: ResourceAmounts = {};
  for (const container of initContainers) {
    const amounts = container.resources?.[side];
    if (container.restartPolicy === "Always") {
      addAll(sidecars, amounts);
      addAll(total, amounts);
      raiseTo(peak, sidecars);
    } else {
      const together = { ...sidecars };
      addAll(together, amounts);
      raiseTo(peak, together);
    }
  }
  raiseTo(total, peak);
}

function addAll(total: ResourceAmounts, amounts: Readonly<Record<string, string>> | undefined): void {
  if (!amounts) return;
  for (const [name, quantity] of Object.entries(amounts)) total[name] = (total[name] ?? 0) + amountOf(name, quantity);
}

function raiseTo(total: ResourceAmounts, peak: ResourceAmounts): void {
  for (const [name, amount] of Object.entries(peak)) if (amount > (total[name] ?? 0)) total[name] = amount;
}
