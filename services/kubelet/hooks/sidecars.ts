import { preStopOf } from "../lifecycle/pre-stop.ts";
import { sidecarsOf } from "../pods/pod-containers.ts";
import { current, podIP } from "../pods/runtime-view.ts";
import { ensureContainer, isOver } from "./ensure-container.ts";
import type { PodHook, PodPass } from "./hook.ts";

/** Keeps sidecars running beside the pod's own containers, and stops them, the last first, when those are over. */
export const sidecarsHook: PodHook = {
  name: "sidecars",
  async run(pass) {
    const sidecars = sidecarsOf(pass.pod);
    if (sidecars.length === 0) return "done";
    if (isOver(pass)) {
      stopLast(pass);
      return "done";
    }
    const changes = await Promise.all(sidecars.map((container) => ensureContainer(pass, container)));
    if (changes.includes(true)) await pass.observe();
    return "done";
  },
};

/** Its end wakes the worker, for the one before it. */
function stopLast(pass: PodPass): void {
  const { pod, node, observed, stops } = pass;
  const running = sidecarsOf(pod).flatMap(({ name = "" }) => {
    const status = current(observed, name);
    return status?.state === "Running" ? [status] : [];
  });
  const last = running.at(-1);
  if (!last) return;
  const graceSeconds = pod.spec?.terminationGracePeriodSeconds ?? 30;
  if (stops.stop(last.id, graceSeconds, preStopOf(node, pod, podIP(node.options.place, observed), last)))
    node.recorder.event(pod, "Normal", "Killing", `Stopping container ${last.name}`);
}
