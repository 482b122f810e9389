import type { Node, NodeStatus } from "../../../gen/typernetes/core/v1/node.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { backoffDelay } from "../../../lib/base/backoff.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { retryOnConflict } from "../../../lib/client/retry-on-conflict.ts";
import type { NodeContext } from "../pods/node-context.ts";
import { architecture } from "./node-info.ts";
import { NodeLease } from "./node-lease.ts";
import { type NodeHealth, nodeStatus } from "./node-status.ts";

const checkMs = 10_000;
/** Without changes the status is written this often; the lease shows life in between. */
const reportMs = 300_000;
const retry = { initialMs: 200, maxMs: 7_000 };

/** Registers the node, and reports its state and that it lives. */
export class NodeReporter {
  readonly #context: NodeContext;
  readonly #health: () => NodeHealth;
  readonly #lease: NodeLease;
  readonly #abort = new AbortController();
  #lastReportMs = Number.NEGATIVE_INFINITY;
  #nodeUid: string | undefined;
  #allocatable: Readonly<Record<string, string>> = {};
  #loop: Promise<void> | undefined;

  /** `health` is asked for each report. */
  constructor(context: NodeContext, health: () => NodeHealth) {
    this.#context = context;
    this.#health = health;
    this.#lease = new NodeLease(context, () => this.#nodeUid);
  }

  /** What pods can have of the node, as it was last told; empty before. */
  get allocatable(): Readonly<Record<string, string>> {
    return this.#allocatable;
  }

  /** Resolves when the node is registered and reported; tries until the server answers, or `stop` is called. */
  async start(): Promise<void> {
    for (let failures = 0; ; failures++) {
      try {
        const node = await this.#register();
        await this.#report(node);
        this.#context.recorder.event(node, "Normal", "Starting", "Starting kubelet.");
        break;
      } catch (error) {
        this.#context.logger.warn({ err: error }, "could not register the node; it will be tried again");
        await this.#context.clock.sleep(backoffDelay(failures, retry), this.#abort.signal);
      }
    }
    this.#lease.start();
    this.#loop = this.#run();
  }

  /** Reports now what may have changed. */
  async reportSoon(): Promise<void> {
    try {
      await this.#reportNewest();
    } catch (error) {
      this.#context.logger.warn({ err: error }, "could not report the node's status");
    }
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error("the kubelet stops"));
    await Promise.all([this.#lease.stop(), this.#loop]);
  }

  async #run(): Promise<void> {
    const { clock, logger } = this.#context;
    const { signal } = this.#abort;
    while (!signal.aborted) {
      try {
        await clock.sleep(checkMs, signal);
        await this.#reportNewest();
      } catch (error) {
        if (!signal.aborted) logger.warn({ err: error }, "could not report the node's status");
      }
    }
  }

  async #reportNewest(): Promise<void> {
    const { nodes } = this.#context.client.core.v1;
    const { nodeName } = this.#context.options;
    const { signal } = this.#abort;
    await retryOnConflict(
      async () => {
        const node = await nodes.get(nodeName, { signal }).catch((error: unknown) => {
          // A node that was deleted comes back, as long as its kubelet lives.
          if (isStatusError(error, "NotFound")) return this.#register();
          throw error;
        });
        this.#nodeUid = node.metadata?.uid;
        await this.#report(node);
      },
      { clock: this.#context.clock, random: this.#context.random, signal },
    );
  }

  async #register(): Promise<Node> {
    const { client, options } = this.#context;
    const { nodes } = client.core.v1;
    const { signal } = this.#abort;
    const labels = {
      "kubernetes.io/hostname": options.nodeName,
      "kubernetes.io/os": process.platform,
      "kubernetes.io/arch": architecture(),
      ...options.labels,
    };
    const { podCIDR, ipv6 } = options.place;
    const fresh: Node = {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: options.nodeName, labels },
      spec: { podCIDR, podCIDRs: ipv6 ? [podCIDR, ipv6.podCIDR] : [podCIDR] },
      status: await nodeStatus(this.#context, undefined, this.#health()),
    };
    const created = await nodes.create(fresh, { signal }).catch(existing);
    if (created) this.#noteReport(created, created.status, undefined);
    const node = created ?? (await this.#label(labels));
    this.#nodeUid = node.metadata?.uid;
    return node;
  }

  /** Gives a node that was registered before the labels of this kubelet, beside those of others. */
  async #label(labels: Record<string, string>): Promise<Node> {
    const { nodes } = this.#context.client.core.v1;
    const { signal } = this.#abort;
    const node = await nodes.get(this.#context.options.nodeName, { signal });
    const merged = { ...node.metadata?.labels, ...labels };
    if (deepEqual(merged, node.metadata?.labels)) return node;
    return nodes.update({ ...node, metadata: { ...node.metadata, labels: merged } }, { signal });
  }

  /** Writes the status when it has changed, and from time to time when it has not. */
  async #report(node: Node): Promise<void> {
    const { client, clock } = this.#context;
    const status = await nodeStatus(this.#context, node.status, this.#health());
    this.#allocatable = status.allocatable ?? {};
    const isDue = clock.monotonic() - this.#lastReportMs >= reportMs;
    if (!isDue && deepEqual(withoutHeartbeats(status), withoutHeartbeats(node.status))) return;
    await client.core.v1.nodes.updateStatus({ ...node, status }, { signal: this.#abort.signal });
    this.#noteReport(node, status, node.status);
  }

  #noteReport(node: Node, status: NodeStatus | undefined, before: NodeStatus | undefined): void {
    this.#lastReportMs = this.#context.clock.monotonic();
    if (readyOf(status) === readyOf(before)) return;
    const reason = readyOf(status) === "True" ? "NodeReady" : "NodeNotReady";
    this.#context.recorder.event(node, "Normal", reason, `Node ${node.metadata?.name} status is now: ${reason}`);
  }
}

function existing(error: unknown): undefined {
  if (!isStatusError(error, "AlreadyExists")) throw error;
}

function readyOf(status: NodeStatus | undefined): string | undefined {
  return status?.conditions?.find(({ type }) => type === "Ready")?.status;
}

function withoutHeartbeats(status: NodeStatus | undefined): object {
  const conditions = status?.conditions?.map(({ lastHeartbeatTime: _, ...condition }) => condition);
  return { ...status, conditions };
}
