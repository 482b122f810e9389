import type {
  Container,
  ContainerState,
  ContainerStatus,
  ResourceRequirements,
  VolumeMount,
  VolumeMountStatus,
} from "../../../gen/typernetes/core/v1/pod.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import type { WaitingReason } from "../hooks/hook.ts";
import type { ProbeAnswers } from "../probes/probes.ts";
import type { ContainerStatus as RuntimeContainer } from "../runtimes/runtime.ts";

const killed = 137;

/** `init`: it is ready when it has succeeded. `ephemeral`: it is never ready. `regular`: also sidecars. */
export type ContainerRole = "regular" | "init" | "ephemeral";

/** What a container's status is made of. */
export interface ContainerFacts {
  container: Container;
  runtimeName: string;
  /** Newest attempt first. */
  attempts: readonly RuntimeContainer[];
  waiting: WaitingReason | undefined;
  /** As the server has it. */
  before: ContainerStatus | undefined;
  probes: ProbeAnswers;
  /** What a container that was never started waits for. */
  defaultWaiting: WaitingReason;
  /** Its last words, for ended attempts. */
  messages: ReadonlyMap<string, string>;
  role: ContainerRole;
  /** What it was started with, or given since; what the pod asks for when absent. */
  resources?: ResourceRequirements | undefined;
  /** It starts no more. */
  isEnding: boolean;
}

/** One entry of `status.containerStatuses`. */
export function containerStatus(facts: ContainerFacts): ContainerStatus {
  const { container, before, role, probes } = facts;
  const [latest, previous] = facts.attempts.filter((attempt) => attempt.state !== "Created");
  const state = stateOf(facts, latest);
  const running = latest?.state === "Running";
  return {
    name: container.name,
    state,
    lastState: lastState(facts, state, latest, previous) ?? {},
    ready: role === "init" ? state.terminated?.exitCode === 0 : running && isReady(facts, latest.id),
    restartCount: latest?.attempt ?? before?.restartCount ?? 0,
    image: latest?.image ?? before?.image ?? container.image,
    imageID: latest?.imageId ?? before?.imageID ?? "",
    containerID: latest ? idOf(facts, latest) : before?.containerID,
    started: running && (role !== "regular" || probes.isStarted(latest.id)),
    ...sizes(facts.resources ?? container.resources),
    volumeMounts: container.volumeMounts?.map(mountStatus),
    user: userOf(facts, latest),
    stopSignal: container.lifecycle?.stopSignal,
  };
}

function sizes(resources: ResourceRequirements = {}): Pick<ContainerStatus, "resources" | "allocatedResources"> {
  const { limits, requests, ...others } = resources;
  const isNothing = !limits && !requests && Object.keys(others).length === 0;
  return { resources: isNothing ? undefined : resources, allocatedResources: requests };
}

function isReady({ role, probes }: ContainerFacts, id: string): boolean {
  return role !== "ephemeral" && probes.isReady(id);
}

function mountStatus({ name, mountPath, readOnly, recursiveReadOnly = "Disabled" }: VolumeMount): VolumeMountStatus {
  const below = recursiveReadOnly === "Disabled" ? "Disabled" : "Enabled";
  return { name, mountPath, ...(readOnly && { readOnly, recursiveReadOnly: below }) };
}

/** Once it was known, it stays known of the same container. */
function userOf(facts: ContainerFacts, latest: RuntimeContainer | undefined): ContainerStatus["user"] {
  if (latest?.user) return { linux: { ...latest.user } };
  const isSame = latest !== undefined && facts.before?.containerID === idOf(facts, latest);
  return isSame ? facts.before?.user : undefined;
}

function stateOf(facts: ContainerFacts, latest: RuntimeContainer | undefined): ContainerState {
  if (latest?.state === "Running") return { running: { startedAt: rfc3339(latest.startedAtMs ?? latest.createdAtMs) } };
  if (facts.waiting) return { waiting: facts.waiting };
  if (latest) return { terminated: terminated(facts, latest) };
  // The runtime has forgotten a container that had ended: what the server knows still holds.
  const { state } = facts.before ?? {};
  if (state?.terminated) return state;
  if (facts.isEnding && state?.running) return unknownEnd;
  return { waiting: facts.defaultWaiting };
}

/** How the attempt before the present state ended. */
function lastState(
  facts: ContainerFacts,
  state: ContainerState,
  latest: RuntimeContainer | undefined,
  previous: RuntimeContainer | undefined,
): ContainerState | undefined {
  const { before } = facts;
  if (latest?.state === "Exited" && state.waiting) return { terminated: terminated(facts, latest) };
  if (previous?.state === "Exited") return { terminated: terminated(facts, previous) };
  if (!latest) return before?.state?.running && state.waiting ? unknownEnd : before?.lastState;
  if (before?.containerID === undefined || before.containerID === idOf(facts, latest)) return before?.lastState;
  if (before.state?.running) return unknownEnd;
  return before.state?.terminated ? before.state : before.lastState;
}

/** A container that the server knows as running, and of which the node has nothing. */
const unknownEnd: ContainerState = {
  terminated: {
    exitCode: killed,
    reason: "ContainerStatusUnknown",
    message: "The container could not be located when the pod was deleted.  The container used to be Running",
  },
};

function terminated(facts: ContainerFacts, ended: RuntimeContainer): ContainerState["terminated"] {
  const exitCode = ended.exitCode ?? killed;
  return {
    exitCode,
    reason: ended.reason ?? (exitCode === 0 ? "Completed" : "Error"),
    message: facts.messages.get(ended.id) || ended.message,
    startedAt: rfc3339(ended.startedAtMs ?? ended.createdAtMs),
    finishedAt: rfc3339(ended.finishedAtMs ?? ended.createdAtMs),
    containerID: idOf(facts, ended),
  };
}

function idOf({ runtimeName }: ContainerFacts, { id }: RuntimeContainer): string {
  return `${runtimeName}://${id}`;
}
