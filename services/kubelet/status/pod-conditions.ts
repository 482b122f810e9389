import type { ContainerStatus, Pod, PodCondition } from "../../../gen/typernetes/core/v1/pod.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import type { ResizeProblem } from "../hooks/hook.ts";
import { sidecarsOf } from "../pods/pod-containers.ts";

/** What the conditions are computed from. */
export interface ConditionFacts {
  pod: Pod;
  phase: string;
  inits: readonly ContainerStatus[];
  containers: readonly ContainerStatus[];
  sandboxReady: boolean;
  nowMs: number;
  resize?: ResizeProblem | undefined;
  /** Why the node ends the pod. */
  disruption?: string | undefined;
}

/** Gone as soon as nothing is in the way any more. */
const resizeTypes = new Set(["PodResizePending", "PodResizeInProgress"]);

/** The pod's conditions: the kubelet's own computed, those of others kept. */
export function podConditions(facts: ConditionFacts): PodCondition[] {
  const before = facts.pod.status?.conditions ?? [];
  const own = [
    { type: "PodReadyToStartContainers", status: facts.sandboxReady ? "True" : "False" },
    initialized(facts),
    ready(facts),
    containersReady(facts),
    { type: "PodScheduled", status: "True" },
    ...(facts.disruption === undefined ? [] : [disrupted(facts.disruption)]),
    ...(facts.resize ? [{ ...facts.resize, status: "True" }] : []),
  ].map((condition: PodCondition) => {
    const old = before.find((candidate) => candidate.type === condition.type);
    const since = old?.status === condition.status ? old?.lastTransitionTime : undefined;
    return {
      ...condition,
      observedGeneration: facts.pod.metadata?.generation,
      lastTransitionTime: since ?? rfc3339(facts.nowMs),
    };
  });
  const isOthers = ({ type = "" }: PodCondition) => !resizeTypes.has(type) && !own.some((mine) => mine.type === type);
  return [...own, ...before.filter(isOthers)];
}

function disrupted(message: string): PodCondition {
  return { type: "DisruptionTarget", status: "True", reason: "TerminationByKubelet", message };
}

function initialized({ pod, phase, inits, containers }: ConditionFacts): PodCondition {
  const type = "Initialized";
  if (phase === "Succeeded") return { type, status: "True", reason: "PodCompleted" };
  const sidecars = new Set(sidecarsOf(pod).map(({ name }) => name));
  const isComplete = (status: ContainerStatus) => (sidecars.has(status.name) ? status.started : status.ready);
  const incomplete = inits.filter((status) => !isComplete(status)).map((status) => status.name);
  if (incomplete.length === 0 || containers.some(hasStarted)) return { type, status: "True" };
  const message = `containers with incomplete status: [${incomplete.join(" ")}]`;
  return { type, status: "False", reason: "ContainersNotInitialized", message };
}

function hasStarted({ state, lastState }: ContainerStatus): boolean {
  return Boolean(state?.running ?? state?.terminated ?? lastState?.terminated);
}

function containersReady({ pod, phase, inits, containers }: ConditionFacts): PodCondition {
  const type = "ContainersReady";
  if (phase === "Succeeded") return { type, status: "False", reason: "PodCompleted" };
  if (phase === "Failed") return { type, status: "False", reason: "PodFailed" };
  const sidecars = new Set(sidecarsOf(pod).map(({ name }) => name));
  const lasting = [...inits.filter(({ name }) => sidecars.has(name)), ...containers];
  const unready = lasting.filter((status) => !status.ready).map((status) => status.name);
  if (unready.length === 0) return { type, status: "True" };
  const message = `containers with unready status: [${unready.join(" ")}]`;
  return { type, status: "False", reason: "ContainersNotReady", message };
}

function ready(facts: ConditionFacts): PodCondition {
  const containers = containersReady(facts);
  if (containers.status !== "True") return { ...containers, type: "Ready" };
  const closed = (facts.pod.spec?.readinessGates ?? []).flatMap(({ conditionType = "" }) => {
    const gate = facts.pod.status?.conditions?.find((condition) => condition.type === conditionType);
    if (!gate) return [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`];
    if (gate.status === "True") return [];
    return [`the status of pod readiness gate "${conditionType}" is not "True", but ${gate.status}`];
  });
  if (closed.length === 0) return { type: "Ready", status: "True" };
  return { type: "Ready", status: "False", reason: "ReadinessGatesNotReady", message: closed.join(", ") };
}
