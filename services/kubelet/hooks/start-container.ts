import type { Container } from "../../../gen/typernetes/core/v1/pod.ts";
import { ConfigError } from "../env/config-error.ts";
import { containerConfig } from "../pods/container-config.ts";
import { ensureImage, ImageError } from "../pods/ensure-image.ts";
import { podRef } from "../pods/node-context.ts";
import { newest } from "../pods/observed-pod.ts";
import { type ContainerStatus, RuntimeError } from "../runtimes/runtime.ts";
import type { PodPass } from "./hook.ts";

const retryMs = 2000;

/** Starts a container, after the back-off that its earlier ends have earned. Failures are told, and tried again later. */
export async function startContainer(
  pass: PodPass,
  container: Container,
  last: ContainerStatus | undefined,
): Promise<void> {
  const name = container.name ?? "";
  if (last && isHeldBack(pass, name, last)) return;
  try {
    await ensureImage(pass.node, pass.pod, container, pass.backoff);
    const config = await containerConfig(pass, container, nextAttempt(pass, name));
    const { runtime } = pass.node;
    const id = await runtime.createContainer(pass.observed.sandbox?.id ?? "", config);
    pass.node.recorder.event(pass.pod, "Normal", "Created", `Created container: ${name}`);
    await removeOldAttempts(pass, name);
    await runtime.startContainer(id);
    pass.node.recorder.event(pass.pod, "Normal", "Started", `Started container ${name}`);
  } catch (error) {
    holdBack(pass, name, error);
  }
  await pass.observe();
}

function isHeldBack(pass: PodPass, name: string, last: ContainerStatus): boolean {
  const held = pass.backoff.remaining(name, last);
  if (held.remainingMs <= 0) return false;
  const message = `back-off ${formatDelay(held.delayMs)} restarting failed container=${name} pod=${podRef(pass.pod)}`;
  pass.waiting.set(name, { reason: "CrashLoopBackOff", message });
  pass.node.recorder.event(
    pass.pod,
    "Warning",
    "BackOff",
    `Back-off restarting failed container ${name} in pod ${podRef(pass.pod)}`,
  );
  pass.wakeAfter(held.remainingMs);
  return true;
}

function holdBack(pass: PodPass, name: string, error: unknown): void {
  const reason = reasonOf(error);
  if (!reason) throw error;
  const message = error instanceof Error ? error.message : String(error);
  pass.waiting.set(name, { reason, message });
  if (!(error instanceof ImageError)) pass.node.recorder.event(pass.pod, "Warning", "Failed", `Error: ${message}`);
  pass.wakeAfter(error instanceof ImageError ? error.retryAfterMs : retryMs);
}

function reasonOf(error: unknown): string | undefined {
  if (error instanceof ImageError) return error.reason;
  if (error instanceof ConfigError) return "CreateContainerConfigError";
  if (!(error instanceof RuntimeError)) return undefined;
  return error.code === "StartFailed" ? "RunContainerError" : "CreateContainerError";
}

/** Counts on from the containers at hand, or from what the server remembers when they are gone. */
function nextAttempt(pass: PodPass, name: string): number {
  const last = newest(pass.observed, name);
  if (last) return last.attempt + 1;
  const statuses = [...(pass.pod.status?.containerStatuses ?? []), ...(pass.pod.status?.initContainerStatuses ?? [])];
  const remembered = statuses.find((status) => status.name === name);
  return remembered?.containerID ? (remembered.restartCount ?? 0) + 1 : 0;
}

/** The last ended container stays, for `logs --previous`. */
async function removeOldAttempts(pass: PodPass, name: string): Promise<void> {
  const ended = (pass.observed.containers.get(name) ?? []).filter((container) => container.state !== "Running");
  await Promise.all(ended.slice(1).map((container) => pass.node.runtime.removeContainer(container.id)));
}

/** As Go prints a duration: `10s`, `2m40s`. */
function formatDelay(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
