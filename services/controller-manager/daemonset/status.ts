import type { DaemonSet, DaemonSetStatus } from "../../../gen/typernetes/apps/v1/daemon_set.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import type { Client } from "../../../lib/client/client.ts";
import { isPodAvailable, isPodReady } from "../pods/pod-state.ts";
import { isUpdated } from "./daemon-pod.ts";
import type { DaemonSync } from "./daemon-sync.ts";
import { byAge } from "./manage.ts";

/** What is seen of a daemon set's pods: the oldest of each node counts. */
export function daemonSetStatus(sync: DaemonSync, collisionCount: number | undefined): DaemonSetStatus {
  const { set, hash, verdicts, pods, nowMs } = sync;
  const wanted = [...verdicts].filter(([, { runs }]) => runs);
  const oldest = wanted.flatMap(([node]) => [...(pods.get(node) ?? [])].sort(byAge).slice(0, 1));
  const count = (test: (pod: Pod) => boolean) => oldest.filter(test).length;
  const numberAvailable = count((pod) => isPodAvailable(pod, set.spec?.minReadySeconds ?? 0, nowMs));
  return {
    desiredNumberScheduled: wanted.length,
    currentNumberScheduled: oldest.length,
    numberMisscheduled: [...verdicts].filter(([node, { runs }]) => !runs && pods.has(node)).length,
    numberReady: count(isPodReady),
    numberAvailable,
    numberUnavailable: wanted.length - numberAvailable,
    updatedNumberScheduled: count((pod) => isUpdated(pod, hash)),
    observedGeneration: set.metadata?.generation,
    collisionCount,
    conditions: set.status?.conditions,
  };
}

/** Writes the status where it differs. */
export async function writeStatus(client: Client, set: DaemonSet, status: DaemonSetStatus): Promise<void> {
  if (deepEqual(withoutZeros(set.status ?? {}), withoutZeros(status))) return;
  await client.apps.v1.daemonsets.updateStatus({ ...set, status });
}

/** Zero and absent are the same to a reader of the status. */
function withoutZeros(status: DaemonSetStatus): object {
  return Object.fromEntries(Object.entries(status).filter(([, value]) => value !== undefined && value !== 0));
}
