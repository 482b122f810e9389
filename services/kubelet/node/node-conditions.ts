import { statfs } from "node:fs/promises";
import { freemem, totalmem } from "node:os";
import type { NodeCondition } from "../../../gen/typernetes/core/v1/node.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";

/** Below this much the node takes no more pods: Kubernetes' hard eviction thresholds. */
const memoryAvailableMinBytes = 100 * 1024 * 1024;
const diskAvailableMinShare = 0.1;

/** What a node reports about itself; `before` keeps transition times. */
export async function nodeConditions(
  before: readonly NodeCondition[],
  facts: { stateDir: string; problem: string | undefined; nowMs: number },
): Promise<NodeCondition[]> {
  const disk = await statfs(facts.stateDir);
  const lowMemory = availableMemory() < memoryAvailableMinBytes;
  const lowDisk = disk.bavail / disk.blocks < diskAvailableMinShare;
  const states: NodeCondition[] = [
    lowMemory
      ? {
          type: "MemoryPressure",
          status: "True",
          reason: "KubeletHasInsufficientMemory",
          message: "kubelet has insufficient memory available",
        }
      : {
          type: "MemoryPressure",
          status: "False",
          reason: "KubeletHasSufficientMemory",
          message: "kubelet has sufficient memory available",
        },
    lowDisk
      ? { type: "DiskPressure", status: "True", reason: "KubeletHasDiskPressure", message: "kubelet has disk pressure" }
      : {
          type: "DiskPressure",
          status: "False",
          reason: "KubeletHasNoDiskPressure",
          message: "kubelet has no disk pressure",
        },
    {
      type: "PIDPressure",
      status: "False",
      reason: "KubeletHasSufficientPID",
      message: "kubelet has sufficient PID available",
    },
    facts.problem
      ? { type: "Ready", status: "False", reason: "KubeletNotReady", message: facts.problem }
      : { type: "Ready", status: "True", reason: "KubeletReady", message: "kubelet is posting ready status" },
  ];
  const now = rfc3339(facts.nowMs);
  return states.map((state) => {
    const old = before.find((condition) => condition.type === state.type);
    return {
      ...state,
      lastHeartbeatTime: now,
      lastTransitionTime: old?.status === state.status ? old?.lastTransitionTime : now,
    };
  });
}

/** Free memory, caches that can be given back included. */
function availableMemory(): number {
  return Math.max(freemem(), process.availableMemory?.() ?? 0, totalmem() === 0 ? 0 : freemem());
}
