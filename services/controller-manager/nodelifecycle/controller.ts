import type { Lease } from "../../../gen/typernetes/coordination/v1/lease.ts";
import type { Node, NodeCondition } from "../../../gen/typernetes/core/v1/node.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { Informer } from "../../../lib/client/informer.ts";
import type { Controller, ControllerContext, Enqueue, ReconcileResult } from "../../../lib/controller/controller.ts";
import { isPodReady } from "../pods/pod-state.ts";
import { Heartbeats } from "./heartbeats.ts";
import { taintsFor } from "./taints.ts";

const leaseNamespace = "kube-node-lease";
const watchedConditions = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

/** Notices nodes that fall silent, and taints nodes as their conditions demand. */
export function createNodeLifecycleController(context: ControllerContext): Controller {
  return new NodeLifecycleController(context);
}

class NodeLifecycleController implements Controller {
  readonly name = "node-lifecycle-controller";
  readonly workers = 4;
  readonly #context: ControllerContext;
  readonly #heartbeats: Heartbeats;
  readonly #nodes: Informer<Node>;
  readonly #leases: Informer<Lease>;
  readonly #pods: Informer<Pod>;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#heartbeats = new Heartbeats(context.clock);
    this.#nodes = context.informers.informer(context.client.core.v1.nodes);
    this.#leases = context.informers.informer(context.client.coordination.v1.leases, { namespace: leaseNamespace });
    this.#pods = context.informers.informer(context.client.core.v1.pods);
    this.#pods.addIndex("node", (pod) => [pod.spec?.nodeName ?? ""]);
  }

  setUp(enqueue: Enqueue): void {
    this.#nodes.addHandler({
      added: (node) => {
        this.#context.recorder.event(
          node,
          "Normal",
          "RegisteredNode",
          `Node ${node.metadata?.name} event: Registered Node ${node.metadata?.name} in Controller`,
        );
        enqueue(node.metadata?.name ?? "");
      },
      updated: (_, node) => enqueue(node.metadata?.name ?? ""),
      deleted: (node) => {
        const name = node.metadata?.name ?? "";
        this.#heartbeats.forget(name);
        this.#context.recorder.event(
          node,
          "Normal",
          "RemovingNode",
          `Node ${name} event: Removing Node ${name} from Controller`,
        );
      },
    });
  }

  async reconcile(name: string, _signal: AbortSignal): Promise<ReconcileResult | void> {
    const node = this.#nodes.lister.byKey(name);
    if (!node) return;
    this.#heartbeats.observe(name, this.#signOfLife(node));
    const remainingMs = this.#heartbeats.remainingMs(name);
    const current = remainingMs <= 0 ? await this.#markUnknown(node) : node;
    await this.#taint(current);
    if (readyStatus(current) !== "True") await this.#markPodsNotReady(name);
    // Renewals of the lease make no event here: the node is looked at again when its time would be over.
    return { requeueAfterMs: remainingMs > 0 ? remainingMs : 5000 };
  }

  #signOfLife(node: Node): string {
    const lease = this.#leases.lister.get(leaseNamespace, node.metadata?.name ?? "");
    const ready = node.status?.conditions?.find((condition) => condition.type === "Ready");
    // The heartbeat of a condition that this controller wrote itself is no sign of life.
    const heartbeat = ready?.reason === "NodeStatusUnknown" ? "" : ready?.lastHeartbeatTime;
    return `${lease?.spec?.renewTime ?? ""} ${heartbeat ?? ""}`;
  }

  async #markUnknown(node: Node): Promise<Node> {
    const nowMs = this.#context.clock.now();
    const before = node.status?.conditions ?? [];
    if (watchedConditions.every((type) => before.find((condition) => condition.type === type)?.status === "Unknown"))
      return node;
    const unknown = watchedConditions.map((type) =>
      unknownCondition(
        before.find((condition) => condition.type === type),
        type,
        nowMs,
      ),
    );
    const others = before.filter((condition) => !watchedConditions.includes(condition.type ?? ""));
    this.#context.recorder.event(
      node,
      "Normal",
      "NodeNotReady",
      `Node ${node.metadata?.name} status is now: NodeNotReady`,
    );
    return this.#context.client.core.v1.nodes.updateStatus({
      ...node,
      status: { ...node.status, conditions: [...others, ...unknown] },
    });
  }

  async #taint(node: Node): Promise<void> {
    const taints = taintsFor(node, this.#context.clock.now());
    if (!taints) return;
    await this.#context.client.core.v1.nodes.update({
      ...node,
      spec: { ...node.spec, taints: taints.length > 0 ? taints : undefined },
    });
  }

  /** Pods of a node that cannot speak for them take no traffic. */
  async #markPodsNotReady(node: string): Promise<void> {
    const lastTransitionTime = rfc3339(this.#context.clock.now());
    for (const pod of this.#pods.lister.byIndex("node", node)) {
      if (!isPodReady(pod)) continue;
      const conditions = pod.status?.conditions?.map((condition) =>
        condition.type === "Ready"
          ? { ...condition, status: "False", reason: "NodeNotReady", lastTransitionTime }
          : condition,
      );
      try {
        await this.#context.client.core.v1.pods.updateStatus({ ...pod, status: { ...pod.status, conditions } });
        this.#context.recorder.event(pod, "Warning", "NodeNotReady", "Node is not ready");
      } catch (error) {
        if (!isStatusError(error, "NotFound", "Conflict")) throw error;
      }
    }
  }
}

function readyStatus(node: Node): string | undefined {
  return node.status?.conditions?.find((condition) => condition.type === "Ready")?.status;
}

function unknownCondition(before: NodeCondition | undefined, type: string, nowMs: number): NodeCondition {
  if (before?.status === "Unknown") return before;
  return {
    ...before,
    type,
    status: "Unknown",
    reason: before ? "NodeStatusUnknown" : "NodeStatusNeverUpdated",
    message: before ? "Kubelet stopped posting node status." : "Kubelet never posted node status.",
    lastTransitionTime: rfc3339(nowMs),
  };
}
