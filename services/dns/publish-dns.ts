import type { Service } from "../../gen/typernetes/core/v1/service.ts";
import type { EndpointSlice } from "../../gen/typernetes/discovery/v1/endpoint_slice.ts";
import { backoffDelay } from "../../lib/base/backoff.ts";
import type { Clock } from "../../lib/base/clock.ts";
import { isStatusError } from "../../lib/base/status-error.ts";
import type { Client } from "../../lib/client/client.ts";
import type { KubernetesObject, ResourceClient } from "../../lib/client/resource-client.ts";

const name = "kube-dns";
const namespace = "kube-system";
const labels = {
  "k8s-app": "kube-dns",
  "kubernetes.io/cluster-service": "true",
  "kubernetes.io/name": "CoreDNS",
};

/** Where the cluster's DNS is, and under which address pods know it. */
export interface DnsPlace {
  clusterIP: string;
  address: string;
  port: number;
  /** Where it tells of itself over HTTP, if it does. */
  httpPort?: number | undefined;
}

/** As elsewhere. */
const metricsPort = 9153;

/** Makes the service `kube-dns`, and lets it lead to where the server listens; tries until it is there or `signal` aborts. */
export async function publishDns(client: Client, place: DnsPlace, clock: Clock, signal: AbortSignal): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      signal.throwIfAborted();
      // What the server has filled in stays.
      const merge = (is: Service, wanted: Service) => ({ ...is, spec: { ...is.spec, ...wanted.spec } });
      await keep(client.core.v1.services, service(place), merge, signal);
      await keep(client.discovery.v1.endpointslices, slice(place), (is, wanted) => ({ ...is, ...wanted }), signal);
      return;
    } catch (error) {
      // What is wrong with the objects themselves does not get better by waiting.
      if (signal.aborted || isStatusError(error, "Invalid", "Forbidden")) throw error;
      await clock.sleep(backoffDelay(attempt, { initialMs: 50, maxMs: 5_000, jitter: 0.3 }), signal);
    }
  }
}

/** Looked for first: creating it anew would fail for its address, which it has itself. */
async function keep<T extends KubernetesObject>(
  resource: ResourceClient<T>,
  wanted: T,
  merge: (is: T, wanted: T) => T,
  signal: AbortSignal,
): Promise<void> {
  try {
    const is = await resource.get(name, { namespace, signal });
    const labels = { ...is.metadata?.labels, ...wanted.metadata?.labels };
    await resource.update({ ...merge(is, wanted), metadata: { ...is.metadata, labels } }, { signal });
  } catch (error) {
    if (!isStatusError(error, "NotFound")) throw error;
    await resource.create(wanted, { signal });
  }
}

function service({ clusterIP, httpPort }: DnsPlace): Service {
  return {
    metadata: { name, namespace, labels },
    spec: {
      type: "ClusterIP",
      clusterIP,
      clusterIPs: [clusterIP],
      ports: [
        { name: "dns", port: 53, targetPort: 53, protocol: "UDP" },
        { name: "dns-tcp", port: 53, targetPort: 53, protocol: "TCP" },
        ...(httpPort ? [{ name: "metrics", port: metricsPort, targetPort: metricsPort, protocol: "TCP" }] : []),
      ],
    },
  };
}

function slice({ address, port, httpPort }: DnsPlace): EndpointSlice {
  return {
    metadata: { name, namespace, labels: { "kubernetes.io/service-name": name } },
    addressType: address.includes(":") ? "IPv6" : "IPv4",
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports: [
      { name: "dns", port, protocol: "UDP" },
      { name: "dns-tcp", port, protocol: "TCP" },
      ...(httpPort ? [{ name: "metrics", port: httpPort, protocol: "TCP" }] : []),
    ],
  };
}
