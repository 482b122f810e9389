import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import type { PodMemory, ResizeProblem, WaitingReason } from "../hooks/hook.ts";
import type { NodeContext } from "../pods/node-context.ts";
import type { ObservedPod } from "../pods/runtime-view.ts";
import { LastWords } from "./last-words.ts";
import { type Ending, podStatus } from "./pod-status.ts";
import { writePodStatus } from "./status-writer.ts";

/** Tells the server how one pod is. */
export class PodReporter {
  readonly #node: NodeContext;
  readonly #memory: Pick<PodMemory, "directory" | "probes" | "sizes">;
  readonly #lastWords: LastWords;

  constructor(node: NodeContext, memory: Pick<PodMemory, "directory" | "probes" | "sizes">) {
    this.#node = node;
    this.#memory = memory;
    this.#lastWords = new LastWords(node.runtime, memory.directory);
  }

  /** Writes nothing when the server knows already. Answers the pod as the server has it now; undefined when it has gone. */
  async report(
    pod: Pod,
    observed: ObservedPod,
    waiting: ReadonlyMap<string, WaitingReason>,
    ending?: Ending,
    resize?: ResizeProblem,
  ): Promise<Pod | undefined> {
    const { client, runtime, options, clock } = this.#node;
    const messages = await this.#lastWords.read(pod, observed);
    const { probes, sizes } = this.#memory;
    const facts = { observed, waiting, messages, probes, sizes, resize, runtimeName: runtime.name };
    const place = { hostIP: options.place.internalIP, nowMs: clock.now() };
    const end = ending ? { ending } : {};
    return writePodStatus(client, pod, (latest) => podStatus({ ...facts, ...place, ...end, pod: latest }));
  }

  /** Ends a pod that was never let in: no container of it is shown as waiting. */
  async reject(pod: Pod, reason: string, message: string): Promise<Pod | undefined> {
    const { client, clock } = this.#node;
    return writePodStatus(client, pod, (latest) => ({
      ...latest.status,
      observedGeneration: latest.metadata?.generation,
      phase: "Failed",
      reason,
      message,
      startTime: latest.status?.startTime ?? rfc3339(clock.now()),
    }));
  }
}
