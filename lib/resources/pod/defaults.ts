import type { Container, Pod, PodSpec, ResourceRequirements } from "../../../gen/typernetes/core/v1/pod.ts";
import { Quantity } from "../../base/quantity.ts";
import { defaultPodSpec } from "../pod-template/defaults.ts";
import { isHugePages, isPodLevelResource } from "../pod-template/resource-names.ts";
import { containerAmounts } from "./pod-requests.ts";

const resizableResources = ["cpu", "memory"];

/** Fills what Kubernetes fills in a pod. */
export function defaultPod(pod: Pod): void {
  const spec = pod.spec;
  if (!spec) return;
  defaultPodSpec(spec);
  spec.enableServiceLinks ??= true;
  for (const container of spec.containers ?? []) defaultPodContainer(container, spec);
  for (const container of spec.initContainers ?? []) defaultPodContainer(container, spec);
  if (spec.resources?.limits) defaultPodResources(spec, spec.resources);
}

function defaultPodContainer(container: Container, spec: PodSpec): void {
  if (container.resources) defaultRequests(container.resources);
  defaultResizePolicy(container);
  if (!spec.hostNetwork) return;
  for (const port of container.ports ?? []) port.hostPort ||= port.containerPort;
}

/** Where only a limit is given, it is the request too. */
function defaultRequests(resources: ResourceRequirements): void {
  if (!resources.limits) return;
  resources.requests ??= {};
  for (const [name, limit] of Object.entries(resources.limits)) resources.requests[name] ??= limit;
}

/** What is requested may change without a restart, unless the container says otherwise. */
function defaultResizePolicy(container: Container): void {
  const policies = container.resizePolicy ?? [];
  const missing = resizableResources.filter(
    (name) =>
      container.resources?.requests?.[name] !== undefined && !policies.some((policy) => policy.resourceName === name),
  );
  if (missing.length === 0) return;
  container.resizePolicy = [
    ...policies,
    ...missing.map((resourceName) => ({ resourceName, restartPolicy: "NotRequired" })),
  ];
}

/** A pod with limits of its own requests what its containers do, or else its limit. */
function defaultPodResources(spec: PodSpec, resources: ResourceRequirements): void {
  const requests = { ...resources.requests };
  for (const [name, amount] of Object.entries(containerAmounts(spec, "requests")))
    if (isPodLevelResource(name) && !isHugePages(name)) requests[name] ??= shownAmount(name, amount);
  for (const [name, limit] of Object.entries(resources.limits ?? {}))
    if (isPodLevelResource(name)) requests[name] ??= limit;
  if (Object.keys(requests).length > 0) resources.requests = requests;
}

function shownAmount(name: string, amount: number): string {
  return (name === "cpu" ? Quantity.ofMilli(amount) : Quantity.of(amount, "BinarySI")).toString();
}
