import type { Pod, PodStatus } from "../../../gen/typernetes/core/v1/pod.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { Client } from "../../../lib/client/client.ts";

const attemptsMax = 5;
/** A server that does not answer holds nobody up for long: containers are looked after without it. */
const timeoutMs = 10_000;

/**
 * Writes the status that `statusOf` computes for a pod, where it differs from what the server has; computes it anew over
 * the newest object on a conflict. Answers the pod as the server has it now; undefined when it has gone.
 */
export async function writePodStatus(
  client: Client,
  pod: Pod,
  statusOf: (pod: Pod) => PodStatus,
): Promise<Pod | undefined> {
  let latest = pod;
  for (let attempt = 1; ; attempt++) {
    const status = statusOf(latest);
    if (deepEqual(status, latest.status)) return latest;
    try {
      return await client.core.v1.pods.updateStatus({ ...latest, status }, { timeoutMs });
    } catch (error) {
      if (isStatusError(error, "NotFound")) return undefined;
      if (!isStatusError(error, "Conflict") || attempt === attemptsMax) throw error;
    }
    const fresh = await getPod(client, pod);
    if (!fresh) return undefined;
    latest = fresh;
  }
}

/** The pod as the server has it; undefined when it has gone, also when another took its name. */
async function getPod(client: Client, pod: Pod): Promise<Pod | undefined> {
  const { namespace, name = "", uid } = pod.metadata ?? {};
  try {
    const latest = await client.core.v1.pods.get(name, { namespace, timeoutMs });
    return latest.metadata?.uid === uid ? latest : undefined;
  } catch (error) {
    if (isStatusError(error, "NotFound")) return undefined;
    throw error;
  }
}
