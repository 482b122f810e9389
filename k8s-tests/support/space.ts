import { inspect } from "node:util";
import type {
  Client,
  Event,
  InformerFactory,
  KubernetesObject,
  PodSpec,
  ResourceClient,
} from "../../clients/sdk/index.ts";
import { PodServiceDefinition } from "../../gen/typernetes/core/v1/pod.ts";

/** Long enough for a machine that has much else to do. */
const patienceMs = 240_000;

/** Which event is meant; what is absent does not matter. */
interface EventWanted {
  /** The name of the object that it tells of. */
  of?: string;
  type?: "Normal" | "Warning";
  reason?: string;
  message?: string | RegExp;
}

/** A namespace of a test, in which it makes objects and waits for what becomes of them. */
export class Space {
  readonly client: Client;
  readonly namespace: string;
  /** Gives a pod the machine's programs, which it has by the image `host` where the runtime has that. */
  readonly onMachine: (spec: PodSpec) => PodSpec;
  readonly #informers: InformerFactory;

  constructor(client: Client, informers: InformerFactory, namespace: string, onMachine = (spec: PodSpec) => spec) {
    this.client = client;
    this.onMachine = onMachine;
    this.#informers = informers;
    this.namespace = namespace;
  }

  create<T extends KubernetesObject>(resource: ResourceClient<T>, object: T): Promise<T> {
    return resource.create({ ...object, metadata: { ...object.metadata, namespace: this.namespace } });
  }

  get<T extends KubernetesObject>(resource: ResourceClient<T>, name: string): Promise<T> {
    return resource.get(name, { namespace: this.namespace });
  }

  patch<T extends KubernetesObject>(resource: ResourceClient<T>, name: string, patch: object): Promise<T> {
    return resource.patch(name, patch, { namespace: this.namespace });
  }

  delete<T extends KubernetesObject>(resource: ResourceClient<T>, name: string): Promise<T> {
    return resource.delete(name, { namespace: this.namespace });
  }

  /** Asks to evict a pod. @throws StatusError `TooManyRequests` when a disruption budget forbids it. */
  async evict(name: string): Promise<void> {
    const eviction = { metadata: { name, namespace: this.namespace } };
    await this.client.call(PodServiceDefinition, "evict", { eviction });
  }

  /** By name. */
  async list<T extends KubernetesObject>(resource: ResourceClient<T>, labelSelector?: string): Promise<T[]> {
    const { items } = await resource.list({ namespace: this.namespace, labelSelector });
    return byName(items);
  }

  /**
   * Resolves with what `check` answers once it answers something, given all objects of the kind here, by name.
   * @throws Error that tells the objects as they are when it never does.
   */
  async until<T extends KubernetesObject, V>(
    what: string,
    resource: ResourceClient<T>,
    check: (objects: T[]) => V | undefined | false,
  ): Promise<V> {
    const informer = this.#informers.informer(resource);
    informer.start();
    await informer.waitForSync(AbortSignal.timeout(patienceMs));
    const now = () => byName(informer.lister.list(resource.namespaced ? this.namespace : undefined));
    return new Promise<V>((resolve, reject) => {
      let removeHandler = () => {};
      const end = (settle: () => void) => {
        clearTimeout(timer);
        settle();
        // It may not have been handed to us yet.
        queueMicrotask(() => removeHandler());
      };
      const timer = setTimeout(() => {
        const objects = now().map((object) => ({
          ...object,
          metadata: { ...object.metadata, managedFields: undefined },
        }));
        const seen = inspect(objects, { depth: 12, maxStringLength: 400 }).slice(0, 20_000);
        end(() => reject(new Error(`${what}: not within ${patienceMs} ms; seen: ${seen}`)));
      }, patienceMs);
      const look = () => {
        try {
          const answer = check(now());
          if (answer !== undefined && answer !== false) end(() => resolve(answer));
        } catch (error) {
          end(() => reject(error));
        }
      };
      removeHandler = informer.addHandler({ added: look, updated: look, deleted: look });
      look();
    });
  }

  /** The same of one object; of undefined while there is none. */
  untilOne<T extends KubernetesObject, V>(
    what: string,
    resource: ResourceClient<T>,
    name: string,
    check: (object: T | undefined) => V | undefined | false,
  ): Promise<V> {
    return this.until(what, resource, (all) => check(all.find(({ metadata }) => metadata?.name === name)));
  }

  untilGone<T extends KubernetesObject>(resource: ResourceClient<T>, name: string): Promise<boolean> {
    return this.untilOne(`${name} has gone`, resource, name, (object) => !object);
  }

  /** Resolves with the first event that is as wanted. */
  untilEvent(wanted: EventWanted): Promise<Event> {
    const { core } = this.client;
    return this.until(`event ${inspect(wanted)}`, core.v1.events, (events) =>
      events.find((it) => isWanted(it, wanted)),
    );
  }
}

function byName<T extends KubernetesObject>(objects: readonly T[]): T[] {
  const nameOf = ({ metadata }: T) => metadata?.name ?? "";
  return [...objects].sort((left, right) => (nameOf(left) < nameOf(right) ? -1 : 1));
}

function isWanted(event: Event, { of, type, reason, message }: EventWanted): boolean {
  if (of !== undefined && event.involvedObject?.name !== of) return false;
  if (type !== undefined && event.type !== type) return false;
  if (reason !== undefined && event.reason !== reason) return false;
  if (message === undefined) return true;
  return typeof message === "string" ? event.message === message : message.test(event.message ?? "");
}
