import type { BindPodsRequest, BindPodsResponse } from "../../../gen/typernetes/core/v1/pod.ts";
import type { QueuedPod } from "../queue/scheduling-queue.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";

/** A pod, as it was when a node was chosen for it. */
export interface Placement {
  queued: QueuedPod;
  info: PodInfo;
  nodeName: string;
}

/** Asks the server for bindings; the answer has a status for each. */
export type BindPods = (request: BindPodsRequest) => Promise<BindPodsResponse>;

const batchMax = 200;
const batchesAtOnceMax = 4;

/** Writes placements to the server in batches; each succeeds or fails by itself. */
export class Binder {
  readonly #write: BindPods;
  readonly #onDone: (placement: Placement, failure: string | undefined) => void;
  #waiting: Placement[] = [];
  #flying = 0;
  #scheduled = false;

  /** `onDone` is told how each placement ended: `failure` is absent when the pod is bound. */
  constructor(write: BindPods, onDone: (placement: Placement, failure: string | undefined) => void) {
    this.#write = write;
    this.#onDone = onDone;
  }

  /** Placements that the server has not answered yet. */
  get backlog(): number {
    return this.#waiting.length + this.#flying * batchMax;
  }

  bind(placement: Placement): void {
    this.#waiting.push(placement);
    if (this.#waiting.length >= batchMax) this.#flush();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        this.#flush();
      });
    }
  }

  #flush(): void {
    while (this.#waiting.length > 0 && this.#flying < batchesAtOnceMax) {
      const batch = this.#waiting.splice(0, batchMax);
      this.#flying++;
      void this.#send(batch).finally(() => {
        this.#flying--;
        this.#flush();
      });
    }
  }

  async #send(batch: Placement[]): Promise<void> {
    try {
      const { results = [] } = await this.#write(requestOf(batch));
      for (const [index, placement] of batch.entries()) {
        const result = results[index];
        this.#onDone(
          placement,
          result?.code === undefined || result.code === 0 ? undefined : (result.message ?? result.reason ?? "failed"),
        );
      }
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error);
      for (const placement of batch) this.#onDone(placement, failure);
    }
  }
}

function requestOf(batch: readonly Placement[]): BindPodsRequest {
  return {
    bindings: batch.map(({ info, nodeName }) => {
      const { namespace, name, uid } = info.pod.metadata ?? {};
      return { metadata: { namespace, name, uid }, target: { kind: "Node", name: nodeName } };
    }),
  };
}
