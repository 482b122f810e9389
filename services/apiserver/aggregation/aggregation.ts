import { Agent } from "node:https";
import type { APIService } from "../../../gen/typernetes/apiregistration/v1/api_service.ts";
import { withCondition } from "../../../lib/api/conditions.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { backoffDelay } from "../../../lib/base/backoff.ts";
import { clonePlain } from "../../../lib/base/plain-data.ts";
import { isStatusError, StatusError } from "../../../lib/base/status-error.ts";
import type { Controller, Enqueue } from "../../../lib/controller/controller.ts";
import { type RunningController, runController } from "../../../lib/controller/run-controller.ts";
import type { CallContext, Identity } from "../../../lib/grpc/router.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import { authorise } from "../auth/authorise.ts";
import { type Attributes, isPath } from "../auth/authoriser.ts";
import type { Core } from "../core.ts";
import type { Pki } from "../pki/pki.ts";
import { type ResourceInfo, storeKey } from "../resource-info.ts";
import type { Exchange } from "../rest/exchange.ts";
import { callerOf } from "../rest/verbs.ts";
import type { ServedResources } from "../served-resources.ts";
import { formatTime } from "../time.ts";
import { AutoRegistration } from "./auto-registration.ts";
import { type Availability, lookAt } from "./availability.ts";
import { fetchJson } from "./fetch-json.ts";
import { followKind } from "./follow-kind.ts";
import { ForeignGroups } from "./foreign-groups.ts";
import { answerUnavailable, forward } from "./forward.ts";
import { FrontProxy, identityHeaders } from "./front-proxy.ts";
import { attributesOfExchange } from "./path-attributes.ts";
import { Remote } from "./remote.ts";
import { reachService } from "./service-target.ts";

/** How often a server that answers is asked whether it still does. */
const recheckMs = 30_000;
const answerMsMax = 30_000;
const failingDelay = { initialMs: 200, maxMs: recheckMs, jitter: 0.2 };
const local: Availability = {
  status: "True",
  reason: "Local",
  message: "Local APIServices are always available",
};

/**
 * The parts of the API that other servers serve: follows the APIServices, looks whether their servers answer, says so in
 * their conditions, and forwards requests to them.
 */
export class Aggregation implements Controller {
  readonly name = "api-services";
  readonly workers = 4;
  /** What discovery shows of them. */
  readonly foreign = new ForeignGroups();
  readonly #core: Core;
  readonly #info: ResourceInfo;
  readonly #frontProxy: FrontProxy;
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: 16, timeout: 90_000 });
  readonly #remotes = new Map<string, Remote>();
  readonly #failures = new Map<string, number>();
  readonly #registration: AutoRegistration;
  readonly #stopping = new AbortController();
  #enqueue: Enqueue = () => {};
  #run: RunningController | undefined;
  #following: Promise<unknown> | undefined;

  constructor(core: Core, served: ServedResources, pki: Pki | undefined) {
    this.#core = core;
    this.#info = core.resource("apiregistration.k8s.io", "apiservices");
    this.#frontProxy = new FrontProxy(pki, core.clock);
    this.#registration = new AutoRegistration(core, served);
  }

  setUp(enqueue: Enqueue): void {
    this.#enqueue = enqueue;
  }

  /** What was registered before is forwarded from now on. The cache runs already. */
  start(): void {
    const { clock, logger } = this.#core;
    for (const service of this.#all()) this.#route(service.metadata?.name ?? "", service);
    this.#run = runController(this, { clock, logger });
    this.#run.start();
    this.#registration.start();
    const { signal } = this.#stopping;
    const ofService = (namespace = "", name = "") => {
      for (const remote of this.#remotes.values())
        if (remote.service.namespace === namespace && remote.service.name === name) this.#enqueue(remote.name);
    };
    this.#following = Promise.all([
      followKind(this.#core, this.#info, signal, ({ metadata }) => this.#enqueue(metadata?.name ?? "")),
      followKind(this.#core, this.#core.resource("", "services"), signal, ({ metadata }) =>
        ofService(metadata?.namespace, metadata?.name),
      ),
      followKind(this.#core, this.#core.resource("discovery.k8s.io", "endpointslices"), signal, ({ metadata }) =>
        ofService(metadata?.namespace, metadata?.labels?.["kubernetes.io/service-name"]),
      ),
    ]);
  }

  /** Idempotent. Requests that are being forwarded end with their connections. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([this.#run?.stop(), this.#registration.stop(), this.#following]);
    this.#agent.destroy();
  }

  /** Who serves a path, where it is another server. */
  find(path: string): Remote | undefined {
    if (this.#remotes.size === 0) return undefined;
    const [, root, group, version, description, of] = path.split("/", 6);
    if (root === "apis") return this.#remotes.get(`${group}/${version}`);
    const isDescription = root === "openapi" && group === "v3" && version === "apis";
    return isDescription ? this.#remotes.get(`${description}/${of}`) : undefined;
  }

  /** Lets in who may do this, and lets the other server answer. @throws StatusError. */
  async answer(remote: Remote, exchange: Exchange): Promise<void> {
    const attributes = attributesOfExchange(exchange);
    const { identity, origin } = exchange;
    const entry = isPath(attributes) ? undefined : this.#core.audit?.begin({ identity, origin }, attributes);
    try {
      await authorise(this.#core, identity, attributes, origin);
      await this.#enter(exchange, attributes);
      await this.#forward(remote, exchange, attributes.verb === "watch");
      entry?.completed();
    } catch (error) {
      entry?.failed(error);
      throw error;
    }
  }

  /** The seat is kept until the answer is complete; of a watch, until it begins. @throws StatusError TooManyRequests. */
  async #enter(exchange: Exchange, attributes: Attributes): Promise<void> {
    const seat = await this.#core.fairness?.enter(callerOf({ exchange }), attributes, () => 1);
    if (!seat) return;
    if (attributes.verb === "watch" || exchange.upgrade) seat.release();
    else exchange.whenAnswered(() => seat.release());
  }

  async #forward(remote: Remote, exchange: Exchange, isLong: boolean): Promise<void> {
    const reach = reachService(this.#core, remote.service);
    if ("fault" in reach || !remote.isAvailable) return answerUnavailable(exchange);
    const target = reach.targets[Math.floor(this.#core.random() * reach.targets.length)]!;
    const connection = remote.connection(target, await this.#frontProxy.certificate(), this.#agent);
    const identity = identityHeaders(exchange.identity);
    await forward({ exchange, connection, identity, clock: this.#core.clock, isLong });
  }

  /** What another server answers to a request without a body of a path, which may have a query. @throws StatusError. */
  async ask(method: "GET" | "DELETE", url: string, { identity, origin, signal }: CallContext): Promise<unknown> {
    const [path = "", query = ""] = url.split("?", 2);
    const remote = this.find(path);
    if (!remote) throw new StatusError("NotFound", "the server could not find the requested resource");
    const asked = { method, path, hasQuery: query !== "", query: new URLSearchParams(query) };
    const attributes = attributesOfExchange(asked);
    const entry = isPath(attributes) ? undefined : this.#core.audit?.begin({ identity, origin }, attributes);
    try {
      await authorise(this.#core, identity, attributes, origin);
      const answer = await this.#fetch(remote, { method, path: url }, identity, signal);
      entry?.completed();
      return answer;
    } catch (error) {
      entry?.failed(error);
      throw error;
    }
  }

  async #fetch(
    remote: Remote,
    asked: { method: string; path: string },
    identity: Identity,
    signal: AbortSignal,
  ): Promise<unknown> {
    const reach = reachService(this.#core, remote.service);
    if ("fault" in reach || !remote.isAvailable) throw new StatusError("ServiceUnavailable", "service unavailable");
    const target = reach.targets[Math.floor(this.#core.random() * reach.targets.length)]!;
    const connection = remote.connection(target, await this.#frontProxy.certificate(), this.#agent);
    const headers = { ...identityHeaders(identity), accept: "application/json" };
    try {
      return (await fetchJson({ ...connection, ...asked, headers }, answerMsMax, signal)).value;
    } catch (error) {
      if (isStatusError(error)) throw error;
      throw new StatusError("ServiceUnavailable", error instanceof Error ? error.message : String(error));
    }
  }

  async reconcile(name: string, signal: AbortSignal) {
    const service = this.#find(name);
    const remote = this.#route(name, service);
    this.#registration.changed(name);
    if (!service) {
      this.#failures.delete(name);
      return;
    }
    if (!remote) return this.#writeCondition(name, local);
    const found = await lookAt(remote, { core: this.#core, frontProxy: this.#frontProxy, agent: this.#agent }, signal);
    if (signal.aborted || this.#remotes.get(keyOf(remote)) !== remote) return;
    remote.isAvailable = found.status === "True";
    this.#show();
    await this.#writeCondition(name, found);
    return { requeueAfterMs: this.#nextLookMs(name, remote.isAvailable) };
  }

  #nextLookMs(name: string, isAvailable: boolean): number {
    const failures = isAvailable ? 0 : (this.#failures.get(name) ?? 0) + 1;
    if (failures === 0) this.#failures.delete(name);
    else this.#failures.set(name, failures);
    return failures === 0 ? recheckMs : backoffDelay(failures - 1, failingDelay);
  }

  /** From now on requests go as the APIService says. */
  #route(name: string, service: APIService | undefined): Remote | undefined {
    const [version = "", ...rest] = name.split(".");
    const key = `${rest.join(".")}/${version}`;
    const before = this.#remotes.get(key);
    if (!service?.spec?.service) {
      if (this.#remotes.delete(key)) this.#show();
      return undefined;
    }
    if (before && deepEqual(before.spec, service.spec)) return before;
    const remote = new Remote(service);
    this.#remotes.set(key, remote);
    this.#show();
    return remote;
  }

  #show(): void {
    const versions = [...this.#remotes.values()].map(
      ({ group, version, resources, isAvailable, openApiHash, description, spec }) => ({
        ...{ group, version, resources: resources ?? [], isCurrent: isAvailable, openApiHash, description },
        groupPriorityMinimum: spec.groupPriorityMinimum ?? 0,
        versionPriority: spec.versionPriority ?? 0,
      }),
    );
    this.foreign.set(versions);
  }

  async #writeCondition(name: string, found: Availability): Promise<void> {
    const now = formatTime(this.#core.clock.now());
    try {
      await this.#core.objects.change({ info: this.#info, namespace: undefined, name }, ({ object }) => {
        const current: ApiObject & APIService = clonePlain(object);
        const before = current.status?.conditions;
        const conditions = withCondition(before, { type: "Available", ...found }, now);
        return conditions === before
          ? { keep: true }
          : { write: { ...current, status: { conditions: [...conditions] } } };
      });
    } catch (error) {
      if (!isStatusError(error, "NotFound")) throw error;
    }
  }

  #all(): APIService[] {
    const cache = this.#core.cache.cacheOf(this.#info);
    return cache.snapshot(undefined).map((entry) => cache.decode(entry));
  }

  #find(name: string): APIService | undefined {
    const cache = this.#core.cache.cacheOf(this.#info);
    const entry = cache.get(storeKey(this.#info, undefined, name));
    return entry && cache.decode(entry);
  }
}

function keyOf({ group, version }: Remote): string {
  return `${group}/${version}`;
}
