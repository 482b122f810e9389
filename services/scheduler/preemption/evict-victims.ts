import type { Clock } from "../../../lib/base/clock.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { Client } from "../../../lib/client/client.ts";
import type { EventRecorder } from "../../../lib/client/event-recorder.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import { preemptionReason } from "./preempt.ts";

interface EvictionParts {
  client: Client;
  recorder: EventRecorder;
  clock: Clock;
}

/** Deletes pods to make room for another, and says so in their conditions and in events. @throws StatusError */
export async function evictVictims(
  { client, recorder, clock }: EvictionParts,
  pod: PodInfo,
  victims: readonly PodInfo[],
  nodeName: string,
): Promise<void> {
  const evict = async (victim: PodInfo) => {
    const { namespace, name = "", uid } = victim.pod.metadata ?? {};
    const lastTransitionTime = rfc3339(clock.now());
    const message = `${pod.pod.spec?.schedulerName ?? "default-scheduler"}: preempting to accommodate a higher priority pod`;
    const condition = {
      type: "DisruptionTarget",
      status: "True",
      reason: preemptionReason,
      message,
      lastTransitionTime,
    };
    const patch = { metadata: { uid }, status: { conditions: [condition] } };
    try {
      await client.core.v1.pods.patch(name, patch, { namespace, subresource: "status" });
      await client.core.v1.pods.delete(name, { namespace, preconditions: { uid } });
    } catch (error) {
      // It has gone by itself, or another has its name now.
      if (isStatusError(error, "NotFound", "Conflict")) return;
      throw error;
    }
    // Of placed pods little is kept, and not what they are.
    const subject = { ...victim.pod, apiVersion: "v1", kind: "Pod" };
    recorder.event(subject, "Normal", "Preempted", `Preempted by pod ${pod.uid} on node ${nodeName}`);
  };
  await Promise.all(victims.filter(({ isEnding }) => !isEnding).map(evict));
}
