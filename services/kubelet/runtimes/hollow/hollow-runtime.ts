import { randomUUID } from "node:crypto";
import { PassThrough } from "node:stream";
import type { Clock } from "../../../../lib/base/clock.ts";
import type { PodNetwork } from "../../network/pod-network.ts";
import { EventBus } from "../process/event-bus.ts";
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
import { type Fate, type Timetable, timetableOfEnv } from "./timetable.ts";

/** What a hollow runtime is made from. */
export interface HollowRuntimeOptions {
  /** Gives pods their addresses; nothing is connected to it. */
  network: PodNetwork;
  clock: Clock;
  /** By the containers' environment when absent. */
  timetable?: Timetable;
}

/**
 * A runtime that runs nothing: every image is there, and containers start and end by a timetable. What it plays is lost with
 * its process.
 */
export function createHollowRuntime(options: HollowRuntimeOptions): Runtime {
  return new HollowRuntime(options);
}

interface Played {
  status: ContainerStatus;
  fate: Fate;
  cancelEnd: () => void;
}

class HollowRuntime implements Runtime {
  readonly name = "hollow";
  readonly namesGroups = true;
  readonly mapsUsers = true;
  readonly isHollow = true;
  readonly #network: PodNetwork;
  readonly #clock: Clock;
  readonly #timetable: Timetable;
  readonly #sandboxes = new Map<string, SandboxStatus>();
  /** By sandbox, then by id. */
  readonly #containers = new Map<string, Map<string, Played>>();
  readonly #sandboxOf = new Map<string, string>();
  readonly #events = new EventBus();

  constructor({ network, clock, timetable = timetableOfEnv }: HollowRuntimeOptions) {
    this.#network = network;
    this.#clock = clock;
    this.#timetable = timetable;
  }

  async version(): Promise<string> {
    return "1";
  }

  async problem(): Promise<string | undefined> {
    return undefined;
  }

  async runSandbox({ pod, attempt, labels, hostNetwork }: SandboxConfig): Promise<string> {
    const id = randomUUID();
    const { ips } = hostNetwork ? { ips: [] } : await this.#network.setUp(id, "", []);
    this.#sandboxes.set(id, { id, pod, attempt, labels, ips, state: "Ready", createdAtMs: this.#clock.now() });
    this.#containers.set(id, new Map());
    this.#events.publish({ sandboxId: id, kind: "started" });
    return id;
  }

  async stopSandbox(sandboxId: string): Promise<void> {
    const sandbox = this.#sandboxes.get(sandboxId);
    if (!sandbox) return;
    for (const id of this.#containers.get(sandboxId)?.keys() ?? []) await this.stopContainer(id);
    sandbox.state = "NotReady";
    await this.#network.tearDown(sandboxId);
  }

  async removeSandbox(sandboxId: string): Promise<void> {
    await this.stopSandbox(sandboxId);
    for (const id of [...(this.#containers.get(sandboxId)?.keys() ?? [])]) await this.removeContainer(id);
    this.#containers.delete(sandboxId);
    if (this.#sandboxes.delete(sandboxId)) this.#events.publish({ sandboxId, kind: "removed" });
  }

  async listSandboxes(): Promise<SandboxStatus[]> {
    return [...this.#sandboxes.values()].reverse().map((sandbox) => ({ ...sandbox }));
  }

  /** What runs nowhere has no network. */
  async networkNamespace(): Promise<undefined> {
    return undefined;
  }

  async createContainer(sandboxId: string, config: ContainerConfig): Promise<string> {
    const inSandbox = this.#containers.get(sandboxId);
    if (!inSandbox) throw new RuntimeError("NotFound", `no sandbox ${sandboxId}`);
    const id = randomUUID();
    const { name, attempt, image, labels } = config;
    const createdAtMs = this.#clock.now();
    const status: ContainerStatus = {
      ...{ id, sandboxId, name, attempt, image, imageId: image, labels },
      ...{ state: "Created", createdAtMs },
    };
    inSandbox.set(id, { status, fate: this.#timetable(config), cancelEnd: () => {} });
    this.#sandboxOf.set(id, sandboxId);
    return id;
  }

  async startContainer(containerId: string): Promise<void> {
    const played = this.#container(containerId);
    const { status, fate } = played;
    if (status.state !== "Created" || this.#sandboxes.get(status.sandboxId)?.state !== "Ready")
      throw new RuntimeError("StartFailed", `container ${containerId} cannot be started`);
    if (fate.startMs > 0) await this.#clock.sleep(fate.startMs);
    if (this.#find(containerId) !== played) throw new RuntimeError("NotFound", `container ${containerId} was removed`);
    status.state = "Running";
    status.startedAtMs = this.#clock.now();
    this.#events.publish({ sandboxId: status.sandboxId, containerId, kind: "started" });
    if (fate.runMs !== undefined)
      played.cancelEnd = this.#clock.schedule(fate.runMs, () => this.#end(played, fate.exitCode));
  }

  async updateContainer(containerId: string): Promise<void> {
    this.#container(containerId);
  }

  async updateSandbox(sandboxId: string): Promise<void> {
    if (!this.#sandboxes.has(sandboxId)) throw new RuntimeError("NotFound", `no sandbox ${sandboxId}`);
  }

  async stopContainer(containerId: string): Promise<void> {
    const played = this.#find(containerId);
    if (played?.status.state === "Running") this.#end(played, 0);
  }

  async removeContainer(containerId: string): Promise<void> {
    const sandboxId = this.#sandboxOf.get(containerId);
    if (sandboxId === undefined) return;
    await this.stopContainer(containerId);
    this.#containers.get(sandboxId)?.delete(containerId);
    this.#sandboxOf.delete(containerId);
    this.#events.publish({ sandboxId, containerId, kind: "removed" });
  }

  async listContainers(sandboxId?: string): Promise<ContainerStatus[]> {
    const groups = sandboxId === undefined ? this.#containers.values() : [this.#containers.get(sandboxId) ?? new Map()];
    return [...groups].flatMap((group) => [...group.values()].map(({ status }) => ({ ...status })));
  }

  async containerStatus(containerId: string): Promise<ContainerStatus> {
    return { ...this.#container(containerId).status };
  }

  /** Every command does nothing, and succeeds. */
  async exec(containerId: string): Promise<ExecSession> {
    const { status } = this.#container(containerId);
    if (status.state !== "Running") throw new RuntimeError("NotRunning", `container ${containerId} is not running`);
    const nothing = () => new PassThrough().end();
    return {
      stdin: new PassThrough().resume(),
      stdout: nothing(),
      stderr: nothing(),
      exitCode: Promise.resolve(0),
      resize: async () => {},
      kill: async () => {},
    };
  }

  /** There is nothing to see, ever. */
  async attach(containerId: string): Promise<ExecSession> {
    return this.exec(containerId);
  }

  async *logs(containerId: string): AsyncIterable<LogEntry> {
    this.#container(containerId);
    yield* [];
  }

  async stats(sandboxId?: string): Promise<ContainerStats[]> {
    const running = (await this.listContainers(sandboxId)).filter((container) => container.state === "Running");
    const nothing = { cpuUsageNanos: 0, memoryUsageBytes: 0, memoryWorkingSetBytes: 0, pids: 0 };
    const timeMs = this.#clock.now();
    return running.map(({ id, name, sandboxId: sandbox }) => ({
      ...nothing,
      containerId: id,
      sandboxId: sandbox,
      name,
      timeMs,
    }));
  }

  events(signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    return this.#events.watch(signal);
  }

  async listImages(): Promise<Image[]> {
    return [];
  }

  async imageStatus(image: string): Promise<Image | undefined> {
    return imageOf(image);
  }

  async pullImage(image: string): Promise<Image> {
    return imageOf(image);
  }

  async removeImage(): Promise<void> {}

  async close(): Promise<void> {}

  #end({ status, cancelEnd }: Played, exitCode: number): void {
    cancelEnd();
    const reason = exitCode === 0 ? "Completed" : "Error";
    Object.assign(status, { state: "Exited", exitCode, reason, finishedAtMs: this.#clock.now() });
    this.#events.publish({ sandboxId: status.sandboxId, containerId: status.id, kind: "exited" });
  }

  #find(id: string): Played | undefined {
    return this.#containers.get(this.#sandboxOf.get(id) ?? "")?.get(id);
  }

  #container(id: string): Played {
    const played = this.#find(id);
    if (!played) throw new RuntimeError("NotFound", `no container ${id}`);
    return played;
  }
}

/** Every image is there, and its user is nobody in particular. */
function imageOf(name: string): Image {
  return { id: name, tags: [name], digests: [], sizeBytes: 0, user: 65_534 };
}
