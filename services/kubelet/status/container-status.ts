import type { Container, ContainerState, ContainerStatus } from "../../../gen/typernetes/core/v1/pod.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import type { WaitingReason } from "../hooks/hook.ts";
import type { Probes } from "../probes/probes.ts";
import type { ContainerStatus as RuntimeContainer } from "../runtimes/runtime.ts";

/** What a container's status is made of. */
export interface ContainerFacts {
  container: Container;
  runtimeName: string;
  /** Newest attempt first. */
  attempts: readonly RuntimeContainer[];
  waiting: WaitingReason | undefined;
  /** As the server has it. */
  before: ContainerStatus | undefined;
  probes: Probes;
  /** What a container that was never started waits for. */
  defaultWaiting: WaitingReason;
  /** Its last words, for ended attempts. */
  messages: ReadonlyMap<string, string>;
  isInit: boolean;
}

/** One entry of `status.containerStatuses`. */
export function containerStatus(facts: ContainerFacts): ContainerStatus {
  const { container, attempts, before } = facts;
  const [latest, previous] = attempts.filter((attempt) => attempt.state !== "Created");
  const id = latest && `${facts.runtimeName}://${latest.id}`;
  const state = stateOf(facts, latest);
  const running = latest?.state === "Running";
  const succeeded = latest?.state === "Exited" && latest.exitCode === 0;
  const started = running ? facts.isInit || facts.probes.isStarted(latest.id) : false;
  return {
    name: container.name,
    state,
    lastState: lastState(facts, latest, previous) ?? {},
    ready: facts.isInit ? succeeded : running && facts.probes.isReady(latest.id),
    restartCount: latest?.attempt ?? before?.restartCount ?? 0,
    image: latest?.image ?? container.image,
    imageID: latest?.imageId ?? "",
    containerID: id ?? before?.containerID,
    started,
  };
}

function stateOf(facts: ContainerFacts, latest: RuntimeContainer | undefined): ContainerState {
  if (latest?.state === "Running") return { running: { startedAt: rfc3339(latest.startedAtMs ?? latest.createdAtMs) } };
  if (facts.waiting) return { waiting: facts.waiting };
  if (latest?.state === "Exited") return { terminated: terminated(facts, latest) };
  // The runtime has forgotten a container that had ended: what the server knows still holds.
  if (facts.before?.state?.terminated) return facts.before.state;
  return { waiting: facts.defaultWaiting };
}

/** How the attempt before the present state ended. */
function lastState(
  facts: ContainerFacts,
  latest: RuntimeContainer | undefined,
  previous: RuntimeContainer | undefined,
): ContainerState | undefined {
  if (latest?.state === "Exited" && facts.waiting) return { terminated: terminated(facts, latest) };
  if (previous?.state === "Exited") return { terminated: terminated(facts, previous) };
  const remembered = facts.before;
  if (!latest || latest.attempt === 0) return undefined;
  return remembered?.state?.terminated && remembered.containerID !== `${facts.runtimeName}://${latest.id}`
    ? remembered.state
    : remembered?.lastState;
}

function terminated(facts: ContainerFacts, ended: RuntimeContainer): ContainerState["terminated"] {
  const exitCode = ended.exitCode ?? 137;
  return {
    exitCode,
    reason: ended.reason ?? (exitCode === 0 ? "Completed" : "Error"),
    message: facts.messages.get(ended.id) || ended.message,
    startedAt: rfc3339(ended.startedAtMs ?? ended.createdAtMs),
    finishedAt: rfc3339(ended.finishedAtMs ?? ended.createdAtMs),
    containerID: `${facts.runtimeName}://${ended.id}`,
  };
}
