import type { Container, ContainerStatus, Pod, PodStatus } from "../../../gen/typernetes/core/v1/pod.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import type { WaitingReason } from "../hooks/hook.ts";
import type { NodeContext } from "../pods/node-context.ts";
import type { ObservedPod } from "../pods/observed-pod.ts";
import type { Probes } from "../probes/probes.ts";
import { containerStatus } from "./container-status.ts";
import { podConditions } from "./pod-conditions.ts";
import { podPhase } from "./pod-phase.ts";

/** What a pod's status is made of. */
export interface PodFacts {
  node: NodeContext;
  pod: Pod;
  observed: ObservedPod;
  probes: Probes;
  waiting: ReadonlyMap<string, WaitingReason>;
  /** Last words of ended containers, by container id. */
  messages: ReadonlyMap<string, string>;
}

/** The status of a pod, from what its runtime and its probes say. Pure. */
export function podStatus(facts: PodFacts): PodStatus {
  const { pod, node, observed } = facts;
  const before = pod.status ?? {};
  const statusOf = (
    container: Container,
    isInit: boolean,
    known: ContainerStatus[] | undefined,
    initialising: boolean,
  ) =>
    containerStatus({
      container,
      runtimeName: node.runtime.name,
      attempts: observed.containers.get(container.name ?? "") ?? [],
      waiting: facts.waiting.get(container.name ?? ""),
      before: known?.find((status) => status.name === container.name),
      probes: facts.probes,
      defaultWaiting: { reason: initialising ? "PodInitializing" : "ContainerCreating" },
      messages: facts.messages,
      isInit,
    });
  const initSpecs = pod.spec?.initContainers ?? [];
  const inits = initSpecs.map((container) => statusOf(container, true, before.initContainerStatuses, true));
  const containers = (pod.spec?.containers ?? []).map((container) =>
    statusOf(container, false, before.containerStatuses, initSpecs.length > 0),
  );
  const phase = podPhase(pod, inits, containers);
  const nowMs = node.clock.now();
  const sandboxReady = observed.sandbox?.state === "Ready";
  const ips = pod.spec?.hostNetwork ? [node.options.place.internalIP] : (observed.sandbox?.ips ?? []);
  return {
    ...before,
    observedGeneration: pod.metadata?.generation,
    phase,
    conditions: podConditions({ pod, phase, inits, containers, sandboxReady, nowMs }),
    hostIP: node.options.place.internalIP,
    hostIPs: [{ ip: node.options.place.internalIP }],
    ...(ips.length > 0 ? { podIP: ips[0], podIPs: ips.map((ip) => ({ ip })) } : {}),
    startTime: before.startTime ?? rfc3339(nowMs),
    initContainerStatuses: inits.length > 0 ? inits : undefined,
    containerStatuses: containers,
  };
}
