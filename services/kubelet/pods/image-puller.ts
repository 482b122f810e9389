import type { Container, Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { untilAborted } from "../../../lib/base/abort.ts";
import { type Image, RuntimeError } from "../runtimes/runtime.ts";
import { imageNameProblem } from "./image-reference.ts";
import type { NodeContext } from "./node-context.ts";
import { pullCredentials } from "./pull-secrets.ts";

const initialBackoffMs = 10_000;
const maxBackoffMs = 300_000;
/** So long the waiting reason is the error, however often the pod is looked at; then it is the back-off. */
const showErrorMs = 1000;

/** An image that cannot be had now; `reason` is the container's waiting reason. */
export class ImageError extends Error {
  readonly reason: string;
  readonly retryAfterMs: number;
  /** Whether this very failure was told before. */
  readonly isKnown: boolean;

  constructor(reason: string, message: string, retryAfterMs: number, isKnown = false) {
    super(message);
    this.name = "ImageError";
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
    this.isKnown = isKnown;
  }
}

interface Failure {
  message: string;
  delayMs: number;
  shownUntilMs: number;
  untilMs: number;
}

/** Gets the images of one pod's containers, with a back-off for each that fails. */
export class ImagePuller {
  readonly #node: NodeContext;
  readonly #failures = new Map<string, Failure>();

  constructor(node: NodeContext) {
    this.#node = node;
  }

  /** Makes sure that a container's image is on the node, as its pull policy says. @throws ImageError */
  async ensure(pod: Pod, container: Container, signal: AbortSignal): Promise<Image> {
    const { image = "", imagePullPolicy: policy = "IfNotPresent" } = container;
    const { recorder, runtime } = this.#node;
    this.#verifyName(pod, image);
    const present = policy === "Always" ? undefined : await runtime.imageStatus(image);
    if (present) {
      recorder.event(pod, "Normal", "Pulled", `Container image "${image}" already present on machine`);
      return present;
    }
    if (policy !== "Never") return this.#pull(pod, image, signal);
    const message = `Container image "${image}" is not present with pull policy of Never`;
    recorder.event(pod, "Warning", "ErrImageNeverPull", message);
    throw new ImageError("ErrImageNeverPull", message, initialBackoffMs);
  }

  #verifyName(pod: Pod, image: string): void {
    const problem = imageNameProblem(image);
    if (problem === undefined) return;
    const message = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": ${problem}`;
    this.#node.recorder.event(pod, "Warning", "InspectFailed", message);
    throw new ImageError("InvalidImageName", message, initialBackoffMs);
  }

  async #pull(pod: Pod, image: string, signal: AbortSignal): Promise<Image> {
    const { recorder, clock } = this.#node;
    this.#holdBack(pod, image);
    recorder.event(pod, "Normal", "Pulling", `Pulling image "${image}"`);
    const beganMs = clock.monotonic();
    try {
      const pulled = await untilAborted(this.#fetch(pod, image), signal);
      this.#failures.delete(image);
      recorder.event(pod, "Normal", "Pulled", pulledMessage(image, clock.monotonic() - beganMs, pulled.sizeBytes));
      return pulled;
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error;
      const delayMs = this.#noteFailure(image, error.message);
      recorder.event(pod, "Warning", "Failed", `Failed to pull image "${image}": ${error.message}`);
      throw new ImageError("ErrImagePull", error.message, Math.min(delayMs, showErrorMs));
    }
  }

  /** With the pod's credentials one after the other, as one registry may have several; without when it has none. */
  async #fetch(pod: Pod, image: string): Promise<Image> {
    const { runtime } = this.#node;
    const [first, ...others] = await pullCredentials(this.#node, pod, image);
    let attempt = runtime.pullImage(image, first);
    for (const credentials of others) attempt = attempt.catch(() => runtime.pullImage(image, credentials));
    return attempt;
  }

  #holdBack(pod: Pod, image: string): void {
    const failure = this.#failures.get(image);
    const nowMs = this.#node.clock.monotonic();
    const remainingMs = (failure?.untilMs ?? 0) - nowMs;
    if (!failure || remainingMs <= 0) return;
    const shownMs = failure.shownUntilMs - nowMs;
    if (shownMs > 0) throw new ImageError("ErrImagePull", failure.message, shownMs, true);
    const message = `Back-off pulling image "${image}"`;
    this.#node.recorder.event(pod, "Normal", "BackOff", message);
    throw new ImageError("ImagePullBackOff", `${message}: ErrImagePull: ${failure.message}`, remainingMs);
  }

  #noteFailure(image: string, message: string): number {
    const before = this.#failures.get(image);
    const delayMs = before ? Math.min(maxBackoffMs, before.delayMs * 2) : initialBackoffMs;
    const nowMs = this.#node.clock.monotonic();
    const shownUntilMs = nowMs + Math.min(delayMs, showErrorMs);
    this.#failures.set(image, { message, delayMs, shownUntilMs, untilMs: nowMs + delayMs });
    return delayMs;
  }
}

function pulledMessage(image: string, tookMs: number, sizeBytes: number): string {
  const took = tookMs < 1000 ? `${Math.round(tookMs)}ms` : `${(tookMs / 1000).toFixed(3)}s`;
  return `Successfully pulled image "${image}" in ${took} (${took} including waiting). Image size: ${sizeBytes} bytes.`;
}
