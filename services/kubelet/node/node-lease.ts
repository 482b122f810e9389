import type { Lease } from "../../../gen/typernetes/coordination/v1/lease.ts";
import { backoffDelay } from "../../../lib/base/backoff.ts";
import { rfc3339Micro } from "../../../lib/base/rfc3339.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { NodeContext } from "../pods/node-context.ts";

const namespace = "kube-node-lease";
const durationSeconds = 40;
const renewMs = 10_000;
const retry = { initialMs: 200, maxMs: 7_000 };

/** Renews the node's lease: the cheap sign that it lives. */
export class NodeLease {
  readonly #context: NodeContext;
  readonly #nodeUid: () => string | undefined;
  readonly #abort = new AbortController();
  #lease: Lease | undefined;
  #failures = 0;
  #loop: Promise<void> | undefined;

  /** `nodeUid`: of the node as it is registered now. */
  constructor(context: NodeContext, nodeUid: () => string | undefined) {
    this.#context = context;
    this.#nodeUid = nodeUid;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error("the kubelet stops"));
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      const waitMs = await this.#tryToRenew();
      await this.#context.clock.sleep(waitMs, signal).catch(() => {});
    }
  }

  /** How long to wait before the next time, in milliseconds. */
  async #tryToRenew(): Promise<number> {
    try {
      this.#lease = await this.#renew();
      this.#failures = 0;
      return renewMs;
    } catch (error) {
      this.#lease = undefined;
      const isPassing = isStatusError(error, "Conflict", "AlreadyExists", "NotFound");
      if (!isPassing) this.#context.logger.warn({ err: error }, "could not renew the node's lease");
      return backoffDelay(this.#failures++, retry);
    }
  }

  async #renew(): Promise<Lease> {
    const { client, clock, options } = this.#context;
    const { leases } = client.coordination.v1;
    const { signal } = this.#abort;
    const name = options.nodeName;
    const current = this.#lease ?? (await leases.get(name, { namespace, signal }).catch(missing));
    const metadata = {
      ...current?.metadata,
      namespace,
      name,
      ownerReferences: [{ apiVersion: "v1", kind: "Node", name, uid: this.#nodeUid() }],
    };
    const renewTime = rfc3339Micro(clock.now());
    const spec = { ...current?.spec, holderIdentity: name, leaseDurationSeconds: durationSeconds, renewTime };
    const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata, spec };
    return current ? leases.update(lease, { signal }) : leases.create(lease, { signal });
  }
}

function missing(error: unknown): undefined {
  if (!isStatusError(error, "NotFound")) throw error;
}
