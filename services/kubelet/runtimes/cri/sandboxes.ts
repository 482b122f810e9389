import { rmdir } from "node:fs/promises";
import { join } from "node:path";
import { type PodSandbox, PodSandboxState, type PodSandboxStatus } from "../../../../gen/runtime/v1/sandbox.ts";
import { CgroupDriver } from "../../../../gen/runtime/v1/status.ts";
import type { Clock } from "../../../../lib/base/clock.ts";
import { makePodCgroup, removePodCgroup } from "../pod-cgroups.ts";
import { type ResourceLimits, RuntimeError, type SandboxConfig, type SandboxStatus } from "../runtime.ts";
import type { CniNetwork } from "./cni-network.ts";
import { type CriClient, isUnknownMethod, runtimeMethods, unlessGone } from "./cri-client.ts";
import { despiteEndingShim } from "./ending-shim.ts";
import { isOurs, milliseconds, readSandboxRecord, type SandboxRecord, type Scope, scopeLabels } from "./identity.ts";
import { podSandboxConfig } from "./sandbox-config.ts";
import { processOf, settingsOf } from "./verbose-info.ts";

/** Making a sandbox may have to fetch its image. */
const runMsMax = 240_000;

export interface SandboxesDeps {
  client: CriClient;
  scope: Scope;
  network: CniNetwork;
  clock: Clock;
  /** Where log files go, a directory per pod. */
  logsDirectory: string;
}

/** A node's sandboxes. All state is the container runtime's; what is remembered here is only to save questions. */
export class Sandboxes {
  readonly #deps: SandboxesDeps;
  readonly #records = new Map<string, SandboxRecord>();
  readonly #ips = new Map<string, string[]>();
  #driver: Promise<CgroupDriver> | undefined;

  constructor(deps: SandboxesDeps) {
    this.#deps = deps;
  }

  async run(config: SandboxConfig): Promise<string> {
    const { client, scope, network, logsDirectory } = this.#deps;
    if (!config.hostNetwork) await network.ensure();
    const { namespace, name, uid } = config.pod;
    const cgroupParent = await this.#makeCgroup(uid, config.resources ?? {});
    const record: SandboxRecord = {
      config,
      logDirectory: join(logsDirectory, `${namespace}_${name}_${uid}`),
      ...(cgroupParent === undefined ? {} : { cgroupParent }),
    };
    try {
      const request = { config: podSandboxConfig(record, scope), runtimeHandler: config.runtimeHandler };
      const { podSandboxId = "" } = await client.runtime(runtimeMethods.runPodSandbox, request, runMsMax);
      this.#records.set(podSandboxId, record);
      return podSandboxId;
    } catch (error) {
      await this.#removeTraces(record);
      throw error;
    }
  }

  async stop(podSandboxId: string): Promise<void> {
    const { client, clock } = this.#deps;
    await unlessGone(despiteEndingShim(clock, () => client.runtime(runtimeMethods.stopPodSandbox, { podSandboxId })));
    this.#ips.delete(podSandboxId);
  }

  async remove(podSandboxId: string): Promise<void> {
    const record = await this.record(podSandboxId).catch(() => undefined); // gone already
    await this.stop(podSandboxId);
    const { client, clock } = this.#deps;
    await unlessGone(despiteEndingShim(clock, () => client.runtime(runtimeMethods.removePodSandbox, { podSandboxId })));
    this.#records.delete(podSandboxId);
    if (record) await this.#removeTraces(record);
  }

  async list(): Promise<SandboxStatus[]> {
    const items = await this.listed();
    this.#forgetAllBut(new Set(items.map(({ id = "" }) => id)));
    items.sort((left, right) => Number(BigInt(right.createdAt ?? 0) - BigInt(left.createdAt ?? 0)));
    return Promise.all(items.map((item) => this.#status(item)));
  }

  /** What the runtime lists, with no more than it tells there. */
  async listed(): Promise<PodSandbox[]> {
    const { client, scope } = this.#deps;
    const filter = { labelSelector: scopeLabels(scope) };
    return (await client.runtime(runtimeMethods.listPodSandbox, { filter })).items ?? [];
  }

  /** @throws RuntimeError `NotFound`. */
  async record(podSandboxId: string): Promise<SandboxRecord> {
    const known = this.#records.get(podSandboxId);
    if (known) return known;
    const record = readSandboxRecord((await this.#ask(podSandboxId)).annotations);
    this.#records.set(podSandboxId, record);
    return record;
  }

  async update(podSandboxId: string, resources: ResourceLimits): Promise<void> {
    const { cgroupParent, config } = await this.record(podSandboxId);
    if (cgroupParent !== undefined) await this.#makeCgroup(config.pod.uid, resources);
  }

  /** The path of a running sandbox's network namespace. @throws RuntimeError `NotFound`. */
  async networkNamespace(podSandboxId: string): Promise<string> {
    const { client } = this.#deps;
    const { info } = await client.runtime(runtimeMethods.podSandboxStatus, { podSandboxId, verbose: true });
    const pid = processOf(info);
    if (pid !== undefined) return `/proc/${pid}/ns/net`;
    throw new RuntimeError("NotFound", `sandbox ${podSandboxId} is not running`);
  }

  async #status(item: PodSandbox): Promise<SandboxStatus> {
    const { id = "", metadata = {}, state = PodSandboxState.SANDBOX_READY } = item;
    const { config } = readSandboxRecord(item.annotations);
    const ready = state === PodSandboxState.SANDBOX_READY;
    const ips = ready && !config.hostNetwork ? await this.#ipsOf(id) : [];
    return {
      id,
      pod: config.pod,
      attempt: metadata.attempt ?? 0,
      state: ready && ips ? "Ready" : "NotReady",
      createdAtMs: milliseconds(item.createdAt) ?? 0,
      ips: ips ?? [],
      labels: config.labels,
    };
  }

  /** Undefined when the sandbox has gone since it was listed. */
  async #ipsOf(id: string): Promise<string[] | undefined> {
    const known = this.#ips.get(id);
    if (known) return known;
    try {
      const { network } = await this.#ask(id);
      const ips = [network?.ip, ...(network?.additionalIps ?? []).map(({ ip }) => ip)].filter((ip) => !!ip);
      const found = ips.filter((ip) => ip !== undefined);
      this.#ips.set(id, found);
      return found;
    } catch (error) {
      if (error instanceof RuntimeError && error.code === "NotFound") return undefined;
      throw error;
    }
  }

  async #ask(podSandboxId: string): Promise<PodSandboxStatus> {
    const { client, scope } = this.#deps;
    const { status } = await client.runtime(runtimeMethods.podSandboxStatus, { podSandboxId });
    if (status && isOurs(status.labels, scope)) return status;
    throw new RuntimeError("NotFound", `no sandbox ${podSandboxId} on this node`);
  }

  /** Where systemd owns the tree of control groups, a pod has none of its own: its containers' own limits hold. */
  async #makeCgroup(podUid: string, limits: ResourceLimits): Promise<string | undefined> {
    if ((await this.#cgroupDriver()) === CgroupDriver.SYSTEMD) return undefined;
    return makePodCgroup(this.#deps.scope.cluster, podUid, limits);
  }

  #cgroupDriver(): Promise<CgroupDriver> {
    this.#driver ??= askCgroupDriver(this.#deps.client);
    this.#driver.catch(() => {
      this.#driver = undefined;
    });
    return this.#driver;
  }

  /** Another sandbox of the same pod may still use them. */
  async #removeTraces({ cgroupParent, logDirectory }: SandboxRecord): Promise<void> {
    if (cgroupParent !== undefined) await removePodCgroup(cgroupParent);
    await rmdir(logDirectory).catch(() => {});
  }

  #forgetAllBut(ids: ReadonlySet<string>): void {
    for (const known of [this.#records, this.#ips]) {
      for (const id of known.keys()) if (!ids.has(id)) known.delete(id);
    }
  }
}

/** Who makes control groups; runtimes before CRI could tell it show it in their settings. */
async function askCgroupDriver(client: CriClient): Promise<CgroupDriver> {
  try {
    const { linux } = await client.runtime(runtimeMethods.runtimeConfig, {});
    return linux?.cgroupDriver ?? CgroupDriver.SYSTEMD;
  } catch (error) {
    if (!isUnknownMethod(error)) throw error;
    return (await settingsOf(client)).systemdCgroup ? CgroupDriver.SYSTEMD : CgroupDriver.CGROUPFS;
  }
}
