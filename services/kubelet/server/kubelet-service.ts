import { KubeletServiceDefinition, type PodStats } from "../../../gen/typernetes/kubelet/v1/kubelet.ts";
import { StatusError } from "../../../lib/base/status-error.ts";
import { Router } from "../../../lib/grpc/router.ts";
import type { Endpoint } from "../http/http-answer.ts";
import { answerGet, streamAnswer } from "../http/http-get.ts";
import type { NodeContext } from "../pods/node-context.ts";
import type { PodManager } from "../pods/pod-manager.ts";
import type { PodWorker } from "../pods/pod-worker.ts";
import { attachToContainer } from "./attach.ts";
import { execInContainer } from "./exec.ts";
import { streamLogs } from "./logs.ts";
import { forwardPort } from "./port-forward.ts";
import { usageOf } from "./stats.ts";

/** The node's gRPC service. Only the API server, administrators and system masters may call it. */
export function kubeletRouter(node: NodeContext, pods: PodManager, endpoints: readonly Endpoint[]): Router {
  const find = (namespace: string | undefined, name: string | undefined): PodWorker => {
    const worker = pods.find(namespace ?? "", name ?? "");
    if (!worker)
      throw new StatusError("NotFound", `pod "${name}" not found on node ${node.options.nodeName}`, {
        kind: "pods",
        name,
      });
    return worker;
  };
  return new Router().add(KubeletServiceDefinition, {
    listPods: async () => ({ pods: [...pods.workers()].map((worker) => worker.pod) }),
    log: (request, { signal }) =>
      streamLogs(node, find(request.namespace, request.name), request.options ?? {}, signal),
    exec: (requests, { signal }) => execInContainer(node.runtime, find, requests, signal),
    attach: (requests, { signal }) => attachToContainer(node.runtime, find, requests, signal),
    portForward: (requests, { signal }) => forwardPort(node.runtime, find, requests, signal),
    httpGet: ({ path = "/" }, { signal }) => streamAnswer(answerGet(endpoints, path, signal)),
    stats: async (request) => {
      const workers = request.name ? [find(request.namespace, request.name)] : [...pods.workers()];
      const podStats = await Promise.all(workers.map((worker) => statsOfPod(node, worker)));
      return {
        node: {
          nodeName: node.options.nodeName,
          usage: usageOf(
            podStats.flatMap((pod) => pod.containers ?? []),
            node.clock,
          ),
        },
        pods: podStats,
      };
    },
  });
}

async function statsOfPod(node: NodeContext, worker: PodWorker): Promise<PodStats> {
  const { namespace, name, uid } = worker.pod.metadata ?? {};
  const { sandbox } = await worker.observe();
  const stats = sandbox ? await node.runtime.stats(sandbox.id) : [];
  const containers = stats.map((container) => ({
    name: container.name,
    usage: {
      time: new Date(container.timeMs).toISOString(),
      cpuUsageNanoSeconds: container.cpuUsageNanos,
      memoryUsageBytes: container.memoryUsageBytes,
      memoryWorkingSetBytes: container.memoryWorkingSetBytes,
    },
  }));
  return { namespace, name, uid, containers };
}
