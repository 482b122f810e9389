import type {
  CustomResourceDefinition,
  CustomResourceDefinitionStatus,
} from "../../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import { isConditionTrue } from "../../../lib/api/conditions.ts";
import { clonePlain } from "../../../lib/base/plain-data.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { Controller, Enqueue } from "../../../lib/controller/controller.ts";
import { type RunningController, runController } from "../../../lib/controller/run-controller.ts";
import { itself } from "../bootstrap/itself.ts";
import type { Core } from "../core.ts";
import { type ResourceInfo, storeKey } from "../resource-info.ts";
import type { ServedResources } from "../served-resources.ts";
import { formatTime } from "../time.ts";
import { watch } from "../verbs/watch.ts";
import { cleanUpObjects } from "./clean-up.ts";
import { cleanupFinalizer } from "./definition-hooks.ts";
import { definitionStatus } from "./definition-status.ts";
import { ServedDefinitions } from "./served-definitions.ts";

/** How long to wait before looking again at objects that go slowly. */
const recheckMs = 1_000;
const restartMs = 200;

/** Follows the definitions: gives them their names, serves them while they are there, and ends their objects with them. */
export class Definitions implements Controller {
  readonly name = "custom-resource-definitions";
  readonly workers = 4;
  readonly #core: Core;
  readonly #info: ResourceInfo;
  readonly #served: ServedDefinitions;
  readonly #stopping = new AbortController();
  #enqueue: Enqueue = () => {};
  #run: RunningController | undefined;
  #following: Promise<void> | undefined;

  constructor(core: Core, served: ServedResources) {
    this.#core = core;
    this.#info = core.resource("apiextensions.k8s.io", "customresourcedefinitions");
    this.#served = new ServedDefinitions(core, served);
  }

  setUp(enqueue: Enqueue): void {
    this.#enqueue = enqueue;
  }

  /** Resolves when everything that was defined before is served. The cache runs already. */
  async start(): Promise<void> {
    const { clock, logger } = this.#core;
    for (const definition of this.#all()) if (isEstablished(definition)) await this.#served.serve(definition);
    this.#run = runController(this, { clock, logger });
    this.#run.start();
    this.#following = this.#follow();
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#run?.stop();
    await this.#following;
  }

  async reconcile(name: string, signal: AbortSignal) {
    const definition = this.#find(name);
    if (!definition) {
      this.#served.end(name);
      // What its names stood against may have them now.
      this.#enqueueAll();
      return;
    }
    const status = this.#statusOf(definition);
    // Who hears that it is established may ask at once for its objects.
    if (isEstablished({ status })) await this.#served.serve({ ...definition, status });
    else this.#served.end(name);
    if (await this.#writeStatus(definition, status)) return;
    const { deletionTimestamp, finalizers = [] } = definition.metadata ?? {};
    if (!deletionTimestamp || !finalizers.includes(cleanupFinalizer)) return;
    const done = await cleanUpObjects(this.#core, this.#info, definition, this.#served.storageOf(name), signal);
    return done ? undefined : { requeueAfterMs: recheckMs };
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stopping;
    const { clock, logger } = this.#core;
    while (!signal.aborted) {
      this.#enqueueAll();
      try {
        for await (const { value } of watch(this.#core, this.#info, {}, { ...itself, signal }))
          for (const { object } of value.events) this.#enqueue(object.metadata?.name ?? "");
      } catch (error) {
        if (!signal.aborted) logger.warn({ err: error }, "the definitions cannot be followed");
      }
      await clock.sleep(restartMs, signal).catch(() => {});
    }
  }

  #enqueueAll(): void {
    for (const { metadata } of this.#all()) this.#enqueue(metadata?.name ?? "");
    for (const name of this.#served.names()) this.#enqueue(name);
  }

  /** The very status that it has when that is right. */
  #statusOf(definition: CustomResourceDefinition): CustomResourceDefinitionStatus {
    return definitionStatus(definition, this.#othersOf(definition), formatTime(this.#core.clock.now()));
  }

  /** Whether the status was not the wanted one; the definition comes again when it is. */
  async #writeStatus(
    { metadata, status }: CustomResourceDefinition,
    wanted: CustomResourceDefinitionStatus,
  ): Promise<boolean> {
    if (wanted === status) return false;
    const { name = "" } = metadata ?? {};
    try {
      await this.#core.objects.change({ info: this.#info, namespace: undefined, name }, ({ object }) => {
        const current: CustomResourceDefinition = clonePlain(object);
        return { write: { ...current, status: this.#statusOf(current) } };
      });
    } catch (error) {
      if (!isStatusError(error, "NotFound")) throw error;
    }
    return true;
  }

  #othersOf({ metadata, spec }: CustomResourceDefinition): CustomResourceDefinition[] {
    return this.#all().filter((other) => other.metadata?.name !== metadata?.name && other.spec?.group === spec?.group);
  }

  #all(): CustomResourceDefinition[] {
    const cache = this.#core.cache.cacheOf(this.#info);
    return cache.snapshot(undefined).map((entry) => cache.decode(entry));
  }

  #find(name: string): CustomResourceDefinition | undefined {
    const cache = this.#core.cache.cacheOf(this.#info);
    const entry = cache.get(storeKey(this.#info, undefined, name));
    return entry && cache.decode(entry);
  }
}

function isEstablished({ status }: CustomResourceDefinition): boolean {
  return isConditionTrue(status?.conditions, "Established");
}
