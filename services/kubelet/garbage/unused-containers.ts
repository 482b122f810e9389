import type { NodeContext } from "../pods/node-context.ts";
import type { PodWorker } from "../pods/pod-worker.ts";
import { isTerminal } from "../status/pod-phase.ts";

/** Removes containers that only their logs keep: of pods that have ended, and earlier attempts of others. */
export async function removeUnusedContainers(
  { runtime, view }: Pick<NodeContext, "runtime" | "view">,
  workers: Iterable<PodWorker>,
): Promise<void> {
  const sandboxes = await view.sandboxesByPod();
  for (const worker of workers) {
    const { pod } = worker;
    if (isTerminal(pod.status?.phase)) {
      const ended = sandboxes.get(pod.metadata?.uid ?? "") ?? [];
      await Promise.all(ended.filter(({ state }) => state !== "Ready").map(({ id }) => runtime.removeSandbox(id)));
    } else {
      const { containers } = await worker.observe();
      const earlier = [...containers.values()].flatMap((attempts) => attempts.slice(1));
      const dead = earlier.filter(({ state }) => state === "Exited");
      await Promise.all(dead.map(({ id }) => runtime.removeContainer(id)));
    }
  }
}
