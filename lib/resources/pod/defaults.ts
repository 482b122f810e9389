import type { Container, Pod, PodSpec, ResourceRequirements } from "../../../gen/typernetes/core/v1/pod.ts";
import { defaultPodSpec } from "../pod-template/defaults.ts";

/** Fills what Kubernetes fills in a pod. */
export function defaultPod(pod: Pod): void {
  const spec = pod.spec;
  if (!spec) return;
  defaultPodSpec(spec);
  spec.enableServiceLinks ??= true;
  for (const container of spec.containers ?? []) defaultPodContainer(container, spec);
  for (const container of spec.initContainers ?? []) defaultPodContainer(container, spec);
}

function defaultPodContainer(container: Container, spec: PodSpec): void {
  if (container.resources) defaultRequests(container.resources);
  if (!spec.hostNetwork) return;
  for (const port of container.ports ?? []) port.hostPort ||= port.containerPort;
}

/** Where only a limit is given, it is the request too. */
function defaultRequests(resources: ResourceRequirements): void {
  if (!resources.limits) return;
  resources.requests ??= {};
  for (const [name, limit] of Object.entries(resources.limits)) resources.requests[name] ??= limit;
}
