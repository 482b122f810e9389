import { readlink, stat } from "node:fs/promises";
import type { ContainerInfo, ContainerInspectInfo } from "dockerode";
import type { Clock } from "../../../../lib/base/clock.ts";
import type { Logger } from "../../../../lib/observe/logger.ts";
import type { NodePlace, PodAddresses, PodNetwork } from "../../network/pod-network.ts";
import {
  type PodIdentity,
  type ResourceLimits,
  RuntimeError,
  type SandboxConfig,
  type SandboxStatus,
} from "../runtime.ts";
import { createReplacing, killContainer, listScoped, mapLimited, removeForce } from "./container-verbs.ts";
import { type DockerClient, dockerMessage, dockerStatus } from "./docker-client.ts";
import {
  attemptOf,
  dockerName,
  givenLabels,
  isOurs,
  type Labels,
  labelKeys,
  podOf,
  portMappingsOf,
  type Scope,
} from "./labels.ts";
import { ensurePauseImage } from "./pause-image.ts";
import type { PodCgroups } from "./pod-cgroups.ts";
import { removeFiles, retainSandboxFiles, sandboxDirectory, writeSandboxFiles } from "./sandbox-files.ts";
import { netnsPath, sandboxOptions } from "./sandbox-options.ts";

/** Sandboxes of an earlier kubelet that are connected again at the same time. */
const statusesMax = 8;
/** The pause program moves to the node's namespace in its first millisecond; a loaded machine may need more. */
const moveDeadlineMs = 10_000;

export interface SandboxesDeps {
  client: DockerClient;
  scope: Scope;
  network: PodNetwork;
  place: NodePlace;
  cgroups: PodCgroups;
  clock: Clock;
  logger?: Logger;
}

/** What the containers of a sandbox need to know of it. */
export interface SandboxRecord {
  pod: PodIdentity;
  /** Holds the sandbox's `hosts` and `resolv.conf`. */
  filesDirectory: string;
  cgroupParent?: string;
  hostIPC: boolean;
  /** Docker's runtime, where the sandbox names one. */
  handler?: string;
}

/**
 * A node's sandboxes. All state is Docker's and the network's; what is remembered here is only to save questions, so a new
 * object carries on where the last one stopped.
 */
export class Sandboxes {
  readonly #deps: SandboxesDeps;
  readonly #records = new Map<string, SandboxRecord>();
  /** One `setUp` per sandbox, however many ask at once. */
  readonly #addresses = new Map<string, Promise<PodAddresses>>();
  readonly #stopping = new Set<string>();
  #recovery: Promise<void> | undefined;
  #pauseImage: Promise<void> | undefined;

  constructor(deps: SandboxesDeps) {
    this.#deps = deps;
  }

  /** Makes what every sandbox needs, so that the first pod does not wait for it. */
  async prepare(): Promise<void> {
    await Promise.all([this.#recover(), this.#ensurePauseImage()]);
  }

  async run(config: SandboxConfig): Promise<string> {
    await this.prepare();
    const id = await this.#create(config);
    try {
      await this.#bringUp(id, config);
    } catch (error) {
      await this.remove(id).catch(() => {}); // the first failure is the one to tell
      throw error;
    }
    return id;
  }

  async stop(id: string): Promise<void> {
    const { client, scope, network } = this.#deps;
    this.#stopping.add(id);
    const running = await listScoped(client, scope, { [labelKeys.sandboxId]: id }, ["running", "paused"]);
    await Promise.all(running.map((container) => killContainer(client, container.Id)));
    await this.#addresses.get(id)?.catch(() => {}); // never take down what is being set up
    this.#addresses.delete(id);
    await network.tearDown(id);
    await killContainer(client, id);
  }

  /** Docker has said that a sandbox's process ended, which its lists may tell only later. */
  noteEnd(id: string): void {
    if (this.#records.has(id)) this.#stopping.add(id);
  }

  async remove(id: string): Promise<void> {
    const { client, scope, cgroups } = this.#deps;
    const record = await this.record(id).catch(() => undefined); // gone already
    await this.stop(id);
    const containers = await listScoped(client, scope, { [labelKeys.sandboxId]: id });
    await Promise.all(containers.map((container) => removeForce(client, container.Id)));
    await removeForce(client, id);
    await removeFiles(sandboxDirectory(scope, id));
    if (record?.cgroupParent) await cgroups.remove(record.cgroupParent);
    this.#records.delete(id);
    this.#stopping.delete(id);
  }

  async list(): Promise<SandboxStatus[]> {
    await this.#recover();
    const { client, scope } = this.#deps;
    const infos = await listScoped(client, scope, { [labelKeys.kind]: "sandbox" });
    const statuses = await mapLimited(infos, statusesMax, (info) => this.#status(info));
    return statuses.sort((a, b) => b.createdAtMs - a.createdAtMs || b.attempt - a.attempt);
  }

  /** @throws RuntimeError `NotFound`. */
  async record(id: string): Promise<SandboxRecord> {
    return this.#records.get(id) ?? this.#remember(await this.#inspect(id));
  }

  /** A pod that was made without limits has no group that could be given any. */
  async update(id: string, resources: ResourceLimits): Promise<void> {
    const { cgroupParent, pod } = await this.record(id);
    if (cgroupParent) await this.#deps.cgroups.make(pod.uid, resources);
  }

  async #create(config: SandboxConfig): Promise<string> {
    const { client, scope, place, cgroups, clock } = this.#deps;
    const name = dockerName(scope, "POD", config.pod, config.attempt);
    const cgroupParent = await cgroups.make(config.pod.uid, config.resources);
    const options = sandboxOptions(config, scope, place, clock.now(), cgroupParent);
    try {
      return await createReplacing(client, name, options);
    } catch (error) {
      if (dockerStatus(error) !== 404) throw error;
      this.#pauseImage = undefined; // someone pruned the images
      await this.#ensurePauseImage();
      return createReplacing(client, name, options);
    }
  }

  async #bringUp(id: string, config: SandboxConfig): Promise<void> {
    const { client, place } = this.#deps;
    await this.#start(id);
    const info = await client.call("inspect sandbox", () => client.docker.getContainer(id).inspect());
    const record = this.#remember(info);
    const moved = config.hostNetwork && place.netns !== undefined;
    if (moved) await this.#waitUntilMoved(info.State.Pid, netnsPath(place.netns ?? ""));
    const { ips } = await this.#addressesOf(id, info.Config.Labels, info.State.Pid);
    await writeSandboxFiles(record.filesDirectory, config, ips);
  }

  async #start(id: string): Promise<void> {
    const { client } = this.#deps;
    try {
      await client.call("start sandbox", (abortSignal) => client.docker.getContainer(id).start({ abortSignal }));
    } catch (error) {
      throw new RuntimeError("StartFailed", `start sandbox: ${dockerMessage(error)}`, { cause: error });
    }
  }

  /** Docker cannot join a namespace by path, so the sandbox's own process does; its containers may follow only then. */
  async #waitUntilMoved(pid: number, netns: string): Promise<void> {
    const { clock } = this.#deps;
    const wanted = `net:[${(await stat(netns)).ino}]`;
    const deadline = clock.monotonic() + moveDeadlineMs;
    for (let waitMs = 1; (await readlink(`/proc/${pid}/ns/net`).catch(() => "")) !== wanted; waitMs *= 2) {
      if (clock.monotonic() > deadline) {
        throw new RuntimeError("StartFailed", `the sandbox did not reach the network namespace ${netns}`);
      }
      await clock.sleep(Math.min(waitMs, 100));
    }
  }

  #addressesOf(id: string, labels: Labels, pid: number): Promise<PodAddresses> {
    if (labels[labelKeys.hostNetwork] === "true") return Promise.resolve({ ips: [] });
    const known = this.#addresses.get(id);
    if (known) return known;
    const setUp = this.#deps.network.setUp(id, `/proc/${pid}/ns/net`, portMappingsOf(labels));
    this.#addresses.set(id, setUp);
    setUp.catch(() => this.#addresses.delete(id));
    return setUp;
  }

  async #status(info: ContainerInfo): Promise<SandboxStatus> {
    const running = info.State === "running" && !this.#stopping.has(info.Id);
    const ips = running ? await this.#ipsOf(info) : undefined;
    return {
      id: info.Id,
      pod: podOf(info.Labels),
      attempt: attemptOf(info.Labels),
      state: ips ? "Ready" : "NotReady",
      createdAtMs: Number(info.Labels[labelKeys.createdAtMs] ?? info.Created * 1000),
      ips: ips ?? [],
      labels: givenLabels(info.Labels),
    };
  }

  /**
   * The addresses of a running sandbox, one from before this object's time is connected again to learn them; undefined when
   * it cannot be connected, as a sandbox without its network is not ready.
   */
  async #ipsOf(info: ContainerInfo): Promise<string[] | undefined> {
    if (info.Labels[labelKeys.hostNetwork] === "true") return [];
    try {
      const known = this.#addresses.get(info.Id);
      if (known) return (await known).ips;
      const { State } = await this.#inspect(info.Id);
      if (!State.Running || this.#stopping.has(info.Id)) return undefined;
      return (await this.#addressesOf(info.Id, info.Labels, State.Pid)).ips;
    } catch (error) {
      this.#deps.logger?.warn({ err: error, sandboxId: info.Id }, "a sandbox is without its network");
      return undefined;
    }
  }

  /** The path of a running sandbox's network namespace. @throws RuntimeError `NotFound`. */
  async networkNamespace(id: string): Promise<string> {
    const { State } = await this.#inspect(id);
    if (State.Running) return `/proc/${State.Pid}/ns/net`;
    throw new RuntimeError("NotFound", `sandbox ${id} is not running`);
  }

  async #inspect(id: string): Promise<ContainerInspectInfo> {
    const { client, scope } = this.#deps;
    const info = await client.call("inspect sandbox", () => client.docker.getContainer(id).inspect());
    if (isOurs(info.Config.Labels, scope, "sandbox")) return info;
    throw new RuntimeError("NotFound", `no sandbox ${id} on this node`);
  }

  #remember(info: ContainerInspectInfo): SandboxRecord {
    const { CgroupParent } = info.HostConfig;
    const handler = info.Config.Labels[labelKeys.runtimeHandler];
    const record = {
      pod: podOf(info.Config.Labels),
      filesDirectory: sandboxDirectory(this.#deps.scope, info.Id),
      hostIPC: info.Config.Labels[labelKeys.hostIPC] === "true",
      ...(CgroupParent ? { cgroupParent: CgroupParent } : {}),
      ...(handler ? { handler } : {}),
    };
    this.#records.set(info.Id, record);
    return record;
  }

  /** Once per object, before anything else: the network forgets sandboxes that went while no kubelet ran. */
  #recover(): Promise<void> {
    const { client, scope, network } = this.#deps;
    this.#recovery ??= listScoped(client, scope, { [labelKeys.kind]: "sandbox" })
      .then(async (infos) => {
        const ids = new Set(infos.map((info) => info.Id));
        await Promise.all([network.retain(ids), retainSandboxFiles(scope, ids)]);
      })
      .catch((error: unknown) => {
        this.#recovery = undefined;
        throw error;
      });
    return this.#recovery;
  }

  #ensurePauseImage(): Promise<void> {
    this.#pauseImage ??= ensurePauseImage(this.#deps.client).catch((error: unknown) => {
      this.#pauseImage = undefined;
      throw error;
    });
    return this.#pauseImage;
  }
}
