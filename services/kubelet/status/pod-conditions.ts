import type { ContainerStatus, Pod, PodCondition } from "../../../gen/typernetes/core/v1/pod.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";

/** What the conditions are computed from. */
export interface ConditionFacts {
  pod: Pod;
  phase: string;
  inits: readonly ContainerStatus[];
  containers: readonly ContainerStatus[];
  sandboxReady: boolean;
  nowMs: number;
}

/** The pod's conditions: the kubelet's own computed, those of others kept. */
export function podConditions(facts: ConditionFacts): PodCondition[] {
  const before = facts.pod.status?.conditions ?? [];
  const own = [
    { type: "PodReadyToStartContainers", status: facts.sandboxReady ? "True" : "False" },
    initialized(facts),
    ready(facts),
    containersReady(facts),
    { type: "PodScheduled", status: "True" },
  ].map((condition) => {
    const old = before.find((candidate) => candidate.type === condition.type);
    const unchanged = old?.status === condition.status;
    return {
      ...condition,
      observedGeneration: facts.pod.metadata?.generation,
      lastTransitionTime: unchanged ? old?.lastTransitionTime : rfc3339(facts.nowMs),
    };
  });
  return [...own, ...before.filter((condition) => !own.some(({ type }) => type === condition.type))];
}

function initialized({ phase, inits }: ConditionFacts): PodCondition {
  const incomplete = inits.filter((status) => !status.ready).map((status) => status.name);
  if (incomplete.length === 0)
    return { type: "Initialized", status: "True", reason: phase === "Succeeded" ? "PodCompleted" : undefined };
  const message = `containers with incomplete status: [${incomplete.join(" ")}]`;
  return { type: "Initialized", status: "False", reason: "ContainersNotInitialized", message };
}

function containersReady({ phase, containers }: ConditionFacts): PodCondition {
  const type = "ContainersReady";
  if (phase === "Succeeded") return { type, status: "False", reason: "PodCompleted" };
  if (phase === "Failed") return { type, status: "False", reason: "PodFailed" };
  const unready = containers.filter((status) => !status.ready).map((status) => status.name);
  if (unready.length === 0) return { type, status: "True" };
  return {
    type,
    status: "False",
    reason: "ContainersNotReady",
    message: `containers with unready status: [${unready.join(" ")}]`,
  };
}

function ready(facts: ConditionFacts): PodCondition {
  const containers = containersReady(facts);
  if (containers.status !== "True") return { ...containers, type: "Ready" };
  const missing = (facts.pod.spec?.readinessGates ?? []).find((gate) => {
    return facts.pod.status?.conditions?.find((condition) => condition.type === gate.conditionType)?.status !== "True";
  });
  if (!missing) return { type: "Ready", status: "True" };
  const message = `corresponding condition of pod readiness gate "${missing.conditionType}" does not exist.`;
  return { type: "Ready", status: "False", reason: "ReadinessGatesNotReady", message };
}
