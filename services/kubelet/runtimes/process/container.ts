import { existsSync, type FSWatcher, mkdirSync, rmSync, statSync, watch, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import {
  type ContainerConfig,
  type ContainerStatus,
  type LogEntry,
  type LogOptions,
  type ResourceLimits,
  RuntimeError,
} from "../runtime.ts";
import { signalNumber } from "../signal-number.ts";
import type { Credentials } from "./capabilities.ts";
import { type ContainerPaths, type ContainerRecord, containerPaths } from "./container-record.ts";
import { readLog } from "./log-reader.ts";
import type { NodeContext } from "./node-context.ts";
import { OutputCollector } from "./output-collector.ts";
import { type ProcessIdentity, parseIdentity, signalProcess } from "./process-identity.ts";
import { planRoot, sharesMounts } from "./root-plan.ts";
import type { Sandbox } from "./sandbox.ts";
import { isolatedScript, plainScript } from "./start-script.ts";
import { readIfThere, writeState } from "./state-file.ts";
import { startSupervised, watchSupervisor } from "./supervisor.ts";
import { terminalCommand } from "./terminal.ts";

const KILLED = 137;
/** What this shell says itself, such as `Killed`, is no output of the container. */
const WAITING_SCRIPT = 'exec 2>/dev/null; sh "$0"; exit $?';
const END_TIMEOUT_MS = 30_000;

/**
 * One container. Its state is what its supervisor left in files:
 *
 *     (no pid, no exit) Created ─▶ pid: Running ─▶ exit: Exited
 */
export class Container {
  readonly record: ContainerRecord;
  readonly paths: ContainerPaths;
  readonly #context: NodeContext;
  readonly #ended: Promise<void>;
  #markEnded = () => {};
  #status: ContainerStatus;
  #identity: ProcessIdentity | undefined;
  #collector: OutputCollector | undefined;
  #output: FSWatcher | undefined;
  #supervisor: { close(): void } | undefined;

  private constructor(context: NodeContext, record: ContainerRecord) {
    this.#context = context;
    this.record = record;
    this.paths = containerPaths(join(context.stateDir, "containers", record.id));
    const { id, sandboxId, config, imageId, createdAtMs } = record;
    const { name, attempt, image, labels } = config;
    const user = record.isolated ? { user: userOf(record.process.credentials) } : {};
    this.#status = { id, sandboxId, name, attempt, state: "Created", image, imageId, createdAtMs, labels, ...user };
    this.#ended = new Promise((resolve) => {
      this.#markEnded = resolve;
    });
  }

  static create(context: NodeContext, record: ContainerRecord): Container {
    const container = new Container(context, record);
    for (const dir of [container.paths.run, container.paths.logs]) mkdirSync(dir, { recursive: true });
    writeState(container.paths.record, record);
    return container;
  }

  /** Finds a container that an earlier process made, and watches it if it runs; undefined when it was never finished. */
  static async load(context: NodeContext, id: string): Promise<Container | undefined> {
    const text = readIfThere(containerPaths(join(context.stateDir, "containers", id)).record);
    if (text === undefined) return undefined;
    const container = new Container(context, JSON.parse(text));
    if (container.#wasStarted()) await container.#attach();
    return container;
  }

  get status(): ContainerStatus {
    return this.#status;
  }

  get groupPath(): string {
    return `${this.#context.groupRoot}/${this.record.sandboxId}/${this.record.id}`;
  }

  /** The container's first process while it runs. */
  get process(): ProcessIdentity | undefined {
    return this.#status.state === "Running" ? this.#identity : undefined;
  }

  /** Changes the limits. */
  update(resources: ResourceLimits): void {
    this.#context.groups?.create(this.groupPath, resources);
  }

  /** `namespaceTarget`: a process whose process namespace the container joins. */
  async start(sandbox: Sandbox, namespaceTarget?: number): Promise<void> {
    if (this.#status.state !== "Created") {
      throw new RuntimeError(
        "StartFailed",
        `container ${this.record.id} was started before: it is ${this.#status.state}`,
      );
    }
    const { record, paths } = this;
    const { groups, supervisorScript } = this.#context;
    groups?.create(this.groupPath, record.config.resources);
    const command = this.#prepare(sandbox, namespaceTarget);
    this.#watchOutput();
    try {
      const stat = await startSupervised({
        script: supervisorScript,
        runDir: paths.run,
        stdin: stdinMode(record.config),
        killGroup: !this.#ownsNamespace,
        command,
      });
      this.#begin(stat);
    } catch (error) {
      await this.#fail(error);
      throw error;
    }
  }

  /** The stop signal, then SIGKILL after the grace period; resolves when the container has ended. */
  async stop(timeoutMs: number): Promise<void> {
    if (this.#status.state !== "Running") return;
    if (timeoutMs > 0) {
      this.#signal(this.record.stopSignal);
      const waiting = new AbortController();
      const grace = this.#context.clock.sleep(timeoutMs, waiting.signal).catch(() => {});
      await Promise.race([this.#ended, grace]);
      waiting.abort();
    }
    if (this.#status.state === "Running") await this.#kill();
  }

  /** Kills what runs and removes all that belongs to the container. */
  async remove(): Promise<void> {
    if (this.#status.state === "Running") await this.#kill();
    this.detach();
    await this.#context.groups?.remove(this.groupPath);
    // Without its record it is no container any more, should the removal be interrupted.
    rmSync(this.paths.record, { force: true });
    await rm(this.paths.dir, { recursive: true, force: true });
  }

  async *logs(options: LogOptions, signal?: AbortSignal, onPlaced?: () => void): AsyncGenerator<LogEntry> {
    const collector = this.#collector ?? (this.#status.state === "Created" ? this.#startCollector() : undefined);
    if (collector) yield* readLog({ logDir: this.paths.logs, collector }, options, signal, onPlaced);
  }

  /** Closes this process's handles; the container runs on. */
  detach(): void {
    this.#output?.close();
    this.#supervisor?.close();
    this.#collector?.close();
  }

  #wasStarted(): boolean {
    const { run } = this.paths;
    return ["alive", "pid", "exit"].some((name) => existsSync(join(run, name)));
  }

  /** Whether all its processes end with its first. */
  get #ownsNamespace(): boolean {
    return this.record.isolated && this.record.config.pidNamespace === undefined;
  }

  #prepare(sandbox: Sandbox, namespaceTarget: number | undefined): string[] {
    const { record, paths } = this;
    const { groups, isolation, tools, dataDir } = this.#context;
    const parts = { record, paths, joinFiles: groups?.joinFiles(this.groupPath) ?? [] };
    if (!record.isolated || !tools) {
      writeFileSync(paths.script, plainScript(parts));
      return this.#withTerminal(["setsid", "--wait", "sh", paths.script]);
    }
    const plan = planRoot({
      record,
      paths,
      toolsDir: tools.dir,
      sharedMemoryDir: sandbox.sharedMemoryDir,
      layersInMemory: isolation.layersInMemory,
      groupDirectories: groups?.directories(this.groupPath) ?? [],
      maskedDir: dataDir,
    });
    writeFileSync(paths.script, isolatedScript(parts, plan, tools));
    const follows = record.mounts.some((mount) => mount.propagation === "HostToContainer");
    const propagation = sharesMounts(record) ? "unchanged" : follows ? "slave" : "private";
    const flags = ["--mount", `--propagation=${propagation}`];
    if (!this.#ownsNamespace) {
      const join = namespaceTarget === undefined ? [] : ["nsenter", `--pid=/proc/${namespaceTarget}/ns/pid`, "--"];
      const words = [...sandbox.enter(), ...join, "unshare", ...flags, "--", "setsid", "--wait", "sh", paths.script];
      return this.#withTerminal(words);
    }
    // A shell waits for the first process, because unshare itself loses the number of a signal that ended it.
    const waiting = ["sh", "-c", WAITING_SCRIPT, paths.script];
    return this.#withTerminal([...sandbox.enter(), "unshare", "--pid", ...flags, "--", ...waiting]);
  }

  #withTerminal(words: string[]): string[] {
    return this.record.config.tty ? terminalCommand(words, "exec 5>&2; ") : words;
  }

  #startCollector(): OutputCollector {
    const { run, logs } = this.paths;
    this.#collector ??= new OutputCollector({
      ...{ runDir: run, logDir: logs, limits: this.#context.logLimits, clock: this.#context.clock },
    });
    return this.#collector;
  }

  #watchOutput(): void {
    const collector = this.#startCollector();
    this.#output = watch(this.paths.run, (_, name) => {
      if (name?.startsWith("std")) void this.#drain(collector);
    });
  }

  async #drain(collector: OutputCollector): Promise<void> {
    try {
      await collector.drain();
    } catch (err) {
      this.#context.logger.error({ err, container: this.record.id }, "output could not be written to the log");
    }
  }

  #begin(stat: string): void {
    this.#identity = parseIdentity(stat);
    this.#status = { ...this.#status, state: "Running", startedAtMs: modifiedAt(join(this.paths.run, "pid")) };
    this.#publish("started");
    this.#supervisor = watchSupervisor(this.paths.run, () => void this.#end());
    if (!this.#supervisor) void this.#end();
  }

  async #attach(): Promise<void> {
    this.#watchOutput();
    const stat = readIfThere(join(this.paths.run, "pid"));
    this.#identity = stat === undefined ? undefined : parseIdentity(stat);
    const startedAtMs = modifiedAt(join(this.paths.run, "pid"));
    this.#status = { ...this.#status, state: "Running", ...(startedAtMs === undefined ? {} : { startedAtMs }) };
    this.#supervisor = watchSupervisor(this.paths.run, () => void this.#end());
    if (!this.#supervisor) await this.#end();
    else void this.#drain(this.#startCollector());
  }

  async #fail(error: unknown): Promise<void> {
    const message = error instanceof Error ? error.message : String(error);
    writeFileSync(this.paths.failure, message);
    const exit = join(this.paths.run, "exit");
    if (readIfThere(exit) === undefined) writeFileSync(exit, "128\n");
    await this.#end();
  }

  /** The supervisor has ended: with an exit code, or killed itself, in which case the container goes too. */
  async #end(): Promise<void> {
    if (this.#status.state === "Exited") return;
    const exit = join(this.paths.run, "exit");
    if (this.#identity) signalProcess(this.#identity, "SIGKILL", !this.#ownsNamespace);
    if (readIfThere(exit) === undefined) writeFileSync(exit, `${KILLED}\n`);
    await this.#collector?.finish().catch((err: unknown) => {
      this.#context.logger.error({ err, container: this.record.id }, "output could not be written to the log");
    });
    this.detach();
    this.#status = { ...this.#status, state: "Exited", ...this.#ending(exit) };
    this.#markEnded();
    this.#publish("exited");
  }

  #ending(exit: string): Pick<ContainerStatus, "exitCode" | "finishedAtMs" | "reason" | "message"> {
    const exitCode = Number(readIfThere(exit)?.trim());
    const finishedAtMs = modifiedAt(exit) ?? this.#context.clock.now();
    const message = readIfThere(this.paths.failure);
    if (message !== undefined) return { exitCode, finishedAtMs, reason: "ContainerCannotRun", message };
    const outOfMemory = exitCode !== 0 && (this.#context.groups?.memoryKills(this.groupPath) ?? 0) > 0;
    return { exitCode, finishedAtMs, reason: outOfMemory ? "OOMKilled" : exitCode === 0 ? "Completed" : "Error" };
  }

  #signal(signal: string): void {
    const number = signalNumber(signal);
    if (this.#identity) signalProcess(this.#identity, number);
  }

  async #kill(): Promise<void> {
    // The first process of a namespace takes all others with it.
    if (this.#identity) signalProcess(this.#identity, "SIGKILL", !this.#ownsNamespace);
    const waiting = new AbortController();
    const tooLong = this.#context.clock.sleep(END_TIMEOUT_MS, waiting.signal).then(
      () => true,
      () => false,
    );
    const stuck = await Promise.race([this.#ended, tooLong]);
    waiting.abort();
    if (stuck) throw new RuntimeError("Unavailable", `container ${this.record.id} did not end within 30 s of SIGKILL`);
  }

  #publish(kind: "started" | "exited"): void {
    this.#context.events.publish({ sandboxId: this.record.sandboxId, containerId: this.record.id, kind });
  }
}

/** With its first group among the others, as the kernel tells them. */
function userOf({ uid, gid, groups }: Credentials) {
  return { uid, gid, supplementalGroups: [...new Set([gid, ...groups])] };
}

function stdinMode({ stdin, stdinOnce }: ContainerConfig): "none" | "open" | "once" {
  if (!stdin) return "none";
  return stdinOnce ? "once" : "open";
}

function modifiedAt(path: string): number | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats && Math.round(stats.mtimeMs);
}
