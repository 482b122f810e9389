import { Agent, request } from "node:https";
import type { Service } from "../../../gen/typernetes/core/v1/service.ts";
import type { EndpointSlice } from "../../../gen/typernetes/discovery/v1/endpoint_slice.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import { type ResourceInfo, storeKey } from "../resource-info.ts";
import type { WatchCache } from "../watch-cache/watch-cache.ts";
import { connectionFault, statusFault, WebhookCallError } from "./call-faults.ts";
import { wasStale } from "./stale-connection.ts";

const answerBytesMax = 16 * 1024 * 1024;

/** Connections that are kept for the next call; whoever is idle does not keep the process alive. */
const connections = new Agent({ keepAlive: true, maxSockets: 100, maxFreeSockets: 8, timeout: 90_000 });

/** What a call needs to find services. */
export interface WebhookSurroundings {
  readonly cache: WatchCache;
  readonly resource: (group: string, plural: string) => ResourceInfo;
  /** Randomness in [0, 1). */
  readonly random: () => number;
}

/** Where a webhook is, as configurations of all sorts say it. */
export interface WebhookClientConfig {
  readonly url?: string | undefined;
  readonly service?:
    | {
        readonly namespace?: string | undefined;
        readonly name?: string | undefined;
        readonly path?: string | undefined;
        readonly port?: number | undefined;
      }
    | undefined;
  /** PEM in base64. */
  readonly caBundle?: string | undefined;
}

/** Where to connect to, and under which name it is known. */
interface Target {
  readonly host: string;
  readonly port: number;
  readonly serverName: string;
  readonly path: string;
}

/**
 * Posts `review` to a webhook and answers what it says, as JSON. A service is reached at one of its ready endpoints.
 * @throws WebhookCallError when there is no way to it, no valid answer, or none within `timeoutMs`.
 */
export async function callWebhook(
  surroundings: WebhookSurroundings,
  config: WebhookClientConfig,
  review: object,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<unknown> {
  const url = shownUrl(config, timeoutMs);
  try {
    const target = config.url ? targetOfUrl(config.url) : targetOfService(surroundings, config.service ?? {});
    const ca = config.caBundle ? Buffer.from(config.caBundle, "base64") : undefined;
    const timeout = AbortSignal.timeout(timeoutMs);
    const body = JSON.stringify(review);
    const call = { target, ca, body, query: `timeout=${Math.ceil(timeoutMs / 1000)}s`, signal: timeout };
    if (signal) call.signal = AbortSignal.any([timeout, signal]);
    return JSON.parse(await post(call));
  } catch (error) {
    if (error instanceof WebhookCallError) throw error;
    throw new WebhookCallError(`Post ${JSON.stringify(url)}: ${connectionFault(error)}`, { cause: error });
  }
}

/** The address as messages name it. */
function shownUrl({ url, service = {} }: WebhookClientConfig, timeoutMs: number): string {
  const query = `timeout=${Math.ceil(timeoutMs / 1000)}s`;
  if (url) return `${url}?${query}`;
  const { name, namespace, port = 443, path = "" } = service;
  return `https://${name}.${namespace}.svc:${port}${path.startsWith("/") ? path : `/${path}`}?${query}`;
}

function targetOfUrl(text: string): Target {
  const { hostname, port, pathname, search } = new URL(text);
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  return { host, port: Number(port || 443), serverName: host, path: pathname + search };
}

function targetOfService(
  surroundings: WebhookSurroundings,
  { namespace = "", name = "", path = "/", port = 443 }: NonNullable<WebhookClientConfig["service"]>,
): Target {
  const services = surroundings.resource("", "services");
  const cache = surroundings.cache.cacheOf(services);
  const entry = cache.get(storeKey(services, namespace, name));
  if (!entry) throw new Error(`service ${JSON.stringify(name)} not found`);
  const service: ApiObject & Service = cache.decode(entry);
  const wanted = service.spec?.ports?.find((candidate) => candidate.port === port);
  if (!wanted) throw new Error(`no service port ${port} found for service ${JSON.stringify(name)}`);
  const serverName = `${name}.${namespace}.svc`;
  const fullPath = path.startsWith("/") ? path : `/${path}`;
  if (service.spec?.type === "ExternalName")
    return { host: service.spec.externalName ?? "", port, serverName, path: fullPath };
  const endpoint = readyEndpoint(surroundings, namespace, name, wanted.name ?? "");
  if (!endpoint) throw new Error(`no endpoints available for service ${JSON.stringify(name)}`);
  return { ...endpoint, serverName, path: fullPath };
}

function readyEndpoint(
  { cache, resource, random }: WebhookSurroundings,
  namespace: string,
  service: string,
  portName: string,
) {
  const slices = cache.cacheOf(resource("discovery.k8s.io", "endpointslices"));
  for (const entry of slices.snapshot(namespace)) {
    const slice: ApiObject & EndpointSlice = slices.decode(entry);
    if (slice.metadata?.labels?.["kubernetes.io/service-name"] !== service) continue;
    const port = slice.ports?.find((candidate) => (candidate.name ?? "") === portName)?.port;
    const ready = slice.endpoints?.filter((endpoint) => endpoint.conditions?.ready !== false) ?? [];
    const host = ready[Math.floor(random() * ready.length)]?.addresses?.[0];
    if (port !== undefined && host !== undefined) return { host, port };
  }
  return undefined;
}

interface Call {
  readonly target: Target;
  readonly ca: Buffer | undefined;
  readonly body: string;
  readonly query: string;
  signal: AbortSignal;
}

function post(call: Call, isRetry = false): Promise<string> {
  const { host, port, path, serverName } = call.target;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        ...{ host, port, path: `${path}${path.includes("?") ? "&" : "?"}${call.query}`, method: "POST" },
        // Others that were kept may be gone by now, too.
        agent: isRetry ? false : connections,
        // Addresses are no names that a connection could ask for.
        ...(/^[\d.:]+$|:/.test(serverName) ? {} : { servername: serverName }),
        ...(call.ca && { ca: call.ca }),
        headers: {
          host: `${serverName}:${port}`,
          "content-type": "application/json",
          accept: "application/json, */*",
          "content-length": Buffer.byteLength(call.body),
        },
        signal: call.signal,
      },
      (incoming) => {
        const parts: Buffer[] = [];
        let length = 0;
        incoming.on("data", (part: Buffer) => {
          length += part.length;
          if (length > answerBytesMax) incoming.destroy(new Error("the webhook's answer is too large"));
          else parts.push(part);
        });
        incoming.on("error", reject);
        incoming.on("end", () => {
          const text = Buffer.concat(parts).toString("utf8");
          if (incoming.statusCode === 200) resolve(text);
          else reject(statusFault(incoming.statusCode ?? 0, text));
        });
      },
    );
    outgoing.on("error", (error: NodeJS.ErrnoException) => {
      // The other side may close a connection that was kept just when it is used again.
      if (!isRetry && wasStale(outgoing, error)) post(call, true).then(resolve, reject);
      else reject(error);
    });
    outgoing.end(call.body);
  });
}
