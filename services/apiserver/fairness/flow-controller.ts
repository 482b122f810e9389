import type { FlowSchema } from "../../../gen/typernetes/flowcontrol/v1/flow_schema.ts";
import { withCondition } from "../../../lib/api/conditions.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { clonePlain } from "../../../lib/base/plain-data.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { Controller, Enqueue } from "../../../lib/controller/controller.ts";
import { type RunningController, runController } from "../../../lib/controller/run-controller.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import { followKind } from "../aggregation/follow-kind.ts";
import { itself } from "../bootstrap/itself.ts";
import type { Core } from "../core.ts";
import { type ResourceInfo, storeKey } from "../resource-info.ts";
import { formatTime } from "../time.ts";
import { create } from "../verbs/create.ts";
import { update } from "../verbs/update.ts";
import { builtInLevels } from "./built-in-levels.ts";
import { builtInSchemas } from "./built-in-schemas.ts";
import type { Fairness } from "./fairness.ts";

const autoUpdate = "apf.kubernetes.io/autoupdate-spec";
const mandatory = new Set(["exempt", "catch-all"]);
/** Not a name that an object can have. */
const builtInsKey = "/built-ins";
const upkeepMs = 60_000;

type WithSpec = ApiObject & { spec?: object | undefined };

/** Keeps the built-in schemas and levels stored, says of schemas whether their level is there, and applies what changes. */
export class FlowController implements Controller {
  readonly name = "flow-control";
  readonly #core: Core;
  readonly #fairness: Fairness;
  readonly #schemas: ResourceInfo;
  readonly #levels: ResourceInfo;
  readonly #stopping = new AbortController();
  #enqueue: Enqueue = () => {};
  #run: RunningController | undefined;
  #following: Promise<unknown> | undefined;
  #reloadIsDue = false;

  constructor(core: Core, fairness: Fairness) {
    this.#core = core;
    this.#fairness = fairness;
    this.#schemas = core.resource("flowcontrol.apiserver.k8s.io", "flowschemas");
    this.#levels = core.resource("flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations");
  }

  setUp(enqueue: Enqueue): void {
    this.#enqueue = enqueue;
  }

  /** The cache runs already. */
  start(): void {
    this.#fairness.start();
    this.#run = runController(this, this.#core);
    this.#run.start();
    this.#enqueue(builtInsKey);
    const { signal } = this.#stopping;
    this.#following = Promise.all([
      followKind(this.#core, this.#schemas, signal, ({ metadata }) => {
        this.#changed(metadata?.name ?? "");
        this.#enqueue(metadata?.name ?? "");
      }),
      followKind(this.#core, this.#levels, signal, ({ metadata }) => {
        this.#changed(metadata?.name ?? "");
        for (const entry of this.#all(this.#schemas)) this.#enqueue(entry.metadata?.name ?? "");
      }),
    ]);
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#fairness.stop();
    await Promise.all([this.#run?.stop(), this.#following]);
  }

  async reconcile(key: string) {
    if (key !== builtInsKey) return this.#writeStatus(key);
    for (const [name, spec] of Object.entries(builtInLevels)) await this.#keep(this.#levels, name, spec);
    for (const [name, spec] of Object.entries(builtInSchemas)) await this.#keep(this.#schemas, name, spec);
    await this.#core.cache.fresh();
    this.#fairness.builtInsAreStored();
    return { requeueAfterMs: upkeepMs };
  }

  /** Many changes at once are taken over once. */
  #changed(name: string): void {
    if (mandatory.has(name)) this.#enqueue(builtInsKey);
    if (this.#reloadIsDue) return;
    this.#reloadIsDue = true;
    setImmediate(() => {
      this.#reloadIsDue = false;
      if (!this.#stopping.signal.aborted) this.#fairness.reload();
    });
  }

  /** Suggested ones that somebody has made his own are left alone. */
  async #keep(info: ResourceInfo, name: string, spec: object): Promise<void> {
    const stored: WithSpec | undefined = this.#find(info, name);
    const annotated = stored?.metadata?.annotations?.[autoUpdate];
    const isOurs = mandatory.has(name) || annotated === "true" || (!annotated && stored?.metadata?.generation === 1);
    if (stored && (!isOurs || (annotated === "true" && deepEqual(stored.spec, spec)))) return;
    const annotations = { ...stored?.metadata?.annotations, [autoUpdate]: "true" };
    const object: WithSpec = { ...clonePlain(stored ?? {}), spec: clonePlain(spec) };
    object.metadata = { ...object.metadata, name, annotations };
    try {
      if (stored) await update(this.#core, info, { object }, itself);
      else await create(this.#core, info, { object }, itself);
    } catch (error) {
      // Another server of the same cluster does the same.
      if (!isStatusError(error, "AlreadyExists", "Conflict", "NotFound")) throw error;
    }
  }

  async #writeStatus(name: string): Promise<void> {
    const schema: (ApiObject & FlowSchema) | undefined = this.#find(this.#schemas, name);
    if (!schema) return;
    const level = schema.spec?.priorityLevelConfiguration?.name ?? "";
    const isThere = this.#find(this.#levels, level) !== undefined;
    const reference = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(level)}`;
    const condition = isThere
      ? { type: "Dangling", status: "False", reason: "Found", message: `${reference} and it exists` }
      : { type: "Dangling", status: "True", reason: "NotFound", message: `${reference} but there is no such object` };
    const now = formatTime(this.#core.clock.now());
    if (withCondition(schema.status?.conditions, condition, now) === schema.status?.conditions) return;
    try {
      await this.#core.objects.change({ info: this.#schemas, namespace: undefined, name }, ({ object }) => {
        const current: ApiObject & FlowSchema = clonePlain(object);
        const conditions = withCondition(current.status?.conditions, condition, now);
        return { write: { ...current, status: { ...current.status, conditions: [...conditions] } } };
      });
    } catch (error) {
      if (!isStatusError(error, "NotFound")) throw error;
    }
  }

  #all(info: ResourceInfo): ApiObject[] {
    const cache = this.#core.cache.cacheOf(info);
    return cache.snapshot(undefined).map((entry) => cache.decode(entry));
  }

  #find(info: ResourceInfo, name: string): ApiObject | undefined {
    const cache = this.#core.cache.cacheOf(info);
    const entry = cache.get(storeKey(info, undefined, name));
    return entry && cache.decode(entry);
  }
}
