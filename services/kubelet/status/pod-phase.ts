import type { ContainerStatus, Pod } from "../../../gen/typernetes/core/v1/pod.ts";

/** The phase that a pod's container statuses add up to, as Kubernetes computes it. */
export function podPhase(pod: Pod, inits: readonly ContainerStatus[], containers: readonly ContainerStatus[]): string {
  const policy = pod.spec?.restartPolicy ?? "Always";
  const failedInit = inits.some((status) => (status.state?.terminated?.exitCode ?? 0) !== 0);
  if (failedInit && policy === "Never") return "Failed";
  const initialised = inits.every((status) => status.state?.terminated?.exitCode === 0) || containers.some(hasStarted);
  if (!initialised) return "Pending";
  const waiting = containers.filter((status) => !status.state?.running && !status.state?.terminated);
  const unstarted = waiting.filter((status) => !status.lastState?.terminated);
  if (unstarted.length > 0) return "Pending";
  if (containers.some((status) => status.state?.running) || waiting.length > 0 || policy === "Always") return "Running";
  const failed = containers.some((status) => status.state?.terminated?.exitCode !== 0);
  if (!failed) return "Succeeded";
  return policy === "OnFailure" ? "Running" : "Failed";
}

function hasStarted(status: ContainerStatus): boolean {
  return (
    status.state?.running !== undefined ||
    status.state?.terminated !== undefined ||
    status.lastState?.terminated !== undefined
  );
}
