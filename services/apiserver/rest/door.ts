import { type IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { StatusError } from "../../../lib/base/status-error.ts";
import type { Identity } from "../../../lib/grpc/router.ts";
import { toStatusError } from "../../../lib/grpc/status.ts";
import type { Aggregation } from "../aggregation/aggregation.ts";
import { authorise } from "../auth/authorise.ts";
import { impersonate } from "../auth/impersonate.ts";
import { type IssuerDiscovery, issuerDiscovery } from "../auth/issuer-discovery.ts";
import type { Core } from "../core.ts";
import { defaultRequestTimeoutMs, RequestDeadlines, requestTimeout } from "../fairness/request-deadlines.ts";
import type { HealthCheck } from "../health-checks.ts";
import type { ServedResource, ServedResources } from "../served-resources.ts";
import { sendFailure } from "./answer-status.ts";
import { clusterFigures } from "./cluster-figures.ts";
import { Discovery } from "./discovery.ts";
import { type AnyHttpRequest, type AnyHttpResponse, Exchange, type Upgrade } from "./exchange.ts";
import { answerHealth, isHealthPath } from "./health.ts";
import { identify, knownIdentity, wantsImpersonation } from "./identify.ts";
import { loadYaml, needsYaml } from "./late-yaml.ts";
import { OpenApi } from "./openapi/open-api.ts";
import { resourceNotFound } from "./refusals.ts";
import { RequestMetrics } from "./request-metrics.ts";
import { parseResourcePath, type ResourcePath } from "./resource-path.ts";
import { answerResource } from "./resource-requests.ts";
import { callerOf } from "./verbs.ts";
import { versionInfo } from "./version-info.ts";

export interface RestDoorDeps {
  core: Core;
  served: ServedResources;
  /** Who forwards what others serve. */
  aggregation: Aggregation;
  /** As long as a request may last that is not open for as long as its client wants; 60 s when absent. */
  requestTimeoutMs: number | undefined;
  ready: () => Promise<readonly HealthCheck[]>;
  /** `address:port` under which clients find the server. */
  serverAddress: () => string;
}

const text = "text/plain; charset=utf-8";
const indexPaths = [
  "/api",
  "/api/v1",
  "/apis",
  "/healthz",
  "/livez",
  "/metrics",
  "/openapi/v2",
  "/openapi/v3",
  "/readyz",
  "/version",
];

/** Kubernetes' REST API: translates requests to the verbs of what is served, and their answers back. */
export class RestDoor {
  readonly #deps: RestDoorDeps;
  readonly #discovery: Discovery;
  readonly #openApi: OpenApi;
  readonly #metrics: RequestMetrics;
  readonly #deadlines: RequestDeadlines<Exchange>;

  constructor(deps: RestDoorDeps) {
    this.#deps = deps;
    this.#metrics = new RequestMetrics(() => watchersOf(deps.core));
    const { requestTimeoutMs = defaultRequestTimeoutMs } = deps;
    this.#deadlines = new RequestDeadlines(deps.core.clock, requestTimeoutMs, (exchange) =>
      this.#fail(exchange, requestTimeout()),
    );
    this.#discovery = new Discovery(deps.served, deps.aggregation.foreign);
    this.#openApi = new OpenApi(deps.served, deps.core.clock, deps.aggregation.foreign);
  }

  /** Answers one request, at once where nothing has to be waited for; every failure is answered, too. */
  answer(request: AnyHttpRequest, response: AnyHttpResponse, upgrade?: Upgrade): void {
    const exchange = new Exchange(request, response, upgrade);
    try {
      this.#begin(exchange)?.catch((error) => this.#fail(exchange, error));
    } catch (error) {
      this.#fail(exchange, error);
    }
  }

  #begin(exchange: Exchange): Promise<void> | undefined {
    const { core, served } = this.#deps;
    const deadline = this.#deadlines.begin(exchange, exchange.hasQuery ? exchange.query.get("timeout") : undefined);
    exchange.whenAnswered(() => this.#deadlines.end(deadline));
    const path = parseResourcePath(exchange.path);
    const resource = path && served.find(path.group, path.version, path.plural);
    this.#metrics.begin(exchange, path, resource);
    const sender = knownIdentity(core, exchange);
    if (!sender || wantsImpersonation(exchange) || needsYaml(exchange.headers)) {
      return this.#introduce(exchange, sender).then(() => this.#dispatch(exchange, path, resource));
    }
    exchange.identity = sender;
    return this.#dispatch(exchange, path, resource);
  }

  /** Finds out who asks, where that is not known of the connection already, and as whom. */
  async #introduce(exchange: Exchange, known: Identity | undefined): Promise<void> {
    const { core } = this.#deps;
    if (needsYaml(exchange.headers)) await loadYaml();
    const sender = known ?? (await identify(core, exchange));
    exchange.identity = sender;
    if (!wantsImpersonation(exchange)) return;
    exchange.identity = await impersonate(core, sender, exchange.headers);
    exchange.sender = sender;
  }

  /** Answers a request that wants to go on in another protocol: streams of objects do, others answer as always. */
  upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    socket.on("error", () => socket.destroy());
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    try {
      response.assignSocket(socket);
    } catch {
      // The answer before this one is still on its way: nobody may write in between.
      socket.destroy();
      return;
    }
    response.once("finish", () => socket.destroySoon());
    this.answer(request, response, { socket, head });
  }

  #dispatch(
    exchange: Exchange,
    path: ResourcePath | undefined,
    served: ServedResource | undefined,
  ): Promise<void> | undefined {
    const remote = this.#deps.aggregation.find(exchange.path);
    if (remote) return this.#deps.aggregation.answer(remote, exchange);
    if (path && served) return answerResource({ core: this.#deps.core, exchange, path, served });
    return this.#answerPath(exchange, path);
  }

  /** What is no resource: health, discovery, figures. */
  async #answerPath(exchange: Exchange, resource: ResourcePath | undefined): Promise<void> {
    const { core, ready, serverAddress } = this.#deps;
    const { path, method } = exchange;
    await authorise(core, exchange.identity, { verb: method.toLowerCase(), path }, exchange.origin);
    await this.#enter(exchange);
    if (isHealthPath(path)) return answerHealth(exchange, ready);
    if (resource && this.#discovery.knows(resource.group, resource.version)) throw resourceNotFound();
    if (method !== "GET" && method !== "HEAD") return notFound(exchange);
    if (OpenApi.isPath(path)) return this.#openApi.answer(exchange);
    switch (path) {
      case "/":
        return exchange.send(200, "application/json", JSON.stringify({ paths: this.#paths() }, undefined, 2));
      case "/version":
      case "/version/":
        return exchange.send(200, "application/json", JSON.stringify(versionInfo, undefined, 2));
      case "/metrics":
        return exchange.send(200, "text/plain; version=0.0.4; charset=utf-8", await this.#figures());
      case "/.well-known/openid-configuration":
        return exchange.send(200, "application/json", this.#issuer().configuration);
      case "/openid/v1/jwks":
        return exchange.send(200, "application/jwk-set+json", this.#issuer().keySet);
      default:
        if (!this.#discovery.answer(exchange, serverAddress())) notFound(exchange);
    }
  }

  /** @throws StatusError TooManyRequests. */
  async #enter(exchange: Exchange): Promise<void> {
    const { path, method } = exchange;
    const attributes = { verb: method.toLowerCase(), path };
    const seat = await this.#deps.core.fairness?.enter(callerOf({ exchange }), attributes, () => 1);
    if (seat) exchange.whenAnswered(() => seat.release());
  }

  async #figures(): Promise<string> {
    const { core } = this.#deps;
    return clusterFigures(core) + (core.fairness?.text() ?? "") + (await this.#metrics.text());
  }

  #issuer(): IssuerDiscovery {
    return issuerDiscovery(this.#deps.core, `https://${this.#deps.serverAddress()}`);
  }

  #paths(): string[] {
    return [...new Set([...indexPaths, ...this.#discovery.paths()])].sort();
  }

  #fail(exchange: Exchange, error: unknown): void {
    if (exchange.gone) return;
    try {
      this.#sendFailure(exchange, error);
    } catch (unexpected) {
      this.#deps.core.logger.error({ err: unexpected, path: exchange.path }, "an error could not be answered");
      exchange.response.destroy();
    }
  }

  #sendFailure(exchange: Exchange, error: unknown): void {
    const failure = toStatusError(error, `${exchange.method} ${exchange.path}`, this.#deps.core.logger);
    const { response } = exchange;
    if (response.headersSent) response.destroy();
    else if (failure.code === 401) sendFailure(exchange, new StatusError("Unauthorized", "Unauthorized"));
    else sendFailure(exchange, failure);
  }
}

function notFound(exchange: Exchange): void {
  exchange.send(404, text, "404 page not found\n", { "X-Content-Type-Options": "nosniff" });
}

function watchersOf({ cache }: Core): number {
  let count = 0;
  for (const { watcherCount } of cache.caches()) count += watcherCount;
  return count;
}
