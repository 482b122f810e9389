import type { Extender as ExtenderSettings } from "../../../gen/typernetes/scheduler/v1/configuration.ts";
import { ExtenderServiceDefinition } from "../../../gen/typernetes/scheduler/v1/extender.ts";
import { parseGoDuration } from "../../../lib/api/go-duration.ts";
import { StatusError } from "../../../lib/base/status-error.ts";
import { createClient } from "../../../lib/client/create-client.ts";
import type { Transport } from "../../../lib/grpc/transport.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { NodeEntry } from "../snapshot/snapshot.ts";
import type { Extender } from "./extender.ts";

const defaultTimeoutMs = 5000;

/** An extender that offers `typernetes.scheduler.v1.ExtenderService`. Owns the transport. @throws DurationError */
export function createGrpcExtender(settings: ExtenderSettings, transport: Transport): Extender {
  const { weight = 1, ignorable = false, nodeCacheCapable = false, managedResources = [], httpTimeout } = settings;
  const client = createClient(transport);
  const call = { timeoutMs: httpTimeout ? parseGoDuration(httpTimeout) : defaultTimeoutMs };
  const managed = managedResources.map(({ name = "" }) => name);
  const about = (nodes: readonly NodeEntry[]) => ({
    nodeNames: nodes.map(({ name }) => name),
    ...(!nodeCacheCapable && { nodes: nodes.map(({ node }) => node) }),
  });
  const service = ExtenderServiceDefinition;
  return {
    name: settings.urlPrefix ?? "extender",
    wakeOn: [
      "NodeAdded",
      "NodeAllocatableChanged",
      "NodeLabelsChanged",
      "NodeTaintsChanged",
      "PodAdded",
      "PodRemoved",
      "PodChanged",
      "VolumesChanged",
    ],
    weight,
    ignorable,
    filters: Boolean(settings.filterVerb),
    prioritizes: Boolean(settings.prioritizeVerb),
    binds: Boolean(settings.bindVerb),
    isInterested: (pod) => managed.length === 0 || managed.some((name) => asksFor(pod, name)),
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
    async bind({ pod, uid }, node) {
      const { name: podName, namespace: podNamespace } = pod.metadata ?? {};
      const { error } = await client.call(service, "bindPod", { podName, podNamespace, podUID: uid, node }, call);
      return error;
    },
    close: () => transport.close(),
  };
}

function asksFor({ pod, extended }: PodInfo, name: string): boolean {
  if (extended.has(name)) return true;
  return (pod.spec?.containers ?? []).some(
    ({ resources }) => resources?.requests?.[name] !== undefined || resources?.limits?.[name] !== undefined,
  );
}

/** The address of an extender, `host:port`. @throws TypeError when it is no gRPC address. */
export function extenderAddress(urlPrefix = ""): string {
  const [, address] = /^grpc:\/\/([^/]+:\d+)\/?$/.exec(urlPrefix) ?? [];
  if (!address) throw new TypeError(`extenders: urlPrefix ${urlPrefix} is not like grpc://host:port`);
  return address;
}
