import type { Pod, PodStatus } from "../../../gen/typernetes/core/v1/pod.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { Client } from "../../../lib/client/client.ts";

/** Conditions that the kubelet decides on; the others belong to whoever wrote them. */
const ownConditions = new Set(["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"]);
const attemptsMax = 5;

/**
 * Writes a pod's status where it differs from what the server has; on a conflict, over the newest object, keeping the
 * conditions of others. Answers the pod as written; undefined when it has gone.
 */
export async function writePodStatus(client: Client, pod: Pod, status: PodStatus): Promise<Pod | undefined> {
  let latest = pod;
  for (let attempt = 1; ; attempt++) {
    const merged = attempt === 1 ? status : { ...status, conditions: mergeConditions(status, latest) };
    if (deepEqual(merged, latest.status)) return latest;
    try {
      return await client.core.v1.pods.updateStatus({ ...latest, status: merged });
    } catch (error) {
      if (isStatusError(error, "NotFound")) return undefined;
      if (!isStatusError(error, "Conflict") || attempt === attemptsMax) throw error;
      const fresh = await getPod(client, pod);
      if (!fresh) return undefined;
      latest = fresh;
    }
  }
}

/** The pod as the server has it; undefined when it has gone, also when another took its name. */
async function getPod(client: Client, pod: Pod): Promise<Pod | undefined> {
  const { namespace, name = "", uid } = pod.metadata ?? {};
  try {
    const latest = await client.core.v1.pods.get(name, { namespace });
    return latest.metadata?.uid === uid ? latest : undefined;
  } catch (error) {
    if (isStatusError(error, "NotFound")) return undefined;
    throw error;
  }
}

function mergeConditions(status: PodStatus, latest: Pod): PodStatus["conditions"] {
  const own = status.conditions?.filter((condition) => ownConditions.has(condition.type ?? "")) ?? [];
  const others = latest.status?.conditions?.filter((condition) => !ownConditions.has(condition.type ?? "")) ?? [];
  return [...own, ...others];
}
