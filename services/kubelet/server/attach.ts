import type { PodAttachRequest, PodExecResponse } from "../../../gen/typernetes/core/v1/pod.ts";
import { StatusError } from "../../../lib/base/status-error.ts";
import type { PodWorker } from "../pods/pod-worker.ts";
import { type ExecSession, type Runtime, RuntimeError } from "../runtimes/runtime.ts";
import { chooseContainer } from "./choose-container.ts";
import { type FindPod, relaySession } from "./exec.ts";

/** Joins the input and output of a container's first process; it runs on when the caller goes. */
export function attachToContainer(
  runtime: Runtime,
  find: FindPod,
  requests: AsyncIterable<PodAttachRequest>,
  signal: AbortSignal,
): AsyncIterable<PodExecResponse> {
  const start = (request: PodAttachRequest) => join(runtime, find(request.namespace, request.name), request);
  return relaySession(start, requests, signal);
}

async function join(runtime: Runtime, worker: PodWorker, { options }: PodAttachRequest): Promise<ExecSession> {
  const name = chooseContainer(worker.pod, options?.container);
  const container = (await worker.observe()).containers.get(name)?.[0];
  if (container?.state !== "Running") {
    const { name: pod, namespace } = worker.pod.metadata ?? {};
    throw new StatusError("BadRequest", `container ${name} not found in pod ${pod}_${namespace}`);
  }
  try {
    return await runtime.attach(container.id, { stdin: options?.stdin ?? false });
  } catch (error) {
    if (error instanceof RuntimeError) throw new StatusError("BadRequest", error.message, {}, { cause: error });
    throw error;
  }
}
