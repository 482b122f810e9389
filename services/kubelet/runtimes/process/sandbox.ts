import { mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { netnsPath, runCommand } from "../../network/command.ts";
import { type ResourceLimits, RuntimeError, type SandboxConfig, type SandboxStatus } from "../runtime.ts";
import type { PodUsers } from "./container-record.ts";
import { makeMappedNamespaces } from "./mapped-namespaces.ts";
import { unmount } from "./mount-info.ts";
import type { NodeContext } from "./node-context.ts";
import { findProcessHolder, startProcessHolder } from "./process-holder.ts";
import { isAlive, type ProcessIdentity, signalProcess } from "./process-identity.ts";
import { shellWords } from "./shell-words.ts";
import { readIfThere, writeState } from "./state-file.ts";

const NSFS_MAGIC = 0x6e736673;

interface SandboxRecord {
  id: string;
  config: SandboxConfig;
  createdAtMs: number;
  isolated: boolean;
  /** Absent until the sandbox has been made completely. */
  ips?: string[];
  stopped?: boolean;
}

/** A pod's namespaces, held by bind mounts, so that no process is needed to keep them. */
export class Sandbox {
  readonly #context: NodeContext;
  readonly #record: SandboxRecord;
  readonly #dir: string;
  #holder: Promise<ProcessIdentity> | undefined;

  private constructor(context: NodeContext, record: SandboxRecord) {
    this.#context = context;
    this.#record = record;
    this.#dir = sandboxDir(context.stateDir, record.id);
  }

  /** Makes a sandbox with its network. @throws RuntimeError `StartFailed` */
  static async create(context: NodeContext, id: string, config: SandboxConfig, createdAtMs: number): Promise<Sandbox> {
    const record = { id, config, createdAtMs, isolated: context.isolation.isolated };
    const sandbox = new Sandbox(context, record);
    try {
      await sandbox.#make();
    } catch (error) {
      await sandbox.stop();
      await sandbox.removeFiles();
      const message = error instanceof Error ? error.message : String(error);
      throw new RuntimeError("StartFailed", `failed to make the sandbox of ${config.pod.name}: ${message}`, {
        cause: error,
      });
    }
    return sandbox;
  }

  /** Finds a sandbox that an earlier process made; undefined when its record was never finished. */
  static load(context: NodeContext, id: string): Sandbox | undefined {
    const text = readIfThere(join(sandboxDir(context.stateDir, id), "sandbox.json"));
    return text === undefined ? undefined : new Sandbox(context, JSON.parse(text));
  }

  get id(): string {
    return this.#record.id;
  }

  get config(): SandboxConfig {
    return this.#record.config;
  }

  get isReady(): boolean {
    const { ips, stopped, isolated } = this.#record;
    const holder = findProcessHolder(this.#dir);
    if (holder && !isAlive(holder)) return false;
    // After a restart of the machine the files are there, the namespaces are not.
    return ips !== undefined && !stopped && (!isolated || isNamespace(this.#namespace("uts")));
  }

  get sharedMemoryDir(): string {
    return this.config.hostIPC ? "/dev/shm" : join(this.#dir, "shm");
  }

  /** The pod's `resolv.conf`, the machine's own when the pod brought none. */
  get resolvConf(): string {
    return this.config.dns ? join(this.#dir, "resolv.conf") : "/etc/resolv.conf";
  }

  status(): SandboxStatus {
    const { id, createdAtMs, ips = [], config } = this.#record;
    const state = this.isReady ? "Ready" : "NotReady";
    return { id, pod: config.pod, attempt: config.attempt, state, createdAtMs, ips, labels: config.labels };
  }

  /** Its path; undefined when it is the machine's own. */
  get networkNamespace(): string | undefined {
    return this.#hasNetwork() ? this.#namespace("net") : this.#nodeNetwork();
  }

  /** The pod's own users, if it has any. */
  get users(): PodUsers | undefined {
    const { userNamespace } = this.config;
    return userNamespace && { path: this.#namespace("user"), hostId: userNamespace.hostId };
  }

  /** The words that run a command in the pod's namespaces. */
  enter(): string[] {
    const netns = this.networkNamespace;
    const ipc = this.config.hostIPC ? [] : [`--ipc=${this.#namespace("ipc")}`];
    const words = [...(netns ? [`--net=${netns}`] : []), ...ipc, `--uts=${this.#namespace("uts")}`];
    return ["nsenter", ...words, "--"];
  }

  /** The first process of the namespace that containers share; started for the first of them. @throws CommandError */
  async sharedProcesses(): Promise<ProcessIdentity> {
    this.#holder ??= startProcessHolder(this.enter(), this.#dir);
    this.#holder.catch(() => {
      this.#holder = undefined;
    });
    return findProcessHolder(this.#dir) ?? this.#holder;
  }

  /** Gives back the address and drops the namespaces; its containers have ended. */
  async stop(): Promise<void> {
    const { network } = this.#context;
    await network.tearDown(this.id);
    await this.#holder?.catch(() => {});
    const holder = findProcessHolder(this.#dir);
    if (holder) signalProcess(holder, "SIGKILL");
    if (this.#record.isolated) {
      const memory = this.config.hostIPC ? [] : [this.sharedMemoryDir];
      const mounts = [...this.#namespaces().map((name) => this.#namespace(name)), ...memory];
      await unmount(mounts);
    }
    this.#record.stopped = true;
    this.#save();
  }

  /** Changes the limits over the pod. */
  update(resources: ResourceLimits): void {
    const { groups, groupRoot } = this.#context;
    groups?.create(`${groupRoot}/${this.id}`, resources);
  }

  async removeFiles(): Promise<void> {
    // Without its record it is no sandbox any more, should the removal be interrupted.
    rmSync(join(this.#dir, "sandbox.json"), { force: true });
    await rm(this.#dir, { recursive: true, force: true });
  }

  async #make(): Promise<void> {
    const { network, groups, groupRoot } = this.#context;
    const { config, isolated } = this.#record;
    mkdirSync(join(this.#dir, "ns"), { recursive: true });
    if (!config.hostIPC) mkdirSync(this.sharedMemoryDir);
    this.#save();
    if (config.dns) writeFileSync(this.resolvConf, resolvConf(config.dns));
    groups?.create(`${groupRoot}/${this.id}`, config.resources ?? {});
    if (isolated) await this.#makeNamespaces();
    const netns = isolated && this.#hasNetwork() ? this.#namespace("net") : "";
    const ips = config.hostNetwork ? [] : (await network.setUp(this.id, netns, config.portMappings)).ips;
    this.#record.ips = ips;
    this.#save();
  }

  async #makeNamespaces(): Promise<void> {
    const names = this.#namespaces();
    for (const name of names) writeFileSync(this.#namespace(name), "");
    const { hostname, hostIPC, sysctls = {}, userNamespace } = this.config;
    const options = "nosuid,nodev,noexec,mode=1777,size=64m";
    const script = [
      `printf %s ${shellWords([hostname])} > /proc/sys/kernel/hostname`,
      ...Object.entries(sysctls).map(([name, value]) => {
        return `printf %s ${shellWords([value])} > ${shellWords([`/proc/sys/${name.replaceAll(".", "/")}`])}`;
      }),
      ...(hostIPC ? [] : [`exec mount -t tmpfs -o ${options} shm ${shellWords([this.sharedMemoryDir])}`]),
    ];
    const flags = names.map((name) => `--${name}=${this.#namespace(name)}`);
    const run = ["sh", "-ec", script.join("\n")];
    if (!userNamespace) {
      await runCommand(["unshare", ...flags, ...run]);
      return;
    }
    await makeMappedNamespaces(names, userNamespace, (name) => this.#namespace(name));
    await runCommand([...this.enter(), ...run]);
  }

  #namespaces(): string[] {
    const { hostIPC, userNamespace } = this.config;
    return [
      ...(this.#hasNetwork() ? ["net"] : []),
      ...(hostIPC ? [] : ["ipc"]),
      "uts",
      ...(userNamespace ? ["user"] : []),
    ];
  }

  /** Whether the pod has a network namespace of its own. */
  #hasNetwork(): boolean {
    return !this.config.hostNetwork && !this.#context.network.sharesMachine;
  }

  #namespace(name: string): string {
    return join(this.#dir, "ns", name);
  }

  #nodeNetwork(): string | undefined {
    const { netns } = this.#context.place;
    return netns && netnsPath(netns);
  }

  #save(): void {
    writeState(join(this.#dir, "sandbox.json"), this.#record);
  }
}

function sandboxDir(stateDir: string, id: string): string {
  return join(stateDir, "sandboxes", id);
}

function isNamespace(path: string): boolean {
  try {
    return statfsSync(path).type === NSFS_MAGIC;
  } catch {
    return false;
  }
}

function resolvConf({ nameservers, searches, options }: NonNullable<SandboxConfig["dns"]>): string {
  const lines = [
    ...(searches.length > 0 ? [`search ${searches.join(" ")}`] : []),
    ...nameservers.map((address) => `nameserver ${address}`),
    ...(options.length > 0 ? [`options ${options.join(" ")}`] : []),
  ];
  return lines.map((line) => `${line}\n`).join("");
}
