import type { NodeCondition } from "../../../gen/typernetes/core/v1/node.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import type { PressureCondition } from "../eviction/signals.ts";

/** What a node reports about itself; `before` keeps transition times. `problem` says why the node is not ready. */
export function nodeConditions(
  before: readonly NodeCondition[],
  pressures: readonly PressureCondition[],
  problem: string | undefined,
  nowMs: number,
): NodeCondition[] {
  const now = rfc3339(nowMs);
  const pressed = wordings.map(({ type, high, low }) => {
    return pressures.includes(type) ? { type, status: "True", ...high } : { type, status: "False", ...low };
  });
  return [...pressed, ready(problem)].map((condition) => {
    const old = before.find(({ type }) => type === condition.type);
    const since = old?.status === condition.status ? old?.lastTransitionTime : undefined;
    return { ...condition, lastHeartbeatTime: now, lastTransitionTime: since ?? now };
  });
}

interface Wording {
  reason: string;
  message: string;
}

const wordings: readonly { type: PressureCondition; high: Wording; low: Wording }[] = [
  {
    type: "MemoryPressure",
    high: { reason: "KubeletHasInsufficientMemory", message: "kubelet has insufficient memory available" },
    low: { reason: "KubeletHasSufficientMemory", message: "kubelet has sufficient memory available" },
  },
  {
    type: "DiskPressure",
    high: { reason: "KubeletHasDiskPressure", message: "kubelet has disk pressure" },
    low: { reason: "KubeletHasNoDiskPressure", message: "kubelet has no disk pressure" },
  },
  {
    type: "PIDPressure",
    high: { reason: "KubeletHasInsufficientPID", message: "kubelet has insufficient PID available" },
    low: { reason: "KubeletHasSufficientPID", message: "kubelet has sufficient PID available" },
  },
];

function ready(problem: string | undefined): NodeCondition {
  return problem
    ? { type: "Ready", status: "False", reason: "KubeletNotReady", message: problem }
    : { type: "Ready", status: "True", reason: "KubeletReady", message: "kubelet is posting ready status" };
}
