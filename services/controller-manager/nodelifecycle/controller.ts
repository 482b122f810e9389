import type { Lease } from "../../../gen/typernetes/coordination/v1/lease.ts";
import type { Node } from "../../../gen/typernetes/core/v1/node.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { Informer } from "../../../lib/client/informer.ts";
import type { Controller, ControllerContext, Enqueue, ReconcileResult } from "../../../lib/controller/controller.ts";
import { isPodReady } from "../pods/pod-state.ts";
import { EvictionGate } from "./eviction-gate.ts";
import { Heartbeats } from "./heartbeats.ts";
import { isNodeReady, readyCondition, unknownConditions } from "./node-conditions.ts";
import { taintsFor } from "./taints.ts";

const leaseNamespace = "kube-node-lease";
/** Nodes that are not well are looked at this often. */
const monitorMs = 5_000;

/** Notices nodes that fall silent, and taints nodes as their conditions demand. */
export function createNodeLifecycleController(context: ControllerContext): Controller {
  return new NodeLifecycleController(context);
}

class NodeLifecycleController implements Controller {
  readonly name = "node-lifecycle-controller";
  readonly workers = 4;
  readonly #context: ControllerContext;
  readonly #heartbeats: Heartbeats;
  readonly #gate: EvictionGate;
  readonly #nodes: Informer<Node>;
  readonly #leases: Informer<Lease>;
  readonly #pods: Informer<Pod>;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#heartbeats = new Heartbeats(context.clock);
    this.#gate = new EvictionGate(context.clock);
    this.#nodes = context.informers.informer(context.client.core.v1.nodes);
    this.#leases = context.informers.informer(context.client.coordination.v1.leases, { namespace: leaseNamespace });
    this.#pods = context.informers.informer(context.client.core.v1.pods);
    this.#pods.addIndex("node", (pod) => [pod.spec?.nodeName ?? ""]);
  }

  setUp(enqueue: Enqueue): void {
    this.#nodes.addHandler({
      added: (node) => {
        const name = node.metadata?.name ?? "";
        this.#heartbeats.heard(name);
        this.#tell(node, "RegisteredNode", `event: Registered Node ${name} in Controller`);
        enqueue(name);
      },
      updated: (before, after) => {
        const name = after.metadata?.name ?? "";
        if (readyCondition(before)?.lastHeartbeatTime !== readyCondition(after)?.lastHeartbeatTime)
          this.#heartbeats.heard(name);
        enqueue(name);
      },
      deleted: (node) => {
        const name = node.metadata?.name ?? "";
        this.#heartbeats.forget(name);
        this.#tell(node, "RemovingNode", `event: Removing Node ${name} from Controller`);
      },
    });
    // A renewal is no cause to look at the node: its timer does, and finds that it was heard.
    this.#leases.addHandler({
      added: (lease) => this.#renewed(lease),
      updated: (before, after) => {
        if (before.spec?.renewTime !== after.spec?.renewTime) this.#renewed(after);
      },
    });
  }

  async reconcile(name: string, _signal: AbortSignal): Promise<ReconcileResult | void> {
    const node = this.#nodes.lister.byKey(name);
    if (!node) return;
    const remainingMs = this.#remainingMs(node);
    const current = remainingMs <= 0 ? await this.#markUnknown(node) : node;
    await this.#taint(current);
    if (readyCondition(current)?.status === "Unknown") await this.#markPodsNotReady(name);
    return { requeueAfterMs: isNodeReady(current) ? remainingMs : monitorMs };
  }

  #renewed(lease: Lease): void {
    const name = lease.metadata?.name ?? "";
    if (this.#nodes.lister.byKey(name)) this.#heartbeats.heard(name);
  }

  #remainingMs(node: Node): number {
    return this.#heartbeats.remainingMs(node.metadata?.name ?? "", readyCondition(node) !== undefined);
  }

  /** Several may fall silent together, before their conditions say so. */
  #isWell(node: Node): boolean {
    return isNodeReady(node) && this.#remainingMs(node) > 0;
  }

  async #markUnknown(node: Node): Promise<Node> {
    const conditions = unknownConditions(node, this.#context.clock.now());
    if (!conditions) return node;
    const { nodes } = this.#context.client.core.v1;
    const written = await nodes.updateStatus({ ...node, status: { ...node.status, conditions } });
    if (isNodeReady(node)) this.#tell(node, "NodeNotReady", "status is now: NodeNotReady");
    return written;
  }

  async #taint(node: Node): Promise<void> {
    const judge = () => this.#gate.judge(node, this.#nodes.lister.list(), (other) => this.#isWell(other));
    const taints = taintsFor(node, this.#context.clock.now(), judge);
    if (taints) await this.#context.client.core.v1.nodes.update({ ...node, spec: { ...node.spec, taints } });
  }

  /** Pods of a node that cannot speak for them take no traffic. */
  async #markPodsNotReady(node: string): Promise<void> {
    const { client, clock, recorder } = this.#context;
    const change = { status: "False", lastTransitionTime: rfc3339(clock.now()) };
    for (const pod of this.#pods.lister.byIndex("node", node)) {
      if (!isPodReady(pod)) continue;
      const conditions = pod.status?.conditions?.map((it) => (it.type === "Ready" ? { ...it, ...change } : it));
      try {
        await client.core.v1.pods.updateStatus({ ...pod, status: { ...pod.status, conditions } });
        recorder.event(pod, "Warning", "NodeNotReady", "Node is not ready");
      } catch (error) {
        if (!isStatusError(error, "NotFound", "Conflict")) throw error;
      }
    }
  }

  #tell(node: Node, reason: string, what: string): void {
    this.#context.recorder.event(node, "Normal", reason, `Node ${node.metadata?.name} ${what}`);
  }
}
