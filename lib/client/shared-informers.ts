import type { Clock } from "../base/clock.ts";
import type { Logger } from "../observe/logger.ts";
import { createInformer } from "./create-informer.ts";
import type { Informer } from "./informer.ts";
import type { InformerFactory, InformerKeeping, InformerSelector } from "./informer-factory.ts";
import type { KubernetesObject, ResourceClient } from "./resource-client.ts";

export interface InformerFactorySettings {
  clock?: Clock;
  random?: () => number;
  logger?: Logger;
}

/** Shared informers for one process. */
export function createInformerFactory(settings: InformerFactorySettings = {}): InformerFactory {
  return new SharedInformers(settings);
}

class SharedInformers implements InformerFactory {
  readonly #settings: InformerFactorySettings;
  readonly #informers = new Map<string, unknown>();
  readonly #all = new Set<Pick<Informer<KubernetesObject>, "start" | "stop" | "waitForSync">>();

  constructor(settings: InformerFactorySettings) {
    this.#settings = settings;
  }

  informer<T extends KubernetesObject>(
    resource: ResourceClient<T>,
    selector: InformerSelector = {},
    keeping: InformerKeeping<T> = {},
  ): Informer<T> {
    const { group, version, plural } = resource;
    const { namespace = "", labelSelector = "", fieldSelector = "" } = selector;
    const key = JSON.stringify([group, version, plural, namespace, labelSelector, fieldSelector]);
    const known = this.#informers.get(key);
    // The key names the kind, and the kind has one type.
    if (known) return known as Informer<T>;
    const informer = createInformer(resource, { ...this.#settings, ...keeping, selector });
    this.#informers.set(key, informer);
    this.#all.add(informer);
    return informer;
  }

  async start(signal?: AbortSignal): Promise<void> {
    const asked = [...this.#all];
    for (const informer of asked) informer.start();
    await Promise.all(asked.map((informer) => informer.waitForSync(signal)));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#all].map((informer) => informer.stop()));
  }
}
