import type { ContainerInspectInfo } from "dockerode";
import type { ContainerStatus } from "../runtime.ts";
import { attemptOf, givenLabels, labelKeys } from "./labels.ts";

/** What Docker knows of a container, in the contract's words; `imageId` as Kubernetes shows it. */
export function containerStatusOf(info: ContainerInspectInfo, imageId: string): ContainerStatus {
  const labels = info.Config.Labels;
  return {
    id: info.Id,
    sandboxId: labels[labelKeys.sandboxId] ?? "",
    name: labels[labelKeys.containerName] ?? "",
    attempt: attemptOf(labels),
    image: labels[labelKeys.image] ?? info.Config.Image,
    imageId,
    createdAtMs: Date.parse(info.Created),
    labels: givenLabels(labels),
    ...lifecycle(info),
  };
}

type Lifecycle = Pick<ContainerStatus, "state" | "startedAtMs" | "finishedAtMs" | "exitCode" | "reason" | "message">;

function lifecycle(info: ContainerInspectInfo): Lifecycle {
  const { State } = info;
  const startedAtMs = timeOf(State.StartedAt);
  if (State.Running || State.Status === "paused" || State.Status === "restarting") {
    return { state: "Running", ...(startedAtMs === undefined ? {} : { startedAtMs }) };
  }
  if (startedAtMs === undefined) return neverStarted(info);
  return {
    state: "Exited",
    startedAtMs,
    finishedAtMs: timeOf(State.FinishedAt) ?? startedAtMs,
    exitCode: State.ExitCode,
    reason: exitReason(State),
    ...(State.Error ? { message: State.Error } : {}),
  };
}

/** Docker leaves a container that could not be started as `created`, with an exit code (127, 126, 128) and an error. */
function neverStarted(info: ContainerInspectInfo): Lifecycle {
  const { State } = info;
  if (State.ExitCode === 0 && !State.Error) return { state: "Created" };
  const createdAtMs = Date.parse(info.Created);
  return {
    state: "Exited",
    startedAtMs: createdAtMs,
    finishedAtMs: timeOf(State.FinishedAt) ?? createdAtMs,
    exitCode: State.ExitCode || 128,
    reason: "ContainerCannotRun",
    message: State.Error,
  };
}

function exitReason(state: ContainerInspectInfo["State"]): string {
  if (state.OOMKilled) return "OOMKilled";
  return state.ExitCode === 0 ? "Completed" : "Error";
}

/** Docker writes the year 1 for "not yet". */
function timeOf(text: string): number | undefined {
  const ms = Date.parse(text);
  return ms > 0 ? ms : undefined;
}
