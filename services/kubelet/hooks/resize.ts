import type { Container } from "../../../gen/typernetes/core/v1/pod.ts";
import { sidecarsOf } from "../pods/pod-containers.ts";
import { containerLimits, podLimits } from "../pods/resource-limits.ts";
import { current } from "../pods/runtime-view.ts";
import { type ContainerStatus, RuntimeError } from "../runtimes/runtime.ts";
import type { PodHook, PodPass } from "./hook.ts";

interface Resize {
  container: Container;
  status: ContainerStatus;
  changes: string[];
}

/** Gives running containers the processor time and memory that the pod asks for by now; some are started anew for it. */
export const resizeHook: PodHook = {
  name: "resize",
  async run(pass) {
    const resizes = resizesOf(pass);
    if (resizes.length === 0) return "done";
    try {
      const inPlace = resizes.filter((resize) => !restartIfAsked(pass, resize));
      // Until those that have been stopped run again.
      if (inPlace.length < resizes.length) pass.resize = { type: "PodResizeInProgress" };
      await apply(pass, inPlace);
      pass.retries.succeeded("resize");
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error;
      pass.resize = { type: "PodResizeInProgress", reason: "Error", message: error.message };
      pass.wakeAfter(pass.retries.failed("resize"));
    }
    return "done";
  },
};

function resizesOf(pass: PodPass): Resize[] {
  return [...sidecarsOf(pass.pod), ...(pass.pod.spec?.containers ?? [])].flatMap((container) => {
    const status = current(pass.observed, container.name ?? "");
    if (status?.state !== "Running") return [];
    const changes = pass.sizes.changes(status.id, container, knownStatus(pass, container));
    return changes.length > 0 ? [{ container, status, changes }] : [];
  });
}

function knownStatus({ pod }: PodPass, { name }: Container) {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  return [...containerStatuses, ...initContainerStatuses].find((status) => status.name === name);
}

/** Whether the container is stopped, to start again with its new size. */
function restartIfAsked(pass: PodPass, { container, status, changes }: Resize): boolean {
  const policies = container.resizePolicy ?? [];
  const mustRestart = policies.some(({ resourceName = "", restartPolicy }) => {
    return restartPolicy === "RestartContainer" && changes.includes(resourceName);
  });
  if (!mustRestart) return false;
  if (pass.stops.stop(status.id, pass.pod.spec?.terminationGracePeriodSeconds ?? 30)) {
    const message = `Container ${container.name} resize requires restart`;
    pass.node.recorder.event(pass.pod, "Normal", "Killing", message);
  }
  return true;
}

/** No container may have more than its pod: what shrinks goes before the pod, and what grows after it. */
async function apply(pass: PodPass, resizes: readonly Resize[]): Promise<void> {
  const { runtime } = pass.node;
  const shrinking = resizes.filter((resize) => shrinks(pass, resize));
  const update = async ({ container, status }: Resize) => {
    await runtime.updateContainer(status.id, containerLimits(container.resources));
    pass.sizes.set(status.id, container.resources);
  };
  for (const resize of shrinking) await update(resize);
  await runtime.updateSandbox(pass.observed.sandbox?.id ?? "", podLimits(pass.pod));
  for (const resize of resizes) if (!shrinking.includes(resize)) await update(resize);
}

function shrinks(pass: PodPass, { container, status }: Resize): boolean {
  const unlimited = Number.POSITIVE_INFINITY;
  const before = containerLimits(pass.sizes.get(status.id, knownStatus(pass, container)));
  return (containerLimits(container.resources).cpuLimit ?? unlimited) < (before.cpuLimit ?? unlimited);
}
