import type { Container } from "../../../gen/typernetes/core/v1/pod.ts";
import type { PodPass } from "../hooks/hook.ts";
import { podName } from "../pods/node-context.ts";
import { podIP } from "../pods/runtime-view.ts";
import { runHandler } from "./run-handler.ts";

/** A container whose `postStart` failed, and which was ended for it. */
export class PostStartError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "PostStartError";
  }
}

const graceSeconds = 2;

/** Does what a container wants done after its start; one whose hook fails is ended. @throws PostStartError */
export async function runPostStart(pass: PodPass, container: Container, containerId: string): Promise<void> {
  const handler = container.lifecycle?.postStart;
  const { clock, runtime, recorder, logger } = pass.node;
  if (!handler || runtime.isHollow) return;
  const target = { clock, runtime, containerId, container, podIP: podIP(pass.node.options.place, pass.observed) };
  try {
    await runHandler(handler, target, pass.signal);
  } catch (error) {
    if (pass.signal.aborted) throw pass.signal.reason;
    logger.info({ err: error, pod: podName(pass.pod), container: container.name }, "a postStart hook failed");
    // What went wrong may hold a secret.
    recorder.event(pass.pod, "Warning", "FailedPostStartHook", "PostStartHook failed");
    recorder.event(pass.pod, "Normal", "Killing", "FailedPostStartHook");
    await runtime.stopContainer(containerId, graceSeconds);
    throw new PostStartError("PostStartHook failed", { cause: error });
  }
}
