import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { type Informer, objectKey } from "../../../lib/client/informer.ts";
import type { ControllerContext } from "../../../lib/controller/controller.ts";
import { patchPodStatus } from "../pods/disruption.ts";
import { isPodFinished, podCondition } from "../pods/pod-state.ts";

/** A pod that is to be disrupted, and is not deleted within this time, is not. */
const staleMs = 2 * 60_000;

/** Takes back the condition DisruptionTarget of pods that have not been deleted after all. */
export class StaleDisruptions {
  readonly #context: ControllerContext;
  readonly #pods: Informer<Pod>;
  readonly #timers = new Map<string, () => void>();

  constructor(context: ControllerContext, pods: Informer<Pod>) {
    this.#context = context;
    this.#pods = pods;
  }

  setUp(): void {
    const look = (pod: Pod) => this.#watch(pod);
    this.#pods.addHandler({ added: look, updated: (_, after) => look(after), deleted: (pod) => this.#forget(pod) });
  }

  close(): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  #watch(pod: Pod): void {
    const since = disruptedSinceMs(pod);
    if (since === undefined) return this.#forget(pod);
    const key = objectKey(pod);
    if (this.#timers.has(key)) return;
    const { clock, logger } = this.#context;
    const fire = () => {
      this.#timers.delete(key);
      const current = this.#pods.lister.byKey(key);
      if (!current || disruptedSinceMs(current) === undefined) return;
      this.#takeBack(current).catch((error: unknown) => {
        logger.warn({ err: error, pod: key }, "the condition of a pod that was not disrupted stays");
      });
    };
    this.#timers.set(key, clock.schedule(Math.max(0, since + staleMs - clock.now()), fire));
  }

  #forget(pod: Pod): void {
    const key = objectKey(pod);
    this.#timers.get(key)?.();
    this.#timers.delete(key);
  }

  async #takeBack(pod: Pod): Promise<void> {
    const lastTransitionTime = rfc3339(this.#context.clock.now());
    const condition = { type: "DisruptionTarget", status: "False", reason: "", message: "", lastTransitionTime };
    try {
      await patchPodStatus(this.#context, pod, { conditions: [condition] });
    } catch (error) {
      if (!isStatusError(error, "NotFound", "Conflict")) throw error;
    }
  }
}

/** Undefined when the pod is not to be disrupted, or goes already. */
function disruptedSinceMs(pod: Pod): number | undefined {
  const condition = podCondition(pod, "DisruptionTarget");
  if (condition?.status !== "True" || pod.metadata?.deletionTimestamp || isPodFinished(pod)) return undefined;
  return Date.parse(condition.lastTransitionTime ?? "") || undefined;
}
