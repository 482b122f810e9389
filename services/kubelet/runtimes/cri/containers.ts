import { rm, rmdir } from "node:fs/promises";
import { dirname } from "node:path";
import { type Container, ContainerState, type CreateContainerRequest } from "../../../../gen/runtime/v1/container.ts";
import type { Image } from "../../../../gen/runtime/v1/image.ts";
import { backoffDelay } from "../../../../lib/base/backoff.ts";
import type { Clock } from "../../../../lib/base/clock.ts";
import { userOfProcess } from "../process-user.ts";
import {
  type ContainerConfig,
  type ContainerStatus,
  type DiskUsage,
  type ResourceLimits,
  RuntimeError,
} from "../runtime.ts";
import { signalNumber } from "../signal-number.ts";
import { criContainerConfig } from "./container-config.ts";
import { containerStatusOf } from "./container-status.ts";
import { type CriClient, isRefusal, runtimeMethods, unlessGone } from "./cri-client.ts";
import { despiteEndingShim } from "./ending-shim.ts";
import { type ContainerRecord, isOurs, readContainerRecord, type Scope, scopeLabels } from "./identity.ts";
import type { Images } from "./images.ts";
import { logFileSize, logFiles } from "./log-files.ts";
import type { RotatedLog } from "./log-rotation.ts";
import { resourceUpdate } from "./resources.ts";
import { podSandboxConfig } from "./sandbox-config.ts";
import type { Sandboxes } from "./sandboxes.ts";
import { processOf } from "./verbose-info.ts";

/** A container that was killed is asked about again for so long: the word that memory was the reason may come after its end. */
const reasonMsMax = 5_000;
/** So long the end of one that nobody here has killed is not told without that word. */
const reasonWaitMs = 1_000;
const killedCode = 137;
const justEndedMs = 5_000;
/** How much longer than its grace period the end of a container may take. */
const stopMarginMs = 60_000;
/** How often a container that was sent a signal is asked about. */
const endPollMs = 100;
const removalsAgainMax = 6;
const removalBackoff = { initialMs: 50, maxMs: 2_000 };

export interface ContainersDeps {
  client: CriClient;
  scope: Scope;
  sandboxes: Sandboxes;
  images: Images;
  clock: Clock;
  /** Whether the runtime's filter of system calls applies where a container does not say. */
  seccompDefault: boolean;
}

/** What is known of a container. */
export interface ContainerDetails {
  status: ContainerStatus;
  record: ContainerRecord;
  logPath: string;
}

/** A node's containers. */
export class Containers {
  readonly #deps: ContainersDeps;
  /** What a container is in one state never changes, as none is ever started again: asked once per state. */
  readonly #known = new Map<string, { state: ContainerState; details: ContainerDetails }>();
  readonly #sandboxOf = new Map<string, string>();
  /** Those that were told to end. */
  readonly #stopped = new Set<string>();

  constructor(deps: ContainersDeps) {
    this.#deps = deps;
  }

  async create(podSandboxId: string, config: ContainerConfig): Promise<string> {
    const { scope, sandboxes, images, seccompDefault } = this.#deps;
    const record = await sandboxes.record(podSandboxId);
    const image = await this.#image(images, config.image);
    const request = {
      podSandboxId,
      config: criContainerConfig(config, record, scope, image, seccompDefault),
      sandboxConfig: podSandboxConfig(record, scope),
    };
    try {
      return await this.#create(request);
    } catch (error) {
      if (!isRefusal(error) || error.code === "NotFound") throw error;
      const rest = nameHolder(error.message);
      if (rest === undefined || (await this.isRunning(rest)))
        throw new RuntimeError("InvalidConfig", error.message, { cause: error });
      await this.remove(rest);
      return this.#create(request);
    }
  }

  async start(containerId: string): Promise<void> {
    try {
      await this.#deps.client.runtime(runtimeMethods.startContainer, { containerId });
    } catch (error) {
      if (!isRefusal(error) || error.code === "NotFound") throw error;
      if ((await this.status(containerId)).state === "Running") return;
      throw new RuntimeError("StartFailed", error.message, { cause: error });
    }
  }

  /** @throws RuntimeError `NotFound`, `InvalidConfig`. */
  async update(containerId: string, resources: ResourceLimits): Promise<void> {
    const request = { containerId, linux: resourceUpdate(resources) };
    try {
      await this.#deps.client.runtime(runtimeMethods.updateContainerResources, request);
    } catch (error) {
      if (!isRefusal(error) || error.code === "NotFound") throw error;
      throw new RuntimeError("InvalidConfig", error.message, { cause: error });
    }
  }

  async stop(containerId: string, timeoutSeconds: number): Promise<void> {
    this.#stopped.add(containerId);
    const wasAsked = timeoutSeconds > 0 && (await this.#askToEnd(containerId, timeoutSeconds));
    const timeout = wasAsked ? 0 : Math.max(0, Math.ceil(timeoutSeconds));
    const { client, clock } = this.#deps;
    const ask = () =>
      client.runtime(runtimeMethods.stopContainer, { containerId, timeout }, timeout * 1000 + stopMarginMs);
    return unlessGone(despiteEndingShim(clock, ask));
  }

  async remove(containerId: string): Promise<void> {
    const { logPath } = await this.details(containerId).catch(() => ({ logPath: undefined })); // gone already
    await unlessGone(this.#removeKilled(containerId));
    this.#known.delete(containerId);
    this.#sandboxOf.delete(containerId);
    this.#stopped.delete(containerId);
    if (logPath) await removeLogs(logPath);
  }

  /**
   * Sends a container the signal that its pod names, as a runtime that does not know of it sends its image's, and gives it
   * its time. False when its pod names none.
   */
  async #askToEnd(containerId: string, timeoutSeconds: number): Promise<boolean> {
    const details = await this.details(containerId).catch(() => undefined); // gone already
    const { stopSignal } = details?.record ?? {};
    if (stopSignal === undefined) return false;
    const { clock } = this.#deps;
    const pid = await this.process(containerId);
    const deadline = clock.monotonic() + timeoutSeconds * 1000;
    if (pid !== undefined) signalProcess(pid, stopSignal);
    while (clock.monotonic() < deadline && (await this.isRunning(containerId))) await clock.sleep(endPollMs);
    return true;
  }

  /** Who removes a container that runs kills it first; containerd refuses when it has not heard of the end in time. */
  async #removeKilled(containerId: string): Promise<void> {
    const { client, clock } = this.#deps;
    for (let attempt = 0; ; attempt++) {
      try {
        await despiteEndingShim(clock, () => client.runtime(runtimeMethods.removeContainer, { containerId }));
        return;
      } catch (error) {
        if (attempt >= removalsAgainMax || !isRefusal(error) || !error.message.includes("still running")) throw error;
      }
      await clock.sleep(backoffDelay(attempt, removalBackoff));
      await this.stop(containerId, 0);
    }
  }

  async list(podSandboxId?: string): Promise<ContainerStatus[]> {
    const containers = await this.listed(podSandboxId);
    if (podSandboxId === undefined) this.#forgetAllBut(new Set(containers.map(({ id = "" }) => id)));
    const details = await Promise.all(containers.map((container) => this.#detailsUnlessGone(container)));
    return details.flatMap((known) => (known ? [known.status] : []));
  }

  /** What the runtime lists, with no more than it tells there. */
  async listed(podSandboxId?: string): Promise<Container[]> {
    const { client, scope } = this.#deps;
    const ofSandbox = podSandboxId === undefined ? {} : { podSandboxId };
    const filter = { labelSelector: scopeLabels(scope), ...ofSandbox };
    const { containers = [] } = await client.runtime(runtimeMethods.listContainers, { filter });
    for (const { id = "", podSandboxId: sandbox = "" } of containers) this.#sandboxOf.set(id, sandbox);
    return containers;
  }

  /** @throws RuntimeError `NotFound`. */
  async status(containerId: string): Promise<ContainerStatus> {
    return (await this.details(containerId)).status;
  }

  /** @throws RuntimeError `NotFound`, also for a container that is not this node's. */
  async details(containerId: string): Promise<ContainerDetails> {
    const { clock } = this.#deps;
    for (;;) {
      const details = await this.#ask(containerId);
      const { status } = details;
      const sinceMs = clock.now() - (status.finishedAtMs ?? 0);
      const isAsked = this.#stopped.has(containerId);
      if (isAsked || !this.#mayLearnReason(status) || sinceMs > reasonWaitMs) return details;
      await clock.sleep(50);
    }
  }

  async #ask(containerId: string): Promise<ContainerDetails> {
    const { client, scope } = this.#deps;
    const { status, info } = await client.runtime(runtimeMethods.containerStatus, { containerId, verbose: true });
    if (!status || !isOurs(status.labels, scope))
      throw new RuntimeError("NotFound", `no container ${containerId} on this node`);
    const pid = status.state === ContainerState.CONTAINER_RUNNING ? processOf(info) : undefined;
    const user = pid === undefined ? this.#known.get(containerId)?.details.status.user : await userOfProcess(pid);
    const details = {
      status: { ...containerStatusOf(status, await this.#sandbox(containerId)), ...(user ? { user } : {}) },
      record: readContainerRecord(status.annotations),
      logPath: status.logPath ?? "",
    };
    const state = status.state ?? ContainerState.CONTAINER_CREATED;
    if (!this.#mayLearnReason(details.status)) this.#known.set(containerId, { state, details });
    return details;
  }

  /** False for one that is gone. */
  async isRunning(containerId: string): Promise<boolean> {
    try {
      return (await this.status(containerId)).state === "Running";
    } catch (error) {
      if (error instanceof RuntimeError && error.code === "NotFound") return false;
      throw error;
    }
  }

  /** Whether a container ended a moment ago. False for one that is gone. */
  async hasJustEnded(containerId: string): Promise<boolean> {
    try {
      const { state, finishedAtMs = 0 } = await this.status(containerId);
      return state === "Exited" && this.#deps.clock.now() - finishedAtMs < justEndedMs;
    } catch (error) {
      if (error instanceof RuntimeError && error.code === "NotFound") return false;
      throw error;
    }
  }

  /** The logs of what runs. */
  async written(): Promise<RotatedLog[]> {
    const listed = await this.listed();
    const running = listed.filter(({ state }) => state === ContainerState.CONTAINER_RUNNING);
    const details = await Promise.all(running.map((container) => this.#detailsUnlessGone(container)));
    return details.flatMap((known) => (known ? [{ containerId: known.status.id, logPath: known.logPath }] : []));
  }

  /** A running container's first process, in the machine's terms. */
  async process(containerId: string): Promise<number | undefined> {
    const { info } = await this.#deps.client.runtime(runtimeMethods.containerStatus, { containerId, verbose: true });
    return processOf(info);
  }

  /** @throws RuntimeError `NotFound`. */
  async diskUsage(containerId: string): Promise<DiskUsage> {
    const { logPath } = await this.details(containerId);
    const { stats } = await this.#deps.client.runtime(runtimeMethods.containerStats, { containerId });
    const { usedBytes, inodesUsed } = stats?.writableLayer ?? {};
    return {
      writableLayerBytes: usedBytes?.value ?? 0,
      ...(inodesUsed ? { writableLayerInodes: inodesUsed.value ?? 0 } : {}),
      logBytes: await logFileSize(logPath),
    };
  }

  async #create(request: CreateContainerRequest): Promise<string> {
    const { containerId } = await this.#deps.client.runtime(runtimeMethods.createContainer, request);
    return containerId ?? "";
  }

  async #image(images: Images, name: string): Promise<Image> {
    const image = await images.find(name);
    if (image) return image;
    throw new RuntimeError("ImageNotFound", `no such image: ${name}`);
  }

  async #detailsUnlessGone({ id = "", state = ContainerState.CONTAINER_CREATED }: Container) {
    const known = this.#known.get(id);
    if (known?.state === state) return known.details;
    try {
      return await this.details(id);
    } catch (error) {
      if (error instanceof RuntimeError && error.code === "NotFound") return undefined;
      throw error;
    }
  }

  #mayLearnReason({ exitCode, reason, finishedAtMs = 0 }: ContainerStatus): boolean {
    return exitCode === killedCode && reason === "Error" && this.#deps.clock.now() - finishedAtMs < reasonMsMax;
  }

  /** Only lists tell which sandbox a container is in. */
  async #sandbox(containerId: string): Promise<string> {
    const known = this.#sandboxOf.get(containerId);
    if (known !== undefined) return known;
    await this.listed();
    return this.#sandboxOf.get(containerId) ?? "";
  }

  #forgetAllBut(ids: ReadonlySet<string>): void {
    for (const known of [this.#known, this.#sandboxOf, this.#stopped]) {
      for (const id of known.keys()) if (!ids.has(id)) known.delete(id);
    }
  }
}

/** Which container has the name that was asked for: one that does not run is the rest of an earlier try. */
function nameHolder(refusal: string): string | undefined {
  return /name "[^"]*" is reserved for "([^"]+)"/.exec(refusal)?.[1];
}

function signalProcess(pid: number, signal: string): void {
  try {
    process.kill(pid, signalNumber(signal));
  } catch {
    // It has ended by itself.
  }
}

async function removeLogs(logPath: string): Promise<void> {
  await Promise.all((await logFiles(logPath)).map((file) => rm(file, { force: true })));
  await rmdir(dirname(logPath)).catch(() => {}); // another attempt's log may be there
}
