import type { Pod, ResourceRequirements } from "../../../gen/typernetes/core/v1/pod.ts";
import { amountOf } from "./pod-requests.ts";

/** How hard a pod's resources are promised to it. */
export type QosClass = "Guaranteed" | "Burstable" | "BestEffort";

const resourceNames = ["cpu", "memory"] as const;

/** The class that follows from the specification. */
export function computeQosClass(pod: Pod): QosClass {
  const spec = pod.spec ?? {};
  const ofPod = spec.resources;
  const all = ofPod ? [ofPod] : [...(spec.containers ?? []), ...(spec.initContainers ?? [])].map((it) => it.resources);
  if (!all.some(hasAmount)) return "BestEffort";
  return all.every(isGuaranteed) ? "Guaranteed" : "Burstable";
}

function hasAmount(resources: ResourceRequirements | undefined): boolean {
  return resourceNames.some((name) => amount(name, resources?.requests) > 0 || amount(name, resources?.limits) > 0);
}

function isGuaranteed(resources: ResourceRequirements | undefined): boolean {
  return resourceNames.every((name) => {
    const limit = amount(name, resources?.limits);
    return limit > 0 && limit === amount(name, resources?.requests);
  });
}

function amount(name: "cpu" | "memory", amounts: Readonly<Record<string, string>> | undefined): number {
  const quantity = amounts?.[name];
  return quantity === undefined ? 0 : amountOf(name, quantity);
}
