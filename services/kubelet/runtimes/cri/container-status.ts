import { ContainerState, type ContainerStatus as CriStatus } from "../../../../gen/runtime/v1/container.ts";
import type { ContainerStatus } from "../runtime.ts";
import { milliseconds, readContainerRecord } from "./identity.ts";

/** What the runtime knows of a container, in the contract's words. */
export function containerStatusOf(status: CriStatus, sandboxId: string): ContainerStatus {
  const record = readContainerRecord(status.annotations);
  return {
    id: status.id ?? "",
    sandboxId,
    name: status.metadata?.name ?? "",
    attempt: status.metadata?.attempt ?? 0,
    image: record.image,
    imageId: status.imageRef ?? "",
    createdAtMs: milliseconds(status.createdAt) ?? 0,
    labels: record.labels,
    ...lifecycle(status),
  };
}

type Lifecycle = Pick<ContainerStatus, "state" | "startedAtMs" | "finishedAtMs" | "exitCode" | "reason" | "message">;

function lifecycle(status: CriStatus): Lifecycle {
  const { exitCode = 0, reason, message } = status;
  const startedAtMs = milliseconds(status.startedAt);
  switch (status.state ?? ContainerState.CONTAINER_CREATED) {
    case ContainerState.CONTAINER_CREATED:
      return { state: "Created" };
    case ContainerState.CONTAINER_RUNNING:
      return { state: "Running", ...(startedAtMs === undefined ? {} : { startedAtMs }) };
    default: {
      // One that could not be started has never begun.
      const beganMs = startedAtMs ?? milliseconds(status.createdAt) ?? 0;
      return {
        state: "Exited",
        startedAtMs: beganMs,
        finishedAtMs: milliseconds(status.finishedAt) ?? beganMs,
        exitCode,
        reason: reason || (exitCode === 0 ? "Completed" : "Error"),
        ...(message ? { message } : {}),
      };
    }
  }
}
