import type { Container, Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { RuntimeError } from "../runtimes/runtime.ts";
import type { NodeContext } from "./node-context.ts";
import type { RestartBackoff } from "./restart-backoff.ts";

const initialBackoffMs = 10_000;
const maxBackoffMs = 300_000;

/** An image that cannot be had now; `reason` is the container's waiting reason. */
export class ImageError extends Error {
  readonly reason: string;
  readonly retryAfterMs: number;

  constructor(reason: string, message: string, retryAfterMs: number) {
    super(message);
    this.name = "ImageError";
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}

interface Failure {
  message: string;
  delayMs: number;
  untilMs: number;
}

/** Failed pulls of a pod's worker, by image; they end with the worker. */
const failures = new WeakMap<RestartBackoff, Map<string, Failure>>();

/** Makes sure that a container's image is on the node, as its pull policy says. @throws ImageError */
export async function ensureImage(
  node: NodeContext,
  pod: Pod,
  container: Container,
  worker: RestartBackoff,
): Promise<void> {
  const image = container.image ?? "";
  const policy = container.imagePullPolicy ?? "IfNotPresent";
  const present = policy === "Always" ? undefined : await node.runtime.imageStatus(image);
  if (present) {
    const message = `Container image "${image}" already present on machine`;
    node.recorder.event(pod, "Normal", "Pulled", message);
    return;
  }
  if (policy === "Never") {
    const message = `Container image "${image}" is not present with pull policy of Never`;
    node.recorder.event(pod, "Warning", "ErrImageNeverPull", message);
    throw new ImageError("ErrImageNeverPull", message, initialBackoffMs);
  }
  await pull(node, pod, image, failuresOf(worker));
}

function failuresOf(worker: RestartBackoff): Map<string, Failure> {
  const known = failures.get(worker) ?? new Map<string, Failure>();
  failures.set(worker, known);
  return known;
}

async function pull(node: NodeContext, pod: Pod, image: string, failed: Map<string, Failure>): Promise<void> {
  const before = failed.get(image);
  const nowMs = node.clock.now();
  if (before && before.untilMs > nowMs) {
    node.recorder.event(pod, "Normal", "BackOff", `Back-off pulling image "${image}"`);
    throw new ImageError(
      "ImagePullBackOff",
      `Back-off pulling image "${image}": ${before.message}`,
      before.untilMs - nowMs,
    );
  }
  node.recorder.event(pod, "Normal", "Pulling", `Pulling image "${image}"`);
  try {
    const pulled = await node.runtime.pullImage(image);
    failed.delete(image);
    const seconds = ((node.clock.now() - nowMs) / 1000).toFixed(3);
    node.recorder.event(
      pod,
      "Normal",
      "Pulled",
      `Successfully pulled image "${image}" in ${seconds}s. Image size: ${pulled.sizeBytes} bytes.`,
    );
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    const delayMs = Math.min(maxBackoffMs, before ? before.delayMs * 2 : initialBackoffMs);
    failed.set(image, { message: error.message, delayMs, untilMs: node.clock.now() + delayMs });
    node.recorder.event(pod, "Warning", "Failed", `Failed to pull image "${image}": ${error.message}`);
    throw new ImageError("ErrImagePull", error.message, Math.min(delayMs, 1000));
  }
}
