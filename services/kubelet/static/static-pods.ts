import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { Informer } from "../../../lib/client/informer.ts";
import { objectKey } from "../../../lib/client/informer.ts";
import type { NodeContext } from "../pods/node-context.ts";
import { hashAnnotation, mirrorAnnotation, readManifests } from "./read-manifests.ts";

/** How often the folder is read, as in Kubernetes. */
const readAgainMs = 20_000;
const timeoutMs = 10_000;

/**
 * Keeps one pod at the server for each manifest in a folder of the node: made when it is missing, made anew when its file
 * has changed, and deleted with its file.
 */
export class StaticPods {
  readonly #node: NodeContext;
  readonly #directory: string;
  readonly #pods: Informer<Pod>;
  readonly #abort = new AbortController();
  readonly #told = new Set<string>();
  #loop: Promise<void> = Promise.resolve();
  #removeHandler = () => {};
  #wake = () => {};

  /** `pods` are the pods bound to this node. */
  constructor(node: NodeContext, directory: string, pods: Informer<Pod>) {
    this.#node = node;
    this.#directory = directory;
    this.#pods = pods;
  }

  /** The informer must be synced. */
  start(): void {
    this.#loop = this.#run();
    this.#removeHandler = this.#pods.addHandler({
      deleted: (pod) => {
        if (isMirror(pod)) this.#wake();
      },
    });
  }

  /** Stops following the folder; its pods run on. */
  async stop(): Promise<void> {
    this.#removeHandler();
    this.#abort.abort(new Error("the kubelet stops"));
    this.#wake();
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (!this.#abort.signal.aborted) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      try {
        await this.#sync();
      } catch (error) {
        this.#node.logger.warn({ err: error }, "static pods could not be told to the server; it will be tried again");
      }
      const pause = new AbortController();
      await Promise.race([woken, this.#node.clock.sleep(readAgainMs, pause.signal).catch(() => {})]);
      pause.abort();
    }
  }

  async #sync(): Promise<void> {
    const { pods, faults } = await readManifests(this.#directory, this.#node.options.nodeName);
    this.#tell(faults);
    const wanted = new Map(pods.map((pod) => [objectKey(pod), pod]));
    for (const mirror of this.#pods.lister.list().filter(isMirror)) {
      const pod = wanted.get(objectKey(mirror));
      // Its end is told by the informer, and the next version follows.
      if (!pod || hashOf(pod) !== hashOf(mirror)) await this.#delete(mirror);
    }
    for (const pod of wanted.values()) {
      const { namespace = "", name = "" } = pod.metadata ?? {};
      if (!this.#pods.lister.get(namespace, name)) await this.#create(pod);
    }
  }

  /** A file that cannot be used is told once. */
  #tell(faults: readonly { file: string; message: string }[]): void {
    for (const { file, message } of faults) {
      const fault = `${file}: ${message}`;
      if (!this.#told.has(fault)) this.#node.logger.error({ file, fault: message }, "a manifest cannot be used");
      this.#told.add(fault);
    }
    const present = new Set(faults.map(({ file, message }) => `${file}: ${message}`));
    for (const fault of this.#told) if (!present.has(fault)) this.#told.delete(fault);
  }

  async #create(pod: Pod): Promise<void> {
    try {
      await this.#node.client.core.v1.pods.create(pod, { timeoutMs });
    } catch (error) {
      if (!isStatusError(error, "AlreadyExists")) throw error;
    }
  }

  async #delete({ metadata }: Pod): Promise<void> {
    const { name = "", namespace, uid, deletionTimestamp } = metadata ?? {};
    if (deletionTimestamp) return;
    try {
      await this.#node.client.core.v1.pods.delete(name, { namespace, preconditions: { uid }, timeoutMs });
    } catch (error) {
      if (!isStatusError(error, "NotFound", "Conflict")) throw error;
    }
  }
}

function isMirror(pod: Pod): boolean {
  return pod.metadata?.annotations?.[mirrorAnnotation] !== undefined;
}

function hashOf(pod: Pod): string | undefined {
  return pod.metadata?.annotations?.[hashAnnotation];
}
