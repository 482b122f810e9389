import type { Extender as ExtenderSettings } from "../../../gen/typernetes/scheduler/v1/configuration.ts";
import { ExtenderServiceDefinition } from "../../../gen/typernetes/scheduler/v1/extender.ts";
import { StatusError } from "../../../lib/base/status-error.ts";
import { createClient } from "../../../lib/client/create-client.ts";
import type { Transport } from "../../../lib/grpc/transport.ts";
import type { NodeEntry } from "../snapshot/snapshot.ts";
import type { Extender, NodeVictims } from "./extender.ts";
import { extenderTimeoutMs, extenderTraits } from "./extender-traits.ts";

/** An extender that offers `typernetes.scheduler.v1.ExtenderService`. Owns the transport. @throws DurationError */
export function createGrpcExtender(settings: ExtenderSettings, transport: Transport): Extender {
  const { nodeCacheCapable = false } = settings;
  const client = createClient(transport);
  const call = { timeoutMs: extenderTimeoutMs(settings) };
  const about = (nodes: readonly NodeEntry[]) => ({
    nodeNames: nodes.map(({ name }) => name),
    ...(!nodeCacheCapable && { nodes: nodes.map(({ node }) => node) }),
  });
  const leaving = ({ pods, violations }: NodeVictims) => ({
    pods: pods.map(({ pod, uid }) => (nodeCacheCapable ? { metadata: { uid } } : pod)),
    numPDBViolations: violations,
  });
  const service = ExtenderServiceDefinition;
  return {
    ...extenderTraits(settings),
    async filter({ pod }, nodes) {
      const answer = await client.call(service, "filter", { pod, ...about(nodes) }, call);
      if (answer.error) throw new StatusError("InternalError", answer.error);
      const { nodeNames = [], failedNodes = {}, failedAndUnresolvableNodes = {} } = answer;
      return { nodeNames, failed: failedNodes, unresolvable: failedAndUnresolvableNodes };
    },
    async prioritize({ pod }, nodes) {
      const { hostPriorities = [] } = await client.call(service, "prioritize", { pod, ...about(nodes) }, call);
      return hostPriorities;
    },
    async preempt({ pod }, victims) {
      const nodeNameToVictims = Object.fromEntries([...victims].map(([node, its]) => [node, leaving(its)]));
      const { nodeNameToMetaVictims = {} } = await client.call(service, "preempt", { pod, nodeNameToVictims }, call);
      const entries = Object.entries(nodeNameToMetaVictims).map(([node, { pods = [], numPDBViolations = 0 }]) => {
        return [node, { uids: pods.map(({ uid = "" }) => uid), violations: numPDBViolations }] as const;
      });
      return new Map(entries);
    },
    async bind({ pod, uid }, node) {
      const { name: podName, namespace: podNamespace } = pod.metadata ?? {};
      const { error } = await client.call(service, "bindPod", { podName, podNamespace, podUID: uid, node }, call);
      return error;
    },
    close: () => transport.close(),
  };
}
