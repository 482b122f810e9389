import type { Container } from "../../../gen/typernetes/core/v1/pod.ts";
import { preStopOf } from "../lifecycle/pre-stop.ts";
import { isSidecar } from "../pods/pod-containers.ts";
import { current, podIP } from "../pods/runtime-view.ts";
import type { ContainerStatus } from "../runtimes/runtime.ts";
import type { PodPass } from "./hook.ts";
import { startContainer } from "./start-container.ts";

/** Starts a container, also again after its end as the restart policy says. Whether anything was changed at the runtime. */
export async function ensureContainer(pass: PodPass, container: Container): Promise<boolean> {
  const status = current(pass.observed, container.name ?? "");
  if (status?.state === "Running") {
    stopIfUnfit(pass, container, status);
    return false;
  }
  if (status?.state === "Exited" && !restartsAfter(pass, container, status)) return false;
  return startContainer(pass, container, status);
}

/** Whether all of the pod's own containers have ended, and none of them starts again. */
export function isOver(pass: PodPass): boolean {
  const containers = pass.pod.spec?.containers ?? [];
  return containers.every((container) => {
    const status = current(pass.observed, container.name ?? "");
    return status?.state === "Exited" && !restartsAfter(pass, container, status);
  });
}

/** Stops a container that a probe has given up, or that is not what the pod asks for any more; its end starts the next. */
function stopIfUnfit(pass: PodPass, container: Container, status: ContainerStatus): void {
  const failed = pass.probes.failedProbe(status.id);
  const why = failed ? `failed ${failed.kind} probe` : hasChanged(container, status) ? "definition changed" : undefined;
  if (!why) return;
  const { spec } = pass.pod;
  const graceSeconds = failed?.terminationGracePeriodSeconds ?? spec?.terminationGracePeriodSeconds ?? 30;
  const preStop = preStopOf(pass.node, pass.pod, podIP(pass.node.options.place, pass.observed), status);
  if (!pass.stops.stop(status.id, graceSeconds, preStop)) return;
  const fate = policyOf(pass, container) === "Never" ? "" : ", will be restarted";
  pass.node.recorder.event(pass.pod, "Normal", "Killing", `Container ${container.name} ${why}${fate}`);
}

/** The image is all of a container that may be changed. */
function hasChanged(container: Container, status: ContainerStatus): boolean {
  return status.image !== container.image;
}

function policyOf(pass: PodPass, container: Container): string {
  return isSidecar(container) ? "Always" : (pass.pod.spec?.restartPolicy ?? "Always");
}

function restartsAfter(pass: PodPass, container: Container, status: ContainerStatus): boolean {
  const policy = policyOf(pass, container);
  if (policy === "Never") return false;
  // What the kubelet itself has stopped starts again, however well it took it.
  const isResized = pass.sizes.changes(status.id, container, undefined).length > 0;
  const wasStopped = pass.probes.failedProbe(status.id) !== undefined || hasChanged(container, status) || isResized;
  return policy === "Always" || status.exitCode !== 0 || wasStopped;
}
