import type { Node, NodeStatus } from "../../../gen/typernetes/core/v1/node.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { NodeContext } from "../pods/node-context.ts";
import { nodeConditions } from "./node-conditions.ts";
import { architecture, nodeCapacity, nodeInfo } from "./node-info.ts";
import { NodeLease } from "./node-lease.ts";

const checkMs = 10_000;
/** Without changes the status is written this often; the lease shows life in between. */
const reportMs = 300_000;

/** Registers the node, and reports its state and that it lives. */
export class NodeReporter {
  readonly #context: NodeContext;
  readonly #lease: NodeLease;
  readonly #abort = new AbortController();
  #lastReportMs = Number.NEGATIVE_INFINITY;
  #loop: Promise<void> | undefined;

  constructor(context: NodeContext) {
    this.#context = context;
    this.#lease = new NodeLease(context);
  }

  /** Resolves when the node is registered, and reported once. */
  async start(): Promise<void> {
    const node = await this.#register();
    await this.#report(node);
    this.#context.recorder.event(node, "Normal", "Starting", "Starting kubelet.");
    this.#lease.start(node);
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error("the kubelet stops"));
    await this.#lease.stop();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { clock, logger, options, client } = this.#context;
    while (!this.#abort.signal.aborted) {
      try {
        await clock.sleep(checkMs, this.#abort.signal);
        const node = await client.core.v1.nodes.get(options.nodeName);
        await this.#report(node);
      } catch (error) {
        if (this.#abort.signal.aborted) return;
        // A node that was deleted comes back, as a kubelet's does.
        if (isStatusError(error, "NotFound")) await this.#register().catch(() => {});
        else logger.warn({ err: error }, "could not report the node's status");
      }
    }
  }

  async #register(): Promise<Node> {
    const { client, options } = this.#context;
    const labels = {
      "kubernetes.io/hostname": options.nodeName,
      "kubernetes.io/os": process.platform,
      "kubernetes.io/arch": architecture(),
      ...options.labels,
    };
    try {
      return await client.core.v1.nodes.create({
        apiVersion: "v1",
        kind: "Node",
        metadata: { name: options.nodeName, labels },
        spec: { podCIDR: options.place.podCIDR, podCIDRs: [options.place.podCIDR] },
        status: await this.#status(undefined),
      });
    } catch (error) {
      if (!isStatusError(error, "AlreadyExists")) throw error;
    }
    const existing = await client.core.v1.nodes.get(options.nodeName);
    const merged = { ...existing.metadata?.labels, ...labels };
    if (deepEqual(merged, existing.metadata?.labels)) return existing;
    return client.core.v1.nodes.update({ ...existing, metadata: { ...existing.metadata, labels: merged } });
  }

  async #report(node: Node): Promise<void> {
    const { client, clock } = this.#context;
    const status = await this.#status(node);
    const due = clock.monotonic() - this.#lastReportMs >= reportMs;
    if (!due && deepEqual(withoutHeartbeats(status), withoutHeartbeats(node.status))) return;
    const ready = (of: NodeStatus | undefined) =>
      of?.conditions?.find((condition) => condition.type === "Ready")?.status;
    await client.core.v1.nodes.updateStatus({ ...node, status });
    this.#lastReportMs = clock.monotonic();
    if (ready(status) === ready(node.status)) return;
    const reason = ready(status) === "True" ? "NodeReady" : "NodeNotReady";
    this.#context.recorder.event(node, "Normal", reason, `Node ${node.metadata?.name} status is now: ${reason}`);
  }

  async #status(node: Node | undefined): Promise<NodeStatus> {
    const { runtime, options, clock } = this.#context;
    const [problem, capacity, info, images] = await Promise.all([
      runtime.problem(),
      nodeCapacity(options.stateDir, options.maxPods),
      nodeInfo(runtime),
      runtime.listImages().catch(() => []),
    ]);
    const before = node?.status?.conditions ?? [];
    const own = await nodeConditions(before, { stateDir: options.stateDir, problem, nowMs: clock.now() });
    const others = before.filter((condition) => !own.some(({ type }) => type === condition.type));
    return {
      ...node?.status,
      capacity,
      allocatable: capacity,
      conditions: [...others, ...own],
      addresses: [
        { type: "InternalIP", address: options.place.internalIP },
        { type: "Hostname", address: options.nodeName },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: options.port } },
      nodeInfo: info,
      images: images
        .slice(0, 50)
        .map((image) => ({ names: [...image.digests, ...image.tags], sizeBytes: image.sizeBytes })),
    };
  }
}

function withoutHeartbeats(status: NodeStatus | undefined): object {
  const conditions = status?.conditions?.map(({ lastHeartbeatTime: _, ...condition }) => condition);
  return { ...status, conditions };
}
