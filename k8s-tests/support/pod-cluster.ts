import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Container,
  createInformer,
  type Event,
  type Pod,
  type PodSpec,
  waitFor as waitForObject,
  waitUntilGone,
} from "../../clients/sdk/index.ts";
import { type PodLogOptions, PodServiceDefinition } from "../../gen/typernetes/core/v1/pod.ts";
import { remainsOf } from "../up/remains.ts";
import { type ImageContents, writeBusyboxArchive } from "./busybox-image.ts";
import { Cluster } from "./cluster.ts";
import { type PodRuntime, podRuntime, type RuntimeName } from "./pod-runtimes.ts";
import { isReady } from "./pods.ts";

/** A slow machine with other work takes its time. */
export const patienceMs = 180_000;

/** A cluster for tests of pods on a runtime, with an image of busybox for them. */
export class PodCluster extends Cluster {
  readonly runtime: RuntimeName;
  /** The handler that a runtime class names for the runtime's usual way. */
  readonly handler: string;
  readonly image: string;
  readonly #runtime: PodRuntime;

  constructor(runtime: RuntimeName) {
    super();
    this.runtime = runtime;
    this.#runtime = podRuntime(runtime, this.dataDir);
    this.handler = this.#runtime.handler;
    this.image = `typernetes-test/pods:${process.pid}`;
  }

  /** Where the kubelet looks for static pods. */
  get manifests(): string {
    return join(this.home, "manifests");
  }

  /** `configuration` is the kubelet's, `flags` are more ones of `up`. */
  async start(configuration: object = {}, flags: readonly string[] = []): Promise<void> {
    mkdirSync(this.manifests);
    const file = join(this.home, "kubelet.json");
    const kind = { apiVersion: "kubelet.config.k8s.io/v1beta1", kind: "KubeletConfiguration" };
    writeFileSync(file, JSON.stringify({ ...kind, staticPodPath: this.manifests, ...configuration }));
    await this.#runtime.start();
    await this.up([...this.#runtime.flags, "--kubelet-config", file, ...flags]);
    await this.addImage(this.image);
    const { serviceaccounts } = this.client.core.v1;
    await waitForObject(serviceaccounts, "default", (account) => account !== undefined, inDefault);
  }

  override async stop(): Promise<void> {
    await super.stop();
    await this.#runtime.stop();
  }

  /** What the cluster has on the machine, one line each. */
  async left(): Promise<string[]> {
    return [...remainsOf(this.dataDir), ...(await this.#runtime.left())];
  }

  /** Gives the node an image of busybox with files of one's own. */
  async addImage(name: string, contents: ImageContents = {}): Promise<void> {
    const archive = join(this.home, `${name.replaceAll(/[/:]/g, "_")}.tar`);
    await writeBusyboxArchive(archive, `docker.io/${name}`, contents);
    await this.#runtime.addImage(archive, name);
    rmSync(archive);
  }

  /** An image that the node fetches by itself; it goes with the cluster. */
  fetched(name: string): string {
    this.#runtime.noteImage(name);
    return name;
  }

  /** Creates a pod; one container `main` when none is given. */
  create(name: string, container: Partial<Container>, spec: Partial<PodSpec> = {}, metadata = {}): Promise<Pod> {
    return this.client.core.v1.pods.create({
      metadata: { ...inDefault, name, ...metadata },
      spec: {
        terminationGracePeriodSeconds: 1,
        restartPolicy: "Never",
        ...spec,
        containers: spec.containers ?? [{ name: "main", image: this.image, ...container }],
      },
    });
  }

  /** A container that runs a script. */
  shell(script: string, more: Partial<Container> = {}): Container {
    return { name: "main", image: this.image, command: ["sh", "-c", script], ...more };
  }

  /** The pod, once `holds`; fails with its status and what was told of it when that takes too long. */
  async until(name: string, holds: (pod: Pod) => boolean | undefined): Promise<Pod> {
    let last: Pod | undefined;
    const look = (pod: Pod | undefined) => {
      last = pod;
      return pod !== undefined && holds(pod) === true;
    };
    try {
      const options = { ...inDefault, timeoutMs: patienceMs };
      const pod = await waitForObject(this.client.core.v1.pods, name, look, options);
      assert.ok(pod);
      return pod;
    } catch (error) {
      const told = (await this.events(name)).join("\n");
      throw new Error(`waited in vain for ${holds}: ${JSON.stringify(last?.status, null, 1)}\n${told}`, {
        cause: error,
      });
    }
  }

  /** The pod when it has ended, however. */
  ended(name: string): Promise<Pod> {
    return this.until(name, ({ status }) => status?.phase === "Succeeded" || status?.phase === "Failed");
  }

  ready(name: string): Promise<Pod> {
    return this.until(name, isReady);
  }

  /** What a script prints in a pod of its own, which it brings to its end. */
  async output(
    name: string,
    script: string,
    spec: Partial<PodSpec> = {},
    container: Partial<Container> = {},
    metadata = {},
  ): Promise<string> {
    await this.create(name, this.shell(script, container), spec, metadata);
    await this.ended(name);
    const text = await this.logs(name, { container: "main" });
    await this.delete(name);
    return text;
  }

  async logs(name: string, options: PodLogOptions = {}): Promise<string> {
    const chunks: Uint8Array[] = [];
    for await (const { chunk } of this.client.stream(PodServiceDefinition, "log", { ...inDefault, name, options }))
      if (chunk) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  }

  /** The first lines of a container's log, once there are so many. */
  async lines(name: string, count: number, container = "main"): Promise<string[]> {
    await this.until(name, (pod) => !stateOf(pod, container).waiting && pod.status?.phase !== "Pending");
    const request = { ...inDefault, name, options: { container, follow: true } };
    const chunks = this.client.stream(PodServiceDefinition, "log", request, { timeoutMs: patienceMs });
    let text = "";
    for await (const { chunk = new Uint8Array() } of chunks) {
      text += Buffer.from(chunk).toString();
      if (text.split("\n").length > count) break;
    }
    return text.split("\n").slice(0, -1);
  }

  async nodeName(): Promise<string> {
    const { items } = await this.client.core.v1.nodes.list();
    return items[0]?.metadata?.name ?? "";
  }

  /** What a command prints in a running container. */
  async exec(pod: string, ...command: string[]): Promise<string> {
    return this.typectl("exec", pod, "--", ...command);
  }

  /** Begins to take a pod away, at once unless told otherwise. */
  async delete(name: string, gracePeriodSeconds = 0): Promise<void> {
    await this.client.core.v1.pods.delete(name, { ...inDefault, gracePeriodSeconds });
  }

  /** Takes a pod away, and resolves when it has gone. */
  async deleted(name: string, gracePeriodSeconds = 0): Promise<void> {
    await this.delete(name, gracePeriodSeconds);
    await waitUntilGone(this.client.core.v1.pods, name, { ...inDefault, timeoutMs: patienceMs });
  }

  /** What was told about an object: `reason: message`. */
  async events(name: string): Promise<string[]> {
    const { items } = await this.client.core.v1.events.list({ fieldSelector: `involvedObject.name=${name}` });
    return items.map(({ reason, message }) => `${reason}: ${message}`);
  }

  /** Resolves when an event about an object begins so. */
  async told(name: string, text: string): Promise<void> {
    const selector = { fieldSelector: `involvedObject.name=${name}` };
    const events = createInformer(this.client.core.v1.events, { selector });
    const told = new Promise<void>((resolve) => {
      const look = ({ reason, message }: Event) => {
        if (`${reason}: ${message}`.startsWith(text)) resolve();
      };
      events.addHandler({ added: look, updated: (_, event) => look(event) });
    });
    const late = AbortSignal.timeout(patienceMs);
    events.start();
    try {
      await Promise.race([told, once(late, "abort")]);
    } finally {
      await events.stop();
    }
    if (late.aborted) throw new Error(`waited in vain for "${text}" among\n${(await this.events(name)).join("\n")}`);
  }
}

/** Where the tests' objects are. */
export const inDefault = { namespace: "default" };

/** How a container of a pod is; `main` unless told otherwise. */
export function stateOf({ status }: Pod, name = "main") {
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return all.find((each) => each.name === name)?.state ?? {};
}
