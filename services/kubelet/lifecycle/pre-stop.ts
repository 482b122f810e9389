import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { PreStop } from "../pods/container-stops.ts";
import { type NodeContext, podName } from "../pods/node-context.ts";
import { containersOf } from "../pods/pod-containers.ts";
import type { ContainerStatus } from "../runtimes/runtime.ts";
import { runHandler } from "./run-handler.ts";

/** What a container wants done before it is stopped; undefined for most. A failure is told, and stops nobody. */
export function preStopOf(node: NodeContext, pod: Pod, podIP: string, status: ContainerStatus): PreStop | undefined {
  const container = containersOf(pod).find(({ name }) => name === status.name);
  const handler = container?.lifecycle?.preStop;
  if (!container || !handler || node.runtime.isHollow) return undefined;
  const { clock, runtime, recorder, logger } = node;
  return async (signal) => {
    try {
      await runHandler(handler, { clock, runtime, containerId: status.id, container, podIP }, signal);
    } catch (error) {
      logger.info({ err: error, pod: podName(pod), container: status.name }, "a preStop hook failed");
      // What went wrong may hold a secret.
      recorder.event(pod, "Warning", "FailedPreStopHook", "PreStopHook failed");
    }
  };
}
