import { randomUUID } from "node:crypto";
import { PassThrough } from "node:stream";
import type { Clock } from "../../../../lib/base/clock.ts";
import type { PodNetwork } from "../../network/pod-network.ts";
import {
  type ContainerConfig,
  type ContainerStats,
  type ContainerStatus,
  type ExecSession,
  type Image,
  type LogEntry,
  type Runtime,
  RuntimeError,
  type RuntimeEvent,
  type SandboxConfig,
  type SandboxStatus,
} from "../runtime.ts";

/** What a hollow runtime is made from. */
export interface HollowRuntimeOptions {
  /** Gives pods their addresses; nothing is connected to it. */
  network: PodNetwork;
  clock: Clock;
}

/** A runtime that runs nothing: pods go through their phases, every image is there, every container runs until it is stopped. */
export function createHollowRuntime(options: HollowRuntimeOptions): Runtime {
  return new HollowRuntime(options);
}

class HollowRuntime implements Runtime {
  readonly name = "hollow";
  readonly #network: PodNetwork;
  readonly #clock: Clock;
  readonly #sandboxes = new Map<string, SandboxStatus>();
  readonly #containers = new Map<string, ContainerStatus>();
  readonly #watchers = new Set<(event: RuntimeEvent) => void>();

  constructor({ network, clock }: HollowRuntimeOptions) {
    this.#network = network;
    this.#clock = clock;
  }

  async version(): Promise<string> {
    return "1";
  }

  async problem(): Promise<string | undefined> {
    return undefined;
  }

  async runSandbox(config: SandboxConfig): Promise<string> {
    const id = randomUUID();
    const { ips } = config.hostNetwork ? { ips: [] } : await this.#network.setUp(id, "", []);
    const { pod, attempt, labels } = config;
    this.#sandboxes.set(id, { id, pod, attempt, labels, ips, state: "Ready", createdAtMs: this.#clock.now() });
    this.#tell({ sandboxId: id, kind: "started" });
    return id;
  }

  async stopSandbox(sandboxId: string): Promise<void> {
    const sandbox = this.#sandboxes.get(sandboxId);
    if (!sandbox) return;
    for (const { id } of await this.listContainers(sandboxId)) await this.stopContainer(id);
    sandbox.state = "NotReady";
    await this.#network.tearDown(sandboxId);
  }

  async removeSandbox(sandboxId: string): Promise<void> {
    await this.stopSandbox(sandboxId);
    for (const { id } of await this.listContainers(sandboxId)) this.#containers.delete(id);
    if (this.#sandboxes.delete(sandboxId)) this.#tell({ sandboxId, kind: "removed" });
  }

  async listSandboxes(): Promise<SandboxStatus[]> {
    return [...this.#sandboxes.values()].reverse().map((sandbox) => ({ ...sandbox }));
  }

  async createContainer(sandboxId: string, config: ContainerConfig): Promise<string> {
    if (!this.#sandboxes.has(sandboxId)) throw new RuntimeError("NotFound", `no sandbox ${sandboxId}`);
    const id = randomUUID();
    const { name, attempt, image, labels } = config;
    this.#containers.set(id, {
      id,
      sandboxId,
      name,
      attempt,
      image,
      imageId: image,
      labels,
      state: "Created",
      createdAtMs: this.#clock.now(),
    });
    return id;
  }

  async startContainer(containerId: string): Promise<void> {
    const container = this.#container(containerId);
    container.state = "Running";
    container.startedAtMs = this.#clock.now();
    this.#tell({ sandboxId: container.sandboxId, containerId, kind: "started" });
  }

  async stopContainer(containerId: string): Promise<void> {
    const container = this.#containers.get(containerId);
    if (container?.state !== "Running") return;
    Object.assign(container, { state: "Exited", exitCode: 0, reason: "Completed", finishedAtMs: this.#clock.now() });
    this.#tell({ sandboxId: container.sandboxId, containerId, kind: "exited" });
  }

  async removeContainer(containerId: string): Promise<void> {
    await this.stopContainer(containerId);
    this.#containers.delete(containerId);
  }

  async listContainers(sandboxId?: string): Promise<ContainerStatus[]> {
    const all = [...this.#containers.values()];
    return (sandboxId ? all.filter((container) => container.sandboxId === sandboxId) : all).map((container) => ({
      ...container,
    }));
  }

  async containerStatus(containerId: string): Promise<ContainerStatus> {
    return { ...this.#container(containerId) };
  }

  async exec(containerId: string): Promise<ExecSession> {
    this.#container(containerId);
    throw new RuntimeError(
      "StartFailed",
      "this node runs no containers (--runtime hollow): there is nothing to run a command in",
    );
  }

  async *logs(containerId: string): AsyncIterable<LogEntry> {
    this.#container(containerId);
    yield* [];
  }

  async stats(sandboxId?: string): Promise<ContainerStats[]> {
    const running = (await this.listContainers(sandboxId)).filter((container) => container.state === "Running");
    const nothing = { cpuUsageNanos: 0, memoryUsageBytes: 0, memoryWorkingSetBytes: 0, pids: 0 };
    return running.map(({ id, sandboxId: sandbox, name }) => ({
      containerId: id,
      sandboxId: sandbox,
      name,
      timeMs: this.#clock.now(),
      ...nothing,
    }));
  }

  async *events(signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    const stream = new PassThrough({ objectMode: true, signal });
    const tell = (event: RuntimeEvent) => stream.write(event);
    this.#watchers.add(tell);
    try {
      for await (const event of stream) yield event;
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.#watchers.delete(tell);
    }
  }

  async listImages(): Promise<Image[]> {
    return [];
  }

  async imageStatus(image: string): Promise<Image | undefined> {
    return { id: image, tags: [image], digests: [], sizeBytes: 0 };
  }

  async pullImage(image: string): Promise<Image> {
    return { id: image, tags: [image], digests: [], sizeBytes: 0 };
  }

  async removeImage(): Promise<void> {}

  async close(): Promise<void> {}

  #container(id: string): ContainerStatus {
    const container = this.#containers.get(id);
    if (!container) throw new RuntimeError("NotFound", `no container ${id}`);
    return container;
  }

  #tell(event: RuntimeEvent): void {
    for (const watcher of this.#watchers) watcher(event);
  }
}
