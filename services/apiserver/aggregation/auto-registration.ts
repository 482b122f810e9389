import type { APIService } from "../../../gen/typernetes/apiregistration/v1/api_service.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { Controller, Enqueue } from "../../../lib/controller/controller.ts";
import { type RunningController, runController } from "../../../lib/controller/run-controller.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import { itself } from "../bootstrap/itself.ts";
import type { Core } from "../core.ts";
import { type ResourceInfo, storeKey } from "../resource-info.ts";
import type { ServedResources } from "../served-resources.ts";
import { create } from "../verbs/create.ts";
import { deleteObject } from "../verbs/delete.ts";
import { builtInPriority, customPriority } from "./group-priorities.ts";

const managed = "kube-aggregator.kubernetes.io/automanaged";
/** Made when the server starts; whoever deletes it does so until the next start. */
const onStart = "onstart";
const always = "true";
const ownGroup = "apiregistration.k8s.io";

/** Keeps an APIService for every group version that the server serves by itself. */
export class AutoRegistration implements Controller {
  readonly name = "auto-register";
  readonly #core: Core;
  readonly #info: ResourceInfo;
  readonly #served: ServedResources;
  readonly #made = new Set<string>();
  /** Whether each served group version has come with a definition, by the name of its APIService. */
  #wanted = new Map<string, boolean>();
  #enqueue: Enqueue = () => {};
  #run: RunningController | undefined;
  #leave = () => {};

  constructor(core: Core, served: ServedResources) {
    this.#core = core;
    this.#info = core.resource(ownGroup, "apiservices");
    this.#served = served;
  }

  setUp(enqueue: Enqueue): void {
    this.#enqueue = enqueue;
  }

  start(): void {
    this.#run = runController(this, this.#core);
    this.#servedChanged();
    for (const { metadata } of this.#all()) this.#enqueue(metadata?.name ?? "");
    this.#leave = this.#served.onChange(() => this.#servedChanged());
    this.#run.start();
  }

  async stop(): Promise<void> {
    this.#leave();
    await this.#run?.stop();
  }

  /** Says that an APIService is another one now, or is gone. */
  changed(name: string): void {
    this.#enqueue(name);
  }

  async reconcile(name: string): Promise<void> {
    const isCustom = this.#wanted.get(name);
    const stored = this.#find(name);
    if (isCustom === undefined) {
      if (stored?.metadata?.labels?.[managed] === always) await this.#remove(name);
    } else if (stored || (!isCustom && this.#made.has(name))) this.#made.add(name);
    else await this.#make(name, isCustom);
  }

  async #make(name: string, isCustom: boolean): Promise<void> {
    const [version = "", ...rest] = name.split(".");
    const group = rest.join(".");
    const priority = isCustom ? customPriority : builtInPriority(group, version);
    const object: ApiObject & APIService = {
      metadata: { name, labels: { [managed]: isCustom ? always : onStart } },
      spec: { ...(group && { group }), version, ...priority },
    };
    try {
      await create(this.#core, this.#info, { object }, itself);
    } catch (error) {
      // Another server of the same cluster does the same.
      if (!isStatusError(error, "AlreadyExists")) throw error;
    }
    this.#made.add(name);
  }

  async #remove(name: string): Promise<void> {
    try {
      await deleteObject(this.#core, { info: this.#info, namespace: undefined, name }, {}, itself);
    } catch (error) {
      if (!isStatusError(error, "NotFound")) throw error;
    }
  }

  #servedChanged(): void {
    const before = this.#wanted;
    this.#wanted = new Map();
    for (const { schema, isCustom = false } of this.#served.all())
      if (schema.group !== ownGroup) this.#wanted.set(`${schema.version}.${schema.group}`, isCustom);
    for (const name of this.#wanted.keys()) if (!before.has(name)) this.#enqueue(name);
    for (const name of before.keys()) if (!this.#wanted.has(name)) this.#enqueue(name);
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
