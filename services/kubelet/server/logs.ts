import type { PodLogOptions, PodLogResponse } from "../../../gen/typernetes/core/v1/pod.ts";
import type { Clock } from "../../../lib/base/clock.ts";
import { StatusError } from "../../../lib/base/status-error.ts";
import type { PodWorker } from "../pods/pod-worker.ts";
import type { ContainerStatus, LogEntry, Runtime } from "../runtimes/runtime.ts";
import { chooseContainer } from "./choose-container.ts";
import { inBatches } from "./in-batches.ts";

/** One message carries about so many bytes, when so many are there. */
const batchBytes = 32 * 1024;

/** What a container printed, as `kubectl logs` asks for it. */
export async function* streamLogs(
  { runtime, clock }: { runtime: Runtime; clock: Clock },
  worker: PodWorker,
  options: PodLogOptions,
  signal: AbortSignal,
): AsyncIterable<PodLogResponse> {
  const container = await containerOf(worker, options);
  const { follow = false, tailLines, timestamps = false } = options;
  const all = runtime.logs(container.id, { follow, tailLines, sinceMs: sinceMs(options, clock) }, signal);
  const entries = ofStream(all, options.stream);
  let left = options.limitBytes ?? Number.POSITIVE_INFINITY;
  for await (const batch of inBatches(entries, batchBytes, ({ line }) => line.byteLength)) {
    const chunk = Buffer.concat(batch.flatMap((entry) => format(entry, timestamps))).subarray(0, left);
    left -= chunk.length;
    if (chunk.length > 0) yield { chunk };
    if (left <= 0) return;
  }
}

/** `stream` is `Stdout` or `Stderr`; all entries otherwise. */
function ofStream(entries: AsyncIterable<LogEntry>, stream: string | undefined): AsyncIterable<LogEntry> {
  return stream === undefined || stream === "All" ? entries : filtered(entries, stream.toLowerCase());
}

async function* filtered(entries: AsyncIterable<LogEntry>, stream: string): AsyncGenerator<LogEntry> {
  for await (const entry of entries) if (entry.stream === stream) yield entry;
}

function sinceMs({ sinceTime, sinceSeconds }: PodLogOptions, clock: Clock): number | undefined {
  if (sinceTime) return Date.parse(sinceTime);
  return sinceSeconds === undefined ? undefined : clock.now() - sinceSeconds * 1000;
}

async function containerOf(worker: PodWorker, options: PodLogOptions): Promise<ContainerStatus> {
  const name = chooseContainer(worker.pod, options.container);
  const all = (await worker.observe()).containers.get(name) ?? [];
  const attempts = all.filter((attempt) => attempt.state !== "Created");
  const {
    containerStatuses = [],
    initContainerStatuses = [],
    ephemeralContainerStatuses = [],
  } = worker.pod.status ?? {};
  const statuses = [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses];
  const status = statuses.find((candidate) => candidate.name === name);
  const pod = worker.pod.metadata?.name;
  if (options.previous) {
    // A container that waits for its restart is itself the previous one.
    const isWaiting = status?.state?.waiting !== undefined && attempts[0]?.state === "Exited";
    const previous = attempts[isWaiting ? 0 : 1];
    if (previous) return previous;
    throw new StatusError("BadRequest", `previous terminated container "${name}" in pod "${pod}" not found`);
  }
  if (attempts[0]) return attempts[0];
  const reason = status?.state?.waiting?.reason ?? "ContainerCreating";
  throw new StatusError("BadRequest", `container "${name}" in pod "${pod}" is waiting to start: ${reason}`);
}

function format(entry: LogEntry, timestamps: boolean): Uint8Array[] {
  return timestamps ? [Buffer.from(`${entry.timestamp} `), entry.line] : [entry.line];
}
