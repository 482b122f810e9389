import { request } from "node:https";
import type { WebhookClientConfig } from "../../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import type { Service } from "../../../gen/typernetes/core/v1/service.ts";
import type { EndpointSlice } from "../../../gen/typernetes/discovery/v1/endpoint_slice.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { Core } from "../core.ts";
import { storeKey } from "../resource-info.ts";

const answerBytesMax = 16 * 1024 * 1024;

/** Where a webhook is: where to connect to, and under which name it is known. */
interface Target {
  host: string;
  port: number;
  serverName: string;
  path: string;
}

/**
 * Posts `review` to a webhook and answers what it says, as JSON. A service is reached at one of its ready endpoints.
 * @throws Error when there is no way to it, no valid answer, or none within `timeoutMs`.
 */
export async function callWebhook(
  core: Core,
  config: WebhookClientConfig,
  review: object,
  timeoutMs: number,
): Promise<unknown> {
  const target = config.url ? targetOfUrl(config.url) : targetOfService(core, config.service ?? {});
  const ca = config.caBundle ? Buffer.from(config.caBundle, "base64") : undefined;
  const answer = await post(target, ca, JSON.stringify(review), timeoutMs);
  return JSON.parse(answer);
}

function targetOfUrl(text: string): Target {
  const { hostname, port, pathname, search } = new URL(text);
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  return { host, port: Number(port || 443), serverName: host, path: pathname + search };
}

function targetOfService(
  core: Core,
  { namespace = "", name = "", path = "/", port = 443 }: NonNullable<WebhookClientConfig["service"]>,
): Target {
  const services = core.resource("", "services");
  const cache = core.cache.cacheOf(services);
  const entry = cache.get(storeKey(services, namespace, name));
  if (!entry) throw new Error(`service ${JSON.stringify(name)} not found`);
  const service: ApiObject & Service = cache.decode(entry);
  const wanted = service.spec?.ports?.find((candidate) => candidate.port === port);
  if (!wanted) throw new Error(`no service port ${port} found for service ${JSON.stringify(name)}`);
  const serverName = `${name}.${namespace}.svc`;
  if (service.spec?.type === "ExternalName") return { host: service.spec.externalName ?? "", port, serverName, path };
  const endpoint = readyEndpoint(core, namespace, name, wanted.name ?? "");
  if (!endpoint) throw new Error(`no endpoints available for service ${JSON.stringify(name)}`);
  return { ...endpoint, serverName, path };
}

function readyEndpoint(core: Core, namespace: string, service: string, portName: string) {
  const cache = core.cache.cacheOf(core.resource("discovery.k8s.io", "endpointslices"));
  for (const entry of cache.snapshot(namespace)) {
    const slice: ApiObject & EndpointSlice = cache.decode(entry);
    if (slice.metadata?.labels?.["kubernetes.io/service-name"] !== service) continue;
    const port = slice.ports?.find((candidate) => (candidate.name ?? "") === portName)?.port;
    const ready = slice.endpoints?.filter((endpoint) => endpoint.conditions?.ready !== false) ?? [];
    const host = ready[Math.floor(core.random() * ready.length)]?.addresses?.[0];
    if (port !== undefined && host !== undefined) return { host, port };
  }
  return undefined;
}

function post(target: Target, ca: Buffer | undefined, body: string, timeoutMs: number): Promise<string> {
  const { host, port, serverName, path } = target;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        ...{ host, port, path, method: "POST", timeout: timeoutMs, agent: false },
        // Addresses are no names that a connection could ask for.
        ...(/^[\d.:]+$|:/.test(serverName) ? {} : { servername: serverName }),
        ...(ca && { ca }),
        headers: {
          host: `${serverName}:${port}`,
          "content-type": "application/json",
          accept: "application/json",
          "content-length": Buffer.byteLength(body),
        },
        signal: AbortSignal.timeout(timeoutMs),
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
          else reject(new Error(`the webhook answered ${incoming.statusCode}: ${text.slice(0, 200)}`));
        });
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
