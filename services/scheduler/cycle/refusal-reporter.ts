import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { Clock } from "../../../lib/base/clock.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { Client } from "../../../lib/client/client.ts";
import type { EventRecorder } from "../../../lib/client/event-recorder.ts";
import type { Logger } from "../../../lib/observe/logger.ts";

const writersMax = 16;

interface Refusal {
  pod: Pod;
  reason: "Unschedulable" | "SchedulerError";
  message: string;
  /** Where room is being made for the pod; null when there is none any more. */
  nominatedNodeName?: string | null;
}

/** Tells why pods wait: in an event, and in their condition PodScheduled. */
export class RefusalReporter {
  readonly #client: Client;
  readonly #recorder: EventRecorder;
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** What is not yet written, the latest word on each pod. */
  readonly #waiting = new Map<string, Refusal>();
  #writers = 0;

  constructor(parts: { client: Client; recorder: EventRecorder; clock: Clock; logger: Logger }) {
    this.#client = parts.client;
    this.#recorder = parts.recorder;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
  }

  report(refusal: Refusal): void {
    const { pod, message } = refusal;
    this.#recorder.event(pod, "Warning", "FailedScheduling", message);
    this.#waiting.set(pod.metadata?.uid ?? "", refusal);
    if (this.#writers < writersMax) void this.#write();
  }

  /** No room is being made for the pod any more. */
  unnominate({ metadata }: Pod): void {
    const { namespace, name = "", uid } = metadata ?? {};
    const patch = { metadata: { uid }, status: { nominatedNodeName: null } };
    this.#client.core.v1.pods.patch(name, patch, { namespace, subresource: "status" }).catch((error: unknown) => {
      if (isStatusError(error, "NotFound", "Conflict")) return;
      this.#logger.warn({ err: error, pod: `${namespace}/${name}` }, "could not take the pod's nomination back");
    });
  }

  /** The pod waits no more. */
  forget(uid: string): void {
    this.#waiting.delete(uid);
  }

  async #write(): Promise<void> {
    this.#writers++;
    for (let [next] = this.#waiting; next; [next] = this.#waiting) {
      const [uid, refusal] = next;
      this.#waiting.delete(uid);
      await this.#writeCondition(refusal);
    }
    this.#writers--;
  }

  async #writeCondition({ pod, reason, message, nominatedNodeName }: Refusal): Promise<void> {
    const { namespace, name = "", uid, generation } = pod.metadata ?? {};
    const before = pod.status?.conditions?.find(({ type }) => type === "PodScheduled");
    const stays = before?.status === "False";
    const nominationStays =
      nominatedNodeName === undefined || (nominatedNodeName ?? "") === (pod.status?.nominatedNodeName ?? "");
    if (stays && nominationStays && before.reason === reason && before.message === message) return;
    const lastTransitionTime = stays ? before.lastTransitionTime : rfc3339(this.#clock.now());
    const what = { type: "PodScheduled", status: "False", reason, message };
    const conditions = [{ ...what, lastTransitionTime, observedGeneration: generation }];
    const status = { conditions, ...(nominatedNodeName !== undefined && { nominatedNodeName }) };
    try {
      const { pods } = this.#client.core.v1;
      await pods.patch(name, { metadata: { uid }, status }, { namespace, subresource: "status" });
    } catch (error) {
      if (isStatusError(error, "NotFound", "Conflict")) return;
      this.#logger.warn({ err: error, pod: `${namespace}/${name}` }, "could not write why the pod waits");
    }
  }
}
