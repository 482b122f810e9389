import type { ContainerStatus, Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { sidecarsOf } from "../pods/pod-containers.ts";

/**
 * The phase that a pod's container statuses add up to, as Kubernetes computes it. `isEnding`: no container starts again,
 * whatever the restart policy says.
 */
export function podPhase(
  pod: Pod,
  inits: readonly ContainerStatus[],
  containers: readonly ContainerStatus[],
  isEnding: boolean,
): string {
  const policy = pod.spec?.restartPolicy ?? "Always";
  const sidecars = new Set(sidecarsOf(pod).map(({ name }) => name));
  const plain = inits.filter(({ name }) => !sidecars.has(name));
  const isEarly = inits.some((status) => (sidecars.has(status.name) ? !status.started : !isOver(status)));
  const hasStarted = containers.some((status) => kindOf(status) !== "waiting");
  if (policy === "Never" && plain.some(hasFailed)) return "Failed";
  if (!hasStarted && isEarly) return "Pending";
  const kinds = containers.map(kindOf);
  if (kinds.includes("waiting") || kinds.length === 0) return "Pending";
  if (kinds.includes("running")) return "Running";
  if (policy === "Always" && !isEnding) return "Running";
  if (containers.every((status) => status.state?.terminated?.exitCode === 0)) return "Succeeded";
  return policy === "Never" || isEnding ? "Failed" : "Running";
}

/** A container that waits for its restart counts as ended. */
function kindOf({ state, lastState }: ContainerStatus): "running" | "ended" | "waiting" {
  if (state?.running) return "running";
  return state?.terminated || lastState?.terminated ? "ended" : "waiting";
}

function hasFailed({ state, lastState }: ContainerStatus): boolean {
  const { exitCode = 0 } = state?.terminated ?? (state?.waiting && lastState?.terminated) ?? {};
  return exitCode !== 0;
}

/** An init container that has ended: well, or so that it has to be tried again. */
function isOver(status: ContainerStatus): boolean {
  return status.state?.terminated !== undefined || hasFailed(status);
}

/** Whether a pod in this phase has ended for good. */
export function isTerminal(phase: string | undefined): boolean {
  return phase === "Succeeded" || phase === "Failed";
}
