import { randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { release } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { diskUse } from "../../disk/disk-use.ts";
import { mountLayers } from "../mount-layers.ts";
import {
  type AttachRequest,
  type ContainerConfig,
  type ContainerStats,
  type ContainerStatus,
  type DiskUsage,
  type ExecRequest,
  type ExecSession,
  type Image,
  type LogEntry,
  type LogOptions,
  type ResourceLimits,
  RuntimeError,
  type RuntimeEvent,
  type SandboxConfig,
  type SandboxStatus,
} from "../runtime.ts";
import { startAttach } from "./attach.ts";
import { Container } from "./container.ts";
import { startExec } from "./exec.ts";
import { HOST_IMAGE, hostImage, type ImageContents, type ImageStore } from "./image-store.ts";
import { canMapUsers } from "./mapped-mounts.ts";
import type { NodeContext } from "./node-context.ts";
import type { ProcessRuntime } from "./process-runtime.ts";
import { processSpec } from "./process-spec.ts";
import { Sandbox } from "./sandbox.ts";

/** The verbs of the contract over a node's sandboxes and containers. */
export class LinuxProcesses implements ProcessRuntime {
  readonly name = "process";
  readonly namesGroups = true;
  readonly mapsUsers: boolean;
  readonly limitations: string[];
  readonly #context: NodeContext;
  readonly #images: ImageStore;
  readonly #hostImages: boolean;
  readonly #sandboxes = new Map<string, Sandbox>();
  readonly #containers = new Map<string, Container>();
  #newestMs = 0;

  constructor(context: NodeContext, images: ImageStore, hostImages: boolean, limitations: string[]) {
    this.#context = context;
    this.#images = images;
    this.#hostImages = hostImages;
    this.limitations = limitations;
    this.mapsUsers = context.isolation.isolated && canMapUsers();
  }

  /** Finds what an earlier process made, and gives back addresses that no sandbox has. */
  async load(): Promise<void> {
    const { stateDir, network } = this.#context;
    for (const id of readdirSync(join(stateDir, "sandboxes"))) {
      const sandbox = Sandbox.load(this.#context, id);
      if (!sandbox) {
        await removeUnfinished(join(stateDir, "sandboxes", id));
        continue;
      }
      this.#sandboxes.set(id, sandbox);
      this.#newestMs = Math.max(this.#newestMs, sandbox.status().createdAtMs);
    }
    for (const id of readdirSync(join(stateDir, "containers"))) {
      const container = await Container.load(this.#context, id);
      if (container) this.#containers.set(id, container);
      else await removeUnfinished(join(stateDir, "containers", id));
    }
    await network.retain(new Set(this.#sandboxes.keys()));
  }

  async version(): Promise<string> {
    return release();
  }

  async problem(): Promise<string | undefined> {
    return undefined;
  }

  async runSandbox(config: SandboxConfig): Promise<string> {
    const { runtimeHandler = this.name } = config;
    if (runtimeHandler !== this.name)
      throw new RuntimeError("InvalidConfig", `no runtime for "${runtimeHandler}" is configured`);
    if (config.userNamespace && !this.mapsUsers)
      throw new RuntimeError("InvalidConfig", "this machine lets no pod have users of its own");
    const sandbox = await Sandbox.create(this.#context, newId(), config, this.#now());
    this.#sandboxes.set(sandbox.id, sandbox);
    this.#publish({ sandboxId: sandbox.id, kind: "started" });
    return sandbox.id;
  }

  async stopSandbox(sandboxId: string): Promise<void> {
    const sandbox = this.#sandboxes.get(sandboxId);
    if (!sandbox) return;
    await Promise.all(this.#containersOf(sandboxId).map((container) => container.stop(0)));
    if (!sandbox.isReady) return;
    await sandbox.stop();
    this.#publish({ sandboxId, kind: "exited" });
  }

  async removeSandbox(sandboxId: string): Promise<void> {
    const sandbox = this.#sandboxes.get(sandboxId);
    if (!sandbox) return;
    await this.stopSandbox(sandboxId);
    await Promise.all(this.#containersOf(sandboxId).map((container) => this.removeContainer(container.record.id)));
    // A sandbox that was never finished, or lost its namespaces with the machine, was not stopped above.
    await sandbox.stop();
    const { groups, groupRoot } = this.#context;
    await groups?.remove(`${groupRoot}/${sandboxId}`);
    await sandbox.removeFiles();
    this.#sandboxes.delete(sandboxId);
    this.#publish({ sandboxId, kind: "removed" });
  }

  async networkNamespace(sandboxId: string): Promise<string | undefined> {
    const sandbox = this.#sandboxes.get(sandboxId);
    if (!sandbox) throw new RuntimeError("NotFound", `no sandbox ${sandboxId} on this node`);
    return this.#context.isolation.isolated ? sandbox.networkNamespace : undefined;
  }

  async listSandboxes(): Promise<SandboxStatus[]> {
    const list = [...this.#sandboxes.values()].map((sandbox) => sandbox.status());
    return list.sort((a, b) => b.createdAtMs - a.createdAtMs);
  }

  async createContainer(sandboxId: string, config: ContainerConfig): Promise<string> {
    const sandbox = this.#sandboxes.get(sandboxId);
    if (!sandbox) throw new RuntimeError("NotFound", `no such sandbox: ${sandboxId}`);
    const contents = this.#findImage(config.image);
    if (!contents) throw new RuntimeError("ImageNotFound", `image ${config.image} is not on this node`);
    const { isolated, reason } = this.#context.isolation;
    if (!isolated && !contents.isHost) {
      throw new RuntimeError(
        "InvalidConfig",
        `image ${config.image} needs isolation, which this machine refuses: ${reason}`,
      );
    }
    refuseProfiles(config.security);
    const container = Container.create(this.#context, {
      id: newId(),
      sandboxId,
      createdAtMs: this.#now(),
      config,
      mounts: withResolvConf(config, sandbox),
      isolated,
      imageId: contents.image.id,
      stopSignal: config.stopSignal ?? contents.stopSignal,
      layersDir: contents.layersDir,
      layers: contents.layers,
      isHost: contents.isHost,
      process: processSpec(config, contents, sandbox.config.hostname),
      ...(sandbox.users && { users: sandbox.users }),
    });
    const { id } = container.record;
    if (!contents.isHost) this.#images.use(contents.image.id, id, container.paths.record);
    this.#containers.set(id, container);
    return id;
  }

  async startContainer(containerId: string): Promise<void> {
    const container = this.#container(containerId);
    const sandbox = this.#sandboxes.get(container.record.sandboxId);
    if (!sandbox?.isReady) throw new RuntimeError("StartFailed", `sandbox ${container.record.sandboxId} is not ready`);
    await container.start(sandbox, await this.#namespaceTarget(container, sandbox));
  }

  async updateContainer(containerId: string, resources: ResourceLimits): Promise<void> {
    this.#container(containerId).update(resources);
  }

  async updateSandbox(sandboxId: string, resources: ResourceLimits): Promise<void> {
    const sandbox = this.#sandboxes.get(sandboxId);
    if (!sandbox) throw new RuntimeError("NotFound", `no such sandbox: ${sandboxId}`);
    sandbox.update(resources);
  }

  async stopContainer(containerId: string, timeoutSeconds: number): Promise<void> {
    await this.#containers.get(containerId)?.stop(timeoutSeconds * 1_000);
  }

  async removeContainer(containerId: string): Promise<void> {
    const container = this.#containers.get(containerId);
    if (!container) return;
    await container.remove();
    this.#images.release(containerId);
    if (!this.#containers.delete(containerId)) return;
    this.#publish({ sandboxId: container.record.sandboxId, containerId, kind: "removed" });
  }

  async listContainers(sandboxId?: string): Promise<ContainerStatus[]> {
    const list = this.#containersOf(sandboxId).map((container) => container.status);
    return list.sort((a, b) => b.createdAtMs - a.createdAtMs);
  }

  async containerStatus(containerId: string): Promise<ContainerStatus> {
    return this.#container(containerId).status;
  }

  async exec(containerId: string, request: ExecRequest): Promise<ExecSession> {
    return startExec(this.#context, this.#container(containerId), request);
  }

  async attach(containerId: string, request: AttachRequest): Promise<ExecSession> {
    return startAttach(this.#context.clock, this.#container(containerId), request);
  }

  async *logs(containerId: string, options: LogOptions, signal?: AbortSignal): AsyncGenerator<LogEntry> {
    yield* this.#container(containerId).logs(options, signal);
  }

  async stats(sandboxId?: string): Promise<ContainerStats[]> {
    const { groups, clock } = this.#context;
    return this.#containersOf(sandboxId).flatMap((container) => {
      const usage = container.process && groups?.usage(container.groupPath);
      if (!usage) return [];
      const { id, sandboxId, name } = container.status;
      return [{ containerId: id, sandboxId, name, timeMs: clock.now(), ...usage }];
    });
  }

  async diskUsage(containerId: string): Promise<DiskUsage> {
    const { paths } = this.#container(containerId);
    const [layer, logs] = await Promise.all([diskUse(join(paths.layer, "upper")), diskUse(paths.logs)]);
    return { writableLayerBytes: layer.bytes, writableLayerInodes: layer.inodes, logBytes: logs.bytes };
  }

  events(signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    return this.#context.events.watch(signal);
  }

  /** None is ever in the way: what was loaded by hand cannot be had again. */
  async listImages(): Promise<Image[]> {
    const images = [hostImage(HOST_IMAGE), ...this.#images.list()];
    return images.map(({ image }) => ({ ...image, pinned: true }));
  }

  async imageStatus(image: string): Promise<Image | undefined> {
    return this.#findImage(image)?.image;
  }

  async pullImage(image: string): Promise<Image> {
    const found = this.#findImage(image);
    if (found) return found.image;
    const next = 'this runtime fetches none: add it with "typernetes load-image"';
    throw new RuntimeError("ImageNotFound", `image ${image} is not on this node, and ${next}`);
  }

  loadImage(archive: string | Readable): Promise<Image[]> {
    return this.#images.load(archive);
  }

  async removeImage(imageId: string): Promise<void> {
    await this.#images.remove(imageId);
  }

  async mountImage(name: string, directory: string): Promise<void> {
    const contents = this.#findImage(name);
    if (!contents) throw new RuntimeError("ImageNotFound", `image ${name} is not on this node`);
    if (contents.isHost) throw new RuntimeError("InvalidConfig", `image ${name} is the machine's own root: no volume`);
    // In use as long as the directory is there.
    this.#images.use(contents.image.id, newId(), directory);
    await mountLayers({ root: contents.layersDir, layers: contents.layers }, directory);
  }

  async close(): Promise<void> {
    for (const container of this.#containers.values()) container.detach();
    const { groups, groupRoot } = this.#context;
    if (this.#sandboxes.size === 0) await groups?.remove(groupRoot);
  }

  /** The process whose namespace a container joins, when it is to see another's processes. */
  async #namespaceTarget({ record }: Container, sandbox: Sandbox): Promise<number | undefined> {
    const { pidNamespace } = record.config;
    if (pidNamespace === "Pod" && record.isolated) return (await sandbox.sharedProcesses()).pid;
    if (typeof pidNamespace !== "object") return undefined;
    const target = this.#container(pidNamespace.containerId).process;
    if (target) return target.pid;
    throw new RuntimeError("StartFailed", `container ${pidNamespace.containerId} does not run`);
  }

  #container(containerId: string): Container {
    const container = this.#containers.get(containerId);
    if (!container) throw new RuntimeError("NotFound", `no such container: ${containerId}`);
    return container;
  }

  #containersOf(sandboxId: string | undefined): Container[] {
    const all = [...this.#containers.values()];
    return sandboxId === undefined ? all : all.filter((container) => container.record.sandboxId === sandboxId);
  }

  #findImage(name: string): ImageContents | undefined {
    if (name === HOST_IMAGE) return hostImage(HOST_IMAGE);
    return this.#images.find(name) ?? (this.#hostImages ? hostImage(name) : undefined);
  }

  /** Times of creation differ, so that their order is known. */
  #now(): number {
    this.#newestMs = Math.max(this.#newestMs + 1, this.#context.clock.now());
    return this.#newestMs;
  }

  #publish(event: RuntimeEvent): void {
    this.#context.events.publish(event);
  }
}

/** The making or the removal was interrupted: without a record there are files only. */
async function removeUnfinished(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true });
}

function newId(): string {
  return randomBytes(16).toString("hex");
}

/** Nothing here loads filters of system calls, or profiles of AppArmor: who names one is not run without. */
function refuseProfiles({ seccompProfilePath, appArmorProfile }: ContainerConfig["security"]): void {
  if (seccompProfilePath)
    throw new RuntimeError(
      "InvalidConfig",
      `seccomp profile ${seccompProfilePath}: needs another runtime than process`,
    );
  if (appArmorProfile && appArmorProfile !== "unconfined")
    throw new RuntimeError("InvalidConfig", `AppArmor profile ${appArmorProfile}: needs another runtime than process`);
}

/** The pod's `resolv.conf`, unless the pod mounts one itself. */
function withResolvConf({ mounts }: ContainerConfig, sandbox: Sandbox): ContainerConfig["mounts"] {
  const containerPath = "/etc/resolv.conf";
  if (mounts.some((mount) => mount.containerPath === containerPath)) return mounts;
  return [...mounts, { hostPath: sandbox.resolvConf, containerPath, readOnly: false }];
}
