import type { Lease } from "../../../gen/typernetes/coordination/v1/lease.ts";
import type { Node } from "../../../gen/typernetes/core/v1/node.ts";
import { rfc3339Micro } from "../../../lib/base/rfc3339.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { NodeContext } from "../pods/node-context.ts";

const namespace = "kube-node-lease";
const durationSeconds = 40;
const renewMs = 10_000;
const retryMs = 1000;

/** Renews the node's lease: the cheap sign that it lives. */
export class NodeLease {
  readonly #context: NodeContext;
  readonly #abort = new AbortController();
  #lease: Lease | undefined;
  #loop: Promise<void> | undefined;

  constructor(context: NodeContext) {
    this.#context = context;
  }

  start(node: Node): void {
    this.#loop ??= this.#run(node);
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error("the kubelet stops"));
    await this.#loop;
  }

  async #run(node: Node): Promise<void> {
    const { clock, logger } = this.#context;
    while (!this.#abort.signal.aborted) {
      let waitMs = renewMs;
      try {
        this.#lease = await this.#renew(node);
      } catch (error) {
        this.#lease = undefined;
        waitMs = retryMs;
        if (!isStatusError(error, "Conflict", "AlreadyExists"))
          logger.warn({ err: error }, "could not renew the node's lease");
      }
      await clock.sleep(waitMs, this.#abort.signal).catch(() => {});
    }
  }

  async #renew(node: Node): Promise<Lease> {
    const { client, clock } = this.#context;
    const { leases } = client.coordination.v1;
    const name = node.metadata?.name ?? "";
    const current = this.#lease ?? (await leases.get(name, { namespace }).catch(missing));
    const spec = { holderIdentity: name, leaseDurationSeconds: durationSeconds, renewTime: rfc3339Micro(clock.now()) };
    if (current) return leases.update({ ...current, spec: { ...current.spec, ...spec } });
    const ownerReferences = [{ apiVersion: "v1", kind: "Node", name, uid: node.metadata?.uid }];
    return leases.create({
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { namespace, name, ownerReferences },
      spec,
    });
  }
}

function missing(error: unknown): undefined {
  if (!isStatusError(error, "NotFound")) throw error;
}
