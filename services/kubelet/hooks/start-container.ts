import type { Container } from "../../../gen/typernetes/core/v1/pod.ts";
import { formatGoDuration } from "../../../lib/api/go-duration.ts";
import { ConfigError } from "../env/config-error.ts";
import { PostStartError, runPostStart } from "../lifecycle/post-start.ts";
import { containerConfig } from "../pods/container-config.ts";
import { ImageError } from "../pods/image-puller.ts";
import { podRef } from "../pods/node-context.ts";
import { newest } from "../pods/runtime-view.ts";
import { type ContainerStatus, RuntimeError } from "../runtimes/runtime.ts";
import type { PodPass } from "./hook.ts";
import { mountImageVolumes } from "./image-volumes.ts";

/**
 * Starts a container, after the back-off that its earlier ends have earned. Failures are told, and tried again later.
 * Whether anything was changed at the runtime.
 */
export async function startContainer(
  pass: PodPass,
  container: Container,
  last: ContainerStatus | undefined,
): Promise<boolean> {
  const { name = "" } = container;
  if (last?.state === "Exited" && isHeldBack(pass, name, last)) return false;
  pass.signal.throwIfAborted();
  try {
    await createAndStart(pass, container);
    pass.retries.succeeded(name);
  } catch (error) {
    if (pass.signal.aborted) throw pass.signal.reason;
    holdBack(pass, name, error);
  }
  return true;
}

async function createAndStart(pass: PodPass, container: Container): Promise<void> {
  const { pod, node, signal } = pass;
  const { name = "" } = container;
  const image = await pass.images.ensure(pod, container, signal);
  await mountImageVolumes(pass, container);
  const before = newest(pass.observed, name);
  const config = await containerConfig(pass, container, image, nextAttempt(pass, name, before));
  // One that was never started, by a kubelet that was killed before it could.
  if (before?.state === "Created") await node.runtime.removeContainer(before.id);
  signal.throwIfAborted();
  const id = await node.runtime.createContainer(pass.observed.sandbox?.id ?? "", config);
  pass.sizes.set(id, container.resources);
  node.recorder.event(pod, "Normal", "Created", `Created container: ${name}`);
  signal.throwIfAborted();
  await node.runtime.startContainer(id);
  node.recorder.event(pod, "Normal", "Started", `Started container ${name}`);
  await runPostStart(pass, container, id);
}

function isHeldBack(pass: PodPass, name: string, last: ContainerStatus): boolean {
  const { remainingMs, delayMs } = pass.restarts.remaining(name, last);
  if (remainingMs <= 0) return false;
  const message = `back-off ${formatGoDuration(delayMs)} restarting failed container=${name} pod=${podRef(pass.pod)}`;
  pass.waiting.set(name, { reason: "CrashLoopBackOff", message });
  const told = `Back-off restarting failed container ${name} in pod ${podRef(pass.pod)}`;
  pass.node.recorder.event(pass.pod, "Warning", "BackOff", told);
  pass.wakeAfter(remainingMs);
  return true;
}

function holdBack(pass: PodPass, name: string, error: unknown): void {
  const reason = reasonOf(error);
  if (!reason) throw error;
  const message = error instanceof Error ? error.message : String(error);
  pass.waiting.set(name, { reason, message });
  const isImage = error instanceof ImageError;
  const told = `Error: ${isImage ? reason : message}`;
  if (!isImage || !error.isKnown) pass.node.recorder.event(pass.pod, "Warning", "Failed", told);
  pass.wakeAfter(isImage ? error.retryAfterMs : pass.retries.failed(name));
}

function reasonOf(error: unknown): string | undefined {
  if (error instanceof ImageError) return error.reason;
  if (error instanceof PostStartError) return "PostStartHookError";
  if (error instanceof ConfigError) return "CreateContainerConfigError";
  if (!(error instanceof RuntimeError)) return undefined;
  return error.code === "StartFailed" ? "RunContainerError" : "CreateContainerError";
}

/** Counts on from the containers at hand, or from what the server remembers when they are gone. */
function nextAttempt(pass: PodPass, name: string, before: ContainerStatus | undefined): number {
  if (before) return before.state === "Created" ? before.attempt : before.attempt + 1;
  const { containerStatuses = [], initContainerStatuses = [] } = pass.pod.status ?? {};
  const remembered = [...containerStatuses, ...initContainerStatuses].find((status) => status.name === name);
  return remembered?.containerID ? (remembered.restartCount ?? 0) + 1 : 0;
}
