import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Client,
  type Container,
  connectFromKubeconfig,
  createClient,
  createInformer,
  type Event,
  type Pod,
  type PodSpec,
  type Transport,
  waitFor as waitForObject,
  waitUntilGone,
} from "../../clients/sdk/index.ts";
import { type PodLogOptions, PodServiceDefinition } from "../../gen/typernetes/core/v1/pod.ts";
import { type ImageContents, writeBusyboxArchive } from "./busybox-archive.ts";
import { isReady } from "./pods.ts";
import { BackgroundProgram, mustRun, programPath, runProgram } from "./program.ts";

/** What runs the pods of a test. */
export type RuntimeName = "process" | "docker";

/** A slow machine with other work takes its time. */
export const patienceMs = 180_000;

/** Why a test of a runtime is left out here; never in CI. */
export function without(runtime: RuntimeName): string | false {
  if (process.env["CI"]) return false;
  if (process.getuid?.() !== 0) return "needs root";
  return runtime === "docker" && !existsSync("/var/run/docker.sock") ? "needs Docker" : false;
}

/** A cluster with one node for the tests of one file, and an image of busybox for its pods. Everything goes with it. */
export class PodCluster {
  readonly runtime: RuntimeName;
  /** A directory for what a test makes on the node. */
  readonly home = mkdtempSync(join(tmpdir(), "typernetes-pods-"));
  readonly image: string;
  readonly #images: string[] = [];
  #program: BackgroundProgram | undefined;
  #transport: Transport | undefined;
  #client: Client | undefined;

  constructor(runtime: RuntimeName) {
    this.runtime = runtime;
    this.image = `typernetes-test/pods:${process.pid}`;
  }

  get dataDir(): string {
    return join(this.home, "data");
  }

  /** Where the kubelet looks for static pods. */
  get manifests(): string {
    return join(this.home, "manifests");
  }

  get client(): Client {
    assert.ok(this.#client, "the cluster does not run");
    return this.#client;
  }

  /** Words of the program so far, for a test that fails. */
  get words(): string {
    return this.#program?.output ?? "";
  }

  /** `configuration` is the kubelet's. */
  async start(configuration: object = {}): Promise<void> {
    mkdirSync(this.manifests);
    const file = join(this.home, "kubelet.json");
    const kind = { apiVersion: "kubelet.config.k8s.io/v1beta1", kind: "KubeletConfiguration" };
    writeFileSync(file, JSON.stringify({ ...kind, staticPodPath: this.manifests, ...configuration }));
    const ports = ["--https-port", "0", "--grpc-port", "0"];
    const args = ["up", "--data-dir", this.dataDir, "--runtime", this.runtime, "--kubelet-config", file, ...ports];
    this.#program = new BackgroundProgram(programPath("typernetes"), args);
    await this.#program.printed("cluster complete", patienceMs);
    await this.addImage(this.image);
    this.#transport = await connectFromKubeconfig(join(this.dataDir, "kubeconfig"));
    this.#client = createClient(this.#transport);
    const { serviceaccounts } = this.client.core.v1;
    await waitForObject(serviceaccounts, "default", (account) => account !== undefined, inDefault);
  }

  async stop(): Promise<void> {
    await this.#transport?.close();
    await this.#program?.stop();
    await mustRun(programPath("typernetes"), ["down", "--data-dir", this.dataDir]);
    if (this.runtime === "docker") await runProgram("docker", ["rmi", "-f", ...this.#images]);
    rmSync(this.home, { recursive: true, force: true });
  }

  /** Gives the node an image of busybox with files of one's own. */
  async addImage(name: string, contents: ImageContents = {}): Promise<void> {
    const archive = join(this.home, "image.tar");
    await writeBusyboxArchive(archive, name, contents);
    this.#images.push(name);
    if (this.runtime === "docker") await mustRun("docker", ["load", "-i", archive]);
    else await mustRun(programPath("typernetes"), ["load-image", archive, "--data-dir", this.dataDir]);
    rmSync(archive);
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
    const kubeconfig = ["--kubeconfig", join(this.dataDir, "kubeconfig")];
    return mustRun(programPath("typectl"), [...kubeconfig, "exec", pod, "--", ...command]);
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
