import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import type { Container, Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { type RegisterRequest, RegistrationDefinition } from "../../../gen/v1beta1/device_plugin.ts";
import type { Clock } from "../../../lib/base/clock.ts";
import { StatusError } from "../../../lib/base/status-error.ts";
import { Router } from "../../../lib/grpc/router.ts";
import { type GrpcServer, startGrpcServer } from "../../../lib/grpc/server.ts";
import type { Logger } from "../../../lib/observe/logger.ts";
import { amountOf } from "../../../lib/resources/pod/pod-requests.ts";
import { isExtendedResource } from "../../../lib/resources/pod-template/resource-names.ts";
import { containersOf, isSidecar } from "../pods/pod-containers.ts";
import type { Device } from "../runtimes/runtime.ts";
import { type ContainerEdits, cdiEdits } from "./cdi-specs.ts";
import { DevicePlugin } from "./device-plugin.ts";
import { type Allocation, PluginAllocations } from "./plugin-allocations.ts";

const apiVersion = "v1beta1";
const kubeletSocket = "kubelet.sock";
const checkpoint = "kubelet_internal_checkpoint";
/** So long a plugin that has gone is waited for, before its resource goes, too. */
const graceMs = 5 * 60_000;
const plugin = { user: "device-plugin", groups: [] };

/** What the plugins of a node make of its status. */
export interface PluginResources {
  /** All devices of each resource, healthy or not, and those that are. */
  readonly capacity: Readonly<Record<string, string>>;
  readonly allocatable: Readonly<Record<string, string>>;
}

/** There are too few devices: more than a scheduler would have let come. */
export class AllocationError extends Error {
  constructor(why: string) {
    super(`Allocate failed due to ${why}, which is unexpected`);
    this.name = "AllocationError";
  }
}

/** The device plugins of a node: they register on a socket of the kubelet's, and pods get their devices. */
export class DevicePlugins {
  readonly #directory: string;
  readonly #parts: { clock: Clock; logger: Logger };
  readonly #onChange: () => void;
  readonly #cdiDirectories: readonly string[];
  readonly #allocations: PluginAllocations;
  readonly #plugins = new Map<string, DevicePlugin>();
  #gone: readonly string[] = [];
  /** One container after the other: none takes what another is about to. */
  #allocating: Promise<unknown> = Promise.resolve();
  #server: GrpcServer | undefined;

  /** `onChange` is called when devices have come or gone. */
  constructor(
    directory: string,
    parts: { clock: Clock; logger: Logger },
    onChange: () => void,
    cdiDirectories: readonly string[],
  ) {
    this.#directory = directory;
    this.#parts = parts;
    this.#onChange = onChange;
    this.#cdiDirectories = cdiDirectories;
    this.#allocations = new PluginAllocations(join(directory, checkpoint));
  }

  /** Takes registrations. Plugins see their sockets go, and the kubelet's come, and register again. */
  async start(): Promise<void> {
    mkdirSync(this.#directory, { recursive: true, mode: 0o750 });
    for (const entry of readdirSync(this.#directory, { withFileTypes: true }))
      if (entry.isSocket()) rmSync(join(this.#directory, entry.name), { force: true });
    this.#allocations.load();
    const router = new Router().add(RegistrationDefinition, {
      register: async (request) => {
        this.#register(request);
        return {};
      },
    });
    const { logger } = this.#parts;
    const path = join(this.#directory, kubeletSocket);
    try {
      this.#server = await startGrpcServer({ router, port: 0, path, authenticate: () => plugin, logger });
    } catch (err) {
      logger.warn({ err, path }, "device plugins cannot register");
    }
  }

  async stop(): Promise<void> {
    await this.#server?.close();
    await Promise.all([...this.#plugins.values()].map((each) => each.close()));
    this.#plugins.clear();
  }

  /** Resources whose plugins have not come back yet are there, without a device. */
  get resources(): PluginResources {
    this.#forgetGone();
    const capacity: Record<string, string> = {};
    const allocatable: Record<string, string> = {};
    for (const resource of [...this.#allocations.resources, ...this.#gone]) {
      const devices = [...(this.#plugins.get(resource)?.devices.values() ?? [])];
      capacity[resource] = String(devices.length);
      allocatable[resource] = String(devices.filter(Boolean).length);
    }
    return { capacity, allocatable };
  }

  /** Whether a pod asks for a resource of plugins. */
  concerns(pod: Pod): boolean {
    return containersOf(pod).some((container) => this.#wantedBy(container).length > 0);
  }

  /** Gives each container of a pod its devices; who has some keeps them. @throws Error when there are too few */
  async allocate(pod: Pod): Promise<void> {
    const allocated = this.#allocating.then(async () => {
      for (const container of containersOf(pod))
        for (const [resource, count] of this.#wantedBy(container))
          await this.#allocate(pod, container, resource, count);
    });
    this.#allocating = allocated.catch(() => {});
    await allocated;
  }

  /** What a container that is about to start gets of its devices; undefined when it has none. */
  async editsFor(pod: Pod, { name = "" }: Container): Promise<ContainerEdits | undefined> {
    const own = this.#allocations.ofPod(pod.metadata?.uid ?? "").filter(({ container }) => container === name);
    if (own.length === 0) return undefined;
    for (const { resource, devices } of own) await this.#plugins.get(resource)?.beforeStart(devices);
    const { env, mounts } = await cdiEdits(
      own.flatMap(({ needs }) => (needs.cdiDevices ?? []).map((device) => device.name ?? "")),
      this.#cdiDirectories,
    );
    return {
      env: [
        ...env,
        ...own.flatMap(({ needs }) => Object.entries(needs.envs ?? {}).map(([key, value]) => ({ name: key, value }))),
      ],
      mounts: [...mounts, ...own.flatMap(mountsOf)],
      devices: own.flatMap(devicesOf),
    };
  }

  release(podUid: string): void {
    if (this.#allocations.release(podUid)) this.#onChange();
  }

  #register({ version, endpoint = "", resourceName = "", options = {} }: RegisterRequest): void {
    if (version !== apiVersion) {
      const why = `requested API version "${version}" is not supported by kubelet. Supported version is ["${apiVersion}"]`;
      throw new StatusError("BadRequest", why);
    }
    if (!isExtendedResource(resourceName))
      throw new StatusError("BadRequest", `the ResourceName "${resourceName}" is invalid`);
    void this.#plugins.get(resourceName)?.close();
    const socket = join(this.#directory, basename(endpoint));
    const fresh = new DevicePlugin(resourceName, socket, options);
    this.#plugins.set(resourceName, fresh);
    this.#allocations.know(resourceName, true);
    this.#gone = this.#gone.filter((each) => each !== resourceName);
    void fresh.follow(this.#parts, () => {
      if (this.#plugins.get(resourceName) === fresh) this.#onChange();
    });
  }

  /** The node says once more, with none left, that the resource is there: nobody else would take it away. */
  #forgetGone(): void {
    const nowMs = this.#parts.clock.monotonic();
    for (const [resource, { stoppedMs }] of this.#plugins) {
      if (stoppedMs === undefined || nowMs - stoppedMs < graceMs) continue;
      this.#plugins.delete(resource);
      this.#allocations.know(resource, false);
      this.#gone = [...this.#gone, resource];
    }
  }

  #wantedBy({ resources }: Container): [resource: string, count: number][] {
    return Object.entries(resources?.limits ?? {})
      .filter(([name]) => this.#allocations.resources.includes(name))
      .map(([name, amount]): [string, number] => [name, amountOf(name, amount)])
      .filter(([, count]) => count > 0);
  }

  async #allocate(pod: Pod, container: Container, resource: string, count: number): Promise<void> {
    const { uid = "" } = pod.metadata ?? {};
    const { name = "" } = container;
    if (this.#allocations.find(uid, name, resource)) return;
    const source = this.#plugins.get(resource);
    if (!source) throw new AllocationError(`can't allocate unregistered device ${resource}`);
    const taken = this.#allocations.taken(resource);
    const healthy = [...source.devices].filter(([, isHealthy]) => isHealthy).map(([id]) => id);
    const reusable = this.#reusable(pod, container, resource).filter((id) => healthy.includes(id));
    const free = healthy.filter((id) => !taken.has(id));
    const available = [...new Set([...reusable, ...free])];
    if (available.length < count) {
      const amounts = `Requested: ${count}, Available: ${available.length}`;
      throw new AllocationError(`requested number of devices unavailable for ${resource}. ${amounts}`);
    }
    const included = reusable.slice(0, count);
    const preferred = await source.prefer(available, included, count);
    const order = [...included, ...preferred.filter((id) => available.includes(id)), ...available];
    const devices = [...new Set(order)].slice(0, count);
    const needs = await source.allocate(devices);
    this.#allocations.add({ pod: uid, container: name, resource, devices, needs });
  }

  /** What init containers had, which have ended by then, serves those that come after them. */
  #reusable({ metadata, spec }: Pod, { name }: Container, resource: string): string[] {
    const inits = (spec?.initContainers ?? []).filter((each) => !isSidecar(each) && each.name !== name);
    const ended = new Set(inits.map((each) => each.name));
    const own = this.#allocations.ofPod(metadata?.uid ?? "").filter((each) => each.resource === resource);
    const kept = new Set(own.filter(({ container }) => !ended.has(container)).flatMap(({ devices }) => devices));
    const reusable = own.filter(({ container }) => ended.has(container)).flatMap(({ devices }) => devices);
    return [...new Set(reusable)].filter((id) => !kept.has(id));
  }
}

function mountsOf({ needs }: Allocation): ContainerEdits["mounts"] {
  return (needs.mounts ?? []).map(({ hostPath = "", containerPath = "", readOnly = false }) => ({
    hostPath,
    containerPath,
    readOnly,
  }));
}

function devicesOf({ needs }: Allocation): Device[] {
  return (needs.devices ?? []).map(({ hostPath = "", containerPath = "", permissions = "mrw" }) => ({
    hostPath,
    containerPath,
    permissions,
  }));
}
