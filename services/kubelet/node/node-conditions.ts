import { statfs } from "node:fs/promises";
import { freemem } from "node:os";
import type { NodeCondition } from "../../../gen/typernetes/core/v1/node.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";

/** Below this much the node takes no more pods: Kubernetes' hard eviction thresholds. */
const memoryAvailableMinBytes = 100 * 1024 * 1024;
const diskAvailableMinShare = 0.1;
/** A large disk that is nearly full still has room: a share alone would close many a developer's machine. */
const diskAvailableMinBytes = 2 * 1024 * 1024 * 1024;

/** What the machine has left. */
export interface NodePressure {
  memoryAvailableBytes: number;
  diskAvailableBytes: number;
  diskBytes: number;
}

/** Measures the machine; the disk is the one that `stateDir` is on. */
export async function measurePressure(stateDir: string): Promise<NodePressure> {
  const { bavail, blocks, bsize } = await statfs(stateDir);
  // On Linux this counts what caches can give back.
  return { memoryAvailableBytes: freemem(), diskAvailableBytes: bavail * bsize, diskBytes: blocks * bsize };
}

/** What a node reports about itself; `before` keeps transition times. `problem` says why the runtime is not ready. */
export function nodeConditions(
  before: readonly NodeCondition[],
  pressure: NodePressure,
  problem: string | undefined,
  nowMs: number,
): NodeCondition[] {
  const now = rfc3339(nowMs);
  return [memoryPressure(pressure), diskPressure(pressure), pidPressure, ready(problem)].map((condition) => {
    const old = before.find(({ type }) => type === condition.type);
    const since = old?.status === condition.status ? old?.lastTransitionTime : undefined;
    return { ...condition, lastHeartbeatTime: now, lastTransitionTime: since ?? now };
  });
}

function memoryPressure({ memoryAvailableBytes }: NodePressure): NodeCondition {
  const type = "MemoryPressure";
  return memoryAvailableBytes < memoryAvailableMinBytes
    ? {
        type,
        status: "True",
        reason: "KubeletHasInsufficientMemory",
        message: "kubelet has insufficient memory available",
      }
    : {
        type,
        status: "False",
        reason: "KubeletHasSufficientMemory",
        message: "kubelet has sufficient memory available",
      };
}

function diskPressure({ diskAvailableBytes, diskBytes }: NodePressure): NodeCondition {
  const isLow = diskAvailableBytes < diskAvailableMinBytes && diskAvailableBytes < diskBytes * diskAvailableMinShare;
  const type = "DiskPressure";
  return isLow
    ? { type, status: "True", reason: "KubeletHasDiskPressure", message: "kubelet has disk pressure" }
    : { type, status: "False", reason: "KubeletHasNoDiskPressure", message: "kubelet has no disk pressure" };
}

const pidPressure: NodeCondition = {
  type: "PIDPressure",
  status: "False",
  reason: "KubeletHasSufficientPID",
  message: "kubelet has sufficient PID available",
};

function ready(problem: string | undefined): NodeCondition {
  return problem
    ? { type: "Ready", status: "False", reason: "KubeletNotReady", message: problem }
    : { type: "Ready", status: "True", reason: "KubeletReady", message: "kubelet is posting ready status" };
}
