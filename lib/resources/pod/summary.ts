import type { ContainerStateTerminated, ContainerStatus, Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { hasEnded } from "./grace-period.ts";

/** A pod in a line. */
export interface PodSummary {
  /** Containers that are ready, sidecars among them. */
  ready: number;
  total: number;
  /** `Running`, `CrashLoopBackOff`, `Init:0/1`, `Completed`, `Terminating`, … */
  reason: string;
  restarts: number;
  /** When a container that was restarted had ended. */
  lastRestart: string | undefined;
}

/** What `get` prints of a pod: the phase, or whatever of its containers tells more. */
export function podSummary(pod: Pod): PodSummary {
  const sidecars = sidecarNames(pod);
  const summary: PodSummary = {
    ready: 0,
    total: (pod.spec?.containers?.length ?? 0) + sidecars.size,
    reason: phaseReason(pod),
    restarts: 0,
    lastRestart: undefined,
  };
  const isInitializing = summarizeInit(pod, sidecars, summary);
  if (!isInitializing || hasCondition(pod, "Initialized")) summarizeMain(pod, sidecars, summary);
  if (pod.metadata?.deletionTimestamp) {
    if (pod.status?.reason === "NodeLost") summary.reason = "Unknown";
    else if (!hasEnded(pod)) summary.reason = "Terminating";
  }
  return summary;
}

function phaseReason(pod: Pod): string {
  const isGated = (pod.status?.conditions ?? []).some(
    (it) => it.type === "PodScheduled" && it.reason === "SchedulingGated",
  );
  return isGated ? "SchedulingGated" : pod.status?.reason || pod.status?.phase || "";
}

/** Answers whether an init container still holds up the others. */
function summarizeInit(pod: Pod, sidecars: ReadonlySet<string>, summary: PodSummary): boolean {
  const statuses = pod.status?.initContainerStatuses ?? [];
  for (const [index, status] of statuses.entries()) {
    countRestarts(status, summary);
    if (status.state?.terminated && !status.state.terminated.exitCode) continue;
    if (sidecars.has(status.name ?? "") && status.started) {
      if (status.ready) summary.ready++;
      continue;
    }
    summary.reason = initReason(status, index, pod.spec?.initContainers?.length ?? 0);
    return true;
  }
  return false;
}

function initReason(status: ContainerStatus, index: number, total: number): string {
  const { terminated, waiting } = status.state ?? {};
  if (terminated) return `Init:${endReason(terminated)}`;
  if (waiting?.reason && waiting.reason !== "PodInitializing") return `Init:${waiting.reason}`;
  return `Init:${index}/${total}`;
}

function summarizeMain(pod: Pod, sidecars: ReadonlySet<string>, summary: PodSummary): void {
  summary.restarts = 0;
  summary.lastRestart = undefined;
  for (const status of pod.status?.initContainerStatuses ?? [])
    if (sidecars.has(status.name ?? "")) countRestarts(status, summary);
  let isOneRunning = false;
  for (const status of [...(pod.status?.containerStatuses ?? [])].reverse()) {
    countRestarts(status, summary);
    const { waiting, terminated, running } = status.state ?? {};
    if (waiting?.reason) summary.reason = waiting.reason;
    else if (terminated) summary.reason = endReason(terminated);
    else if (running && status.ready) {
      isOneRunning = true;
      summary.ready++;
    }
  }
  if (summary.reason === "Completed" && isOneRunning)
    summary.reason = hasCondition(pod, "Ready") ? "Running" : "NotReady";
}

function endReason({ reason, signal, exitCode }: ContainerStateTerminated): string {
  return reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode ?? 0}`);
}

function countRestarts(status: ContainerStatus, summary: PodSummary): void {
  summary.restarts += status.restartCount ?? 0;
  const ended = status.lastState?.terminated?.finishedAt;
  if (ended && (!summary.lastRestart || Date.parse(ended) > Date.parse(summary.lastRestart)))
    summary.lastRestart = ended;
}

function hasCondition(pod: Pod, type: string): boolean {
  return (pod.status?.conditions ?? []).some((it) => it.type === type && it.status === "True");
}

function sidecarNames(pod: Pod): Set<string> {
  const sidecars = (pod.spec?.initContainers ?? []).filter((it) => it.restartPolicy === "Always");
  return new Set(sidecars.map((it) => it.name ?? ""));
}
