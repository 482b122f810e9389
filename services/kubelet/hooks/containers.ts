import type { Container } from "../../../gen/typernetes/core/v1/pod.ts";
import { preStopOf } from "../lifecycle/pre-stop.ts";
import { current, podIP } from "../pods/runtime-view.ts";
import type { ContainerStatus } from "../runtimes/runtime.ts";
import type { PodHook, PodPass } from "./hook.ts";
import { startContainer } from "./start-container.ts";

/** Starts the pod's containers, and starts them again as the restart policy says. */
export const containersHook: PodHook = {
  name: "containers",
  async run(pass) {
    const changes = await Promise.all(
      (pass.pod.spec?.containers ?? []).map((container) => ensureContainer(pass, container)),
    );
    if (changes.includes(true)) await pass.observe();
    return "done";
  },
};

/** Whether anything was changed at the runtime. */
async function ensureContainer(pass: PodPass, container: Container): Promise<boolean> {
  const status = current(pass.observed, container.name ?? "");
  if (status?.state === "Running") {
    stopIfUnfit(pass, container, status);
    return false;
  }
  if (status?.state === "Exited" && !restartsAfter(pass, container, status)) return false;
  return startContainer(pass, container, status);
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
  const fate = spec?.restartPolicy === "Never" ? "" : ", will be restarted";
  pass.node.recorder.event(pass.pod, "Normal", "Killing", `Container ${container.name} ${why}${fate}`);
}

/** The image is all of a container that may be changed. */
function hasChanged(container: Container, status: ContainerStatus): boolean {
  return status.image !== container.image;
}

function restartsAfter(pass: PodPass, container: Container, status: ContainerStatus): boolean {
  const policy = pass.pod.spec?.restartPolicy ?? "Always";
  if (policy === "Never") return false;
  // What the kubelet itself has stopped starts again, however well it took it.
  const wasStopped = pass.probes.failedProbe(status.id) !== undefined || hasChanged(container, status);
  return policy === "Always" || status.exitCode !== 0 || wasStopped;
}
