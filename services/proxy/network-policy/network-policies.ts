import { isDeepStrictEqual } from "node:util";
import type { Namespace } from "../../../gen/typernetes/core/v1/namespace.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { EndpointSlice } from "../../../gen/typernetes/discovery/v1/endpoint_slice.ts";
import type { Clock } from "../../../lib/base/clock.ts";
import type { Client } from "../../../lib/client/client.ts";
import type { Informer } from "../../../lib/client/informer.ts";
import type { InformerFactory } from "../../../lib/client/informer-factory.ts";
import type { Logger } from "../../../lib/observe/logger.ts";
import type { ProxyOptions } from "../options.ts";
import { SyncLoop } from "../sync-loop.ts";
import { buildPolicyTable } from "./build-policy-table.ts";
import { policedDnsOf, policedPodOf } from "./policed-pod.ts";
import type { PolicyProgrammer } from "./policy-programmer.ts";
import { emptyPolicyTable, type PolicyTable } from "./policy-table.ts";

/** What the enforcement of network policies is given; it closes none of it. */
export interface NetworkPolicyDeps {
  client: Client;
  informers: InformerFactory;
  programmer: PolicyProgrammer;
  clock: Clock;
  random: () => number;
  logger: Logger;
}

/** What is followed from the first policy on. */
interface Surroundings {
  pods: Informer<Pod>;
  namespaces: Informer<Namespace>;
  /** The slices of the namespace in which the cluster's DNS is. */
  dns: Informer<EndpointSlice>;
}

/** Running enforcement of network policies on one node. */
export interface NetworkPolicies {
  /** Stops following the cluster. What is programmed stays until the programmer is closed. */
  stop(): Promise<void>;
}

/** Enforces all network policies for the node's pods. Pods and namespaces are followed from the first policy on. */
export async function startNetworkPolicies(deps: NetworkPolicyDeps, options: ProxyOptions): Promise<NetworkPolicies> {
  const { client, informers, programmer, clock, random, logger } = deps;
  let loop: SyncLoop | undefined;
  const wake = () => loop?.wake();
  const policies = informers.informer(client.networking.v1.networkpolicies);
  const stopping = new AbortController();
  const removeHandlers = [policies.addHandler({ added: wake, updated: wake, deleted: wake })];
  let surroundings: Surroundings | undefined;
  const follow = async () => {
    const pods = informers.informer(client.core.v1.pods);
    const namespaces = informers.informer(client.core.v1.namespaces);
    const dns = informers.informer(client.discovery.v1.endpointslices, { namespace: "kube-system" });
    await informers.start(stopping.signal);
    const isOther = (before: Pod, after: Pod) => !isDeepStrictEqual(policedPodOf(before), policedPodOf(after));
    const wakeForDns = (slice: EndpointSlice) => policedDnsOf(slice) && wake();
    removeHandlers.push(
      dns.addHandler({ added: wakeForDns, updated: (_, after) => wakeForDns(after), deleted: wakeForDns }),
      pods.addHandler({ added: wake, updated: (before, after) => isOther(before, after) && wake(), deleted: wake }),
      namespaces.addHandler({
        added: wake,
        updated: ({ metadata: before }, { metadata: after }) =>
          !isDeepStrictEqual(before?.labels, after?.labels) && wake(),
        deleted: wake,
      }),
    );
    return { pods, namespaces, dns };
  };
  const desired = async (): Promise<PolicyTable> => {
    const list = policies.lister.list();
    if (list.length === 0) return emptyPolicyTable();
    surroundings ??= await follow();
    return buildPolicyTable({
      policies: list,
      pods: [
        ...surroundings.pods.lister.list().flatMap((pod) => policedPodOf(pod) ?? []),
        ...surroundings.dns.lister.list().flatMap((slice) => policedDnsOf(slice) ?? []),
      ],
      namespaces: surroundings.namespaces.lister.list(),
      nodeName: options.nodeName,
      hostAddresses: programmer.hostAddresses,
    });
  };
  try {
    await informers.start();
  } catch (error) {
    for (const remove of removeHandlers) remove();
    throw error;
  }
  const { syncIntervalMs: intervalMs, resyncMs } = options;
  const sync = async () => programmer.apply(await desired());
  loop = new SyncLoop({ sync, subject: "network policies", intervalMs, resyncMs, clock, random, logger });
  return {
    stop: async () => {
      stopping.abort(new Error("network policies are no longer followed"));
      for (const remove of removeHandlers) remove();
      await loop?.stop();
    },
  };
}
