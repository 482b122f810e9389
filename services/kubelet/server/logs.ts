import type { PodLogOptions, PodLogResponse } from "../../../gen/typernetes/core/v1/pod.ts";
import { StatusError } from "../../../lib/base/status-error.ts";
import type { PodWorker } from "../pods/pod-worker.ts";
import type { ContainerStatus, LogEntry, Runtime } from "../runtimes/runtime.ts";
import { chooseContainer } from "./choose-container.ts";

/** What a container printed, as `kubectl logs` asks for it. */
export async function* streamLogs(
  runtime: Runtime,
  worker: PodWorker,
  options: PodLogOptions,
  signal: AbortSignal,
): AsyncIterable<PodLogResponse> {
  const container = await containerOf(worker, options);
  const sinceMs = options.sinceTime
    ? Date.parse(options.sinceTime)
    : options.sinceSeconds === undefined
      ? undefined
      : Date.now() - options.sinceSeconds * 1000;
  const entries = runtime.logs(
    container.id,
    { follow: options.follow ?? false, tailLines: options.tailLines, sinceMs },
    signal,
  );
  let left = options.limitBytes ?? Number.POSITIVE_INFINITY;
  for await (const entry of entries) {
    const chunk = format(entry, options.timestamps ?? false).subarray(0, left);
    left -= chunk.length;
    if (chunk.length > 0) yield { chunk };
    if (left <= 0) return;
  }
}

async function containerOf(worker: PodWorker, options: PodLogOptions): Promise<ContainerStatus> {
  const name = chooseContainer(worker.pod, options.container);
  const attempts =
    (await worker.observe()).containers.get(name)?.filter((attempt) => attempt.state !== "Created") ?? [];
  const container = attempts[options.previous ? 1 : 0];
  if (container) return container;
  const pod = worker.pod.metadata?.name;
  if (options.previous)
    throw new StatusError("BadRequest", `previous terminated container "${name}" in pod "${pod}" not found`);
  const statuses = [
    ...(worker.pod.status?.containerStatuses ?? []),
    ...(worker.pod.status?.initContainerStatuses ?? []),
  ];
  const reason = statuses.find((status) => status.name === name)?.state?.waiting?.reason ?? "ContainerCreating";
  throw new StatusError("BadRequest", `container "${name}" in pod "${pod}" is waiting to start: ${reason}`);
}

function format(entry: LogEntry, timestamps: boolean): Buffer {
  const line = Buffer.from(entry.line.buffer, entry.line.byteOffset, entry.line.byteLength);
  return timestamps ? Buffer.concat([Buffer.from(`${entry.timestamp} `), line]) : line;
}
