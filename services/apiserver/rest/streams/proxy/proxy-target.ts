import type { Endpoints } from "../../../../../gen/typernetes/core/v1/endpoints.ts";
import type { Node } from "../../../../../gen/typernetes/core/v1/node.ts";
import type { Pod } from "../../../../../gen/typernetes/core/v1/pod.ts";
import type { Service } from "../../../../../gen/typernetes/core/v1/service.ts";
import { isStatusError, StatusError } from "../../../../../lib/base/status-error.ts";
import type { ApiObject } from "../../../../../lib/resources/strategy.ts";
import type { Core } from "../../../core.ts";
import { badRequest } from "../../../errors.ts";
import { get } from "../../../verbs/get.ts";
import { resourceNotFound } from "../../refusals.ts";
import type { ResourceRequest } from "../../resource-request.ts";
import { type ProxiedName, proxiedName } from "./proxied-name.ts";

/** Where a proxied request goes. */
export interface ProxyTarget {
  readonly scheme: "http" | "https";
  readonly host: string;
  readonly port: number;
}

/** The node whose kubelet is meant; it is spoken to as the apiserver always does. */
interface KubeletTarget {
  readonly kubeletOf: Node;
}

/** Finds what stands behind a pod, a service or a node. @throws StatusError. */
export function findTarget({ core, path, served }: ResourceRequest): Promise<ProxyTarget | KubeletTarget> {
  const { namespace, name = "" } = path;
  switch (served.schema.plural) {
    case "pods":
      return podTarget(core, namespace, proxiedName(name, "pod"));
    case "services":
      return serviceTarget(core, namespace, proxiedName(name, "service"));
    case "nodes":
      return nodeTarget(core, proxiedName(name, "node"));
    default:
      throw resourceNotFound();
  }
}

async function podTarget(core: Core, namespace: string | undefined, asked: ProxiedName): Promise<ProxyTarget> {
  const { value } = await get(core, core.resource("", "pods"), { namespace, name: asked.name });
  const { spec, status }: ApiObject & Pod = value;
  if (!status?.podIP) throw badRequest(`pod ${asked.name} has no address`);
  const withPorts = spec?.containers?.find(({ ports }) => ports?.length);
  const port = asked.port ? portNumber(asked.port) : withPorts?.ports?.[0]?.containerPort;
  return { scheme: asked.scheme, host: status.podIP, port: port ?? defaultPorts[asked.scheme] };
}

const defaultPorts = { http: 80, https: 443 } as const;

async function serviceTarget(core: Core, namespace: string | undefined, asked: ProxiedName): Promise<ProxyTarget> {
  const { name } = asked;
  const { value } = await get(core, core.resource("", "services"), { namespace, name });
  const portName = servicePortName(value, asked);
  const { subsets = [] } = await endpointsOf(core, namespace, name);
  const backends = subsets.flatMap(({ addresses = [], ports = [] }) => {
    const port = ports.find((candidate) => (candidate.name ?? "") === portName)?.port;
    return port === undefined ? [] : addresses.map(({ ip = "" }) => ({ host: ip, port }));
  });
  const backend = backends[Math.floor(core.random() * backends.length)];
  if (!backend)
    throw new StatusError("ServiceUnavailable", `no endpoints available for service ${JSON.stringify(name)}`);
  return { scheme: asked.scheme, ...backend };
}

/** Endpoints know ports by name. */
function servicePortName({ spec }: ApiObject & Service, { name, port }: ProxiedName): string {
  if (!/^\d+$/.test(port)) return port;
  const found = spec?.ports?.find((candidate) => candidate.port === Number(port));
  if (found) return found.name ?? "";
  throw new StatusError("ServiceUnavailable", `no service port ${port} found for service ${JSON.stringify(name)}`);
}

async function endpointsOf(core: Core, namespace: string | undefined, name: string): Promise<ApiObject & Endpoints> {
  try {
    return (await get(core, core.resource("", "endpoints"), { namespace, name })).value;
  } catch (error) {
    if (isStatusError(error, "NotFound")) return {};
    throw error;
  }
}

async function nodeTarget(core: Core, { scheme, name, port }: ProxiedName): Promise<ProxyTarget | KubeletTarget> {
  const { value } = await get(core, core.resource("", "nodes"), { name });
  const node: ApiObject & Node = value;
  const { status } = node;
  const kubeletPort = status?.daemonEndpoints?.kubeletEndpoint?.Port || usualKubeletPort;
  if (!port || portNumber(port) === kubeletPort) return { kubeletOf: node };
  const host = status?.addresses?.find(({ type }) => type === "InternalIP")?.address;
  if (!host) throw new StatusError("ServiceUnavailable", `node ${name} has no InternalIP`);
  return { scheme, host, port: portNumber(port) };
}

/** Of a kubelet without a port of its own. */
const usualKubeletPort = 10250;

function portNumber(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port > 0 && port < 65536) return port;
  throw badRequest(`${JSON.stringify(text)} is not a port`);
}
