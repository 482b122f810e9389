import type { Container, ContainerStatus, Pod, PodStatus } from "../../../gen/typernetes/core/v1/pod.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import type { ResizeProblem, WaitingReason } from "../hooks/hook.ts";
import type { AppliedSizes } from "../pods/applied-sizes.ts";
import { isSidecar } from "../pods/pod-containers.ts";
import type { ObservedPod } from "../pods/runtime-view.ts";
import type { ProbeAnswers } from "../probes/probes.ts";
import { type ContainerRole, containerStatus } from "./container-status.ts";
import { podConditions } from "./pod-conditions.ts";
import { isTerminal, podPhase } from "./pod-phase.ts";

/** What a pod's status is made of. */
export interface PodFacts {
  /** As the server has it. */
  pod: Pod;
  observed: ObservedPod;
  probes: ProbeAnswers;
  waiting: ReadonlyMap<string, WaitingReason>;
  /** Last words of ended containers, by container id. */
  messages: ReadonlyMap<string, string>;
  sizes: Pick<AppliedSizes, "get">;
  resize?: ResizeProblem | undefined;
  runtimeName: string;
  hostIP: string;
  nowMs: number;
  /** Set when the pod's containers start no more, whatever they ended with. */
  ending?: Ending;
}

/** Why a pod ends. `failure` for one that the node has given up. */
export interface Ending {
  failure?: { reason: string; message: string };
  /** Why the node needs its resources back, if that is it: the pod's owner may count that as no failure. */
  disruption?: string;
}

/** The status of a pod, from what its runtime and its probes say. Pure. */
export function podStatus(facts: PodFacts): PodStatus {
  const { pod, observed, hostIP, nowMs } = facts;
  const before = pod.status ?? {};
  const hasInits = (pod.spec?.initContainers ?? []).length > 0;
  const creating = { reason: "ContainerCreating" };
  const waits = hasInits ? { reason: "PodInitializing" } : creating;
  const inits = statusesOf(facts, pod.spec?.initContainers, before.initContainerStatuses, waits);
  const containers = statusesOf(facts, pod.spec?.containers, before.containerStatuses, waits);
  const guests = statusesOf(facts, pod.spec?.ephemeralContainers, before.ephemeralContainerStatuses, creating);
  const phase = phaseOf(facts, inits, containers);
  const sandboxReady = observed.sandbox?.state === "Ready";
  const ips = pod.spec?.hostNetwork ? [hostIP] : (observed.sandbox?.ips ?? []);
  const disruption = facts.ending?.disruption;
  return {
    ...before,
    ...facts.ending?.failure,
    observedGeneration: pod.metadata?.generation,
    phase,
    conditions: podConditions({ pod, phase, inits, containers, sandboxReady, nowMs, resize: facts.resize, disruption }),
    hostIP,
    hostIPs: [{ ip: hostIP }],
    ...(ips.length > 0 ? { podIP: ips[0], podIPs: ips.map((ip) => ({ ip })) } : {}),
    startTime: before.startTime ?? rfc3339(nowMs),
    initContainerStatuses: hasInits ? inits : undefined,
    containerStatuses: containers,
    ...(guests.length > 0 && { ephemeralContainerStatuses: guests }),
  };
}

function statusesOf(
  facts: PodFacts,
  containers: Container[] | undefined,
  known: ContainerStatus[] | undefined,
  defaultWaiting: WaitingReason,
): ContainerStatus[] {
  const { probes, messages, runtimeName } = facts;
  return (containers ?? []).map((container) => {
    const { name = "" } = container;
    const before = known?.find((status) => status.name === name);
    const attempts = facts.observed.containers.get(name) ?? [];
    const role = roleOf(facts.pod, container);
    const isOver = attempts[0]?.state === "Exited" && !isStartedAgain(facts.pod, container, role);
    const waiting = isOver ? undefined : facts.waiting.get(name);
    const isEnding = facts.ending !== undefined;
    const resources = attempts[0] && facts.sizes.get(attempts[0].id, before);
    const shared = { container, runtimeName, attempts, waiting, before, probes, messages, role, isEnding, resources };
    return containerStatus({ ...shared, defaultWaiting });
  });
}

/** What could not be started waits for nothing when nobody tries it again. */
function isStartedAgain({ spec = {} }: Pod, container: Container, role: ContainerRole): boolean {
  return role !== "ephemeral" && (isSidecar(container) || spec.restartPolicy !== "Never");
}

function roleOf({ spec = {} }: Pod, container: Container): ContainerRole {
  if (spec.ephemeralContainers?.includes(container)) return "ephemeral";
  return spec.initContainers?.includes(container) && !isSidecar(container) ? "init" : "regular";
}

/** No pod comes back from its end, and none is at its end while a container runs. */
function phaseOf(facts: PodFacts, inits: ContainerStatus[], containers: ContainerStatus[]): string {
  const before = facts.pod.status?.phase;
  if (before !== undefined && isTerminal(before)) return before;
  const phase = podPhase(facts.pod, inits, containers, facts.ending !== undefined);
  const runs = [...inits, ...containers].some(({ state }) => state?.running);
  if (runs) return isTerminal(phase) ? (before ?? "Running") : phase;
  if (facts.ending?.failure) return "Failed";
  return facts.ending && !isTerminal(phase) ? "Failed" : phase;
}
