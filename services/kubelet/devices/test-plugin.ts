import { EventEmitter, on } from "node:events";
import { existsSync, type FSWatcher, rmSync, watch } from "node:fs";
import { join } from "node:path";
import { DevicePluginDefinition, RegistrationDefinition } from "../../../gen/v1beta1/device_plugin.ts";
import { createClient } from "../../../lib/client/create-client.ts";
import { connect } from "../../../lib/grpc/connect.ts";
import { Router } from "../../../lib/grpc/router.ts";
import { type GrpcServer, startGrpcServer } from "../../../lib/grpc/server.ts";
import { silentLogger } from "../../../lib/observe/logger.ts";

/** A device plugin for tests, that registers as plugins do: whenever the kubelet's socket comes. */
export class TestPlugin {
  /** What it was asked: `allocate a,b`, `start a`. */
  readonly calls: string[] = [];
  /** How often a kubelet has taken it. */
  registrations = 0;
  readonly #directory: string;
  readonly #resource: string;
  #devices: Readonly<Record<string, boolean>>;
  readonly #changes = new EventEmitter();
  #server: GrpcServer | undefined;
  /** One after the other: a socket may be seen twice. */
  #serving: Promise<void> = Promise.resolve();
  #watcher: FSWatcher | undefined;

  /** `devices` are healthy or not, by id. */
  constructor(stateDir: string, resource: string, devices: Readonly<Record<string, boolean>>) {
    this.#directory = join(stateDir, "device-plugins");
    this.#resource = resource;
    this.#devices = devices;
  }

  async start(): Promise<void> {
    await this.#serve();
    await this.register();
    this.#watcher = watch(this.#directory, (_, name) => {
      if (name === "kubelet.sock" && existsSync(join(this.#directory, name)))
        this.#serving = this.#serving
          .then(() => this.#serve())
          .then(() => this.register())
          .catch(() => {});
    });
  }

  /** `version` is that of the interface. */
  async register(version = "v1beta1"): Promise<void> {
    const transport = connect({ address: `unix:${join(this.#directory, "kubelet.sock")}` });
    const options = { preStartRequired: true, getPreferredAllocationAvailable: true };
    const request = { version, endpoint: "lamps.sock", resourceName: this.#resource, options };
    try {
      await createClient(transport).call(RegistrationDefinition, "register", request, { timeoutMs: 30_000 });
      this.registrations++;
    } finally {
      await transport.close();
    }
  }

  /** From now on it has these. */
  tell(devices: Readonly<Record<string, boolean>>): void {
    this.#devices = devices;
    this.#changes.emit("change");
  }

  async close(): Promise<void> {
    this.#watcher?.close();
    await this.#serving;
    await this.#server?.close();
  }

  async #serve(): Promise<void> {
    await this.#server?.close();
    const path = join(this.#directory, "lamps.sock");
    rmSync(path, { force: true });
    const router = new Router().add(DevicePluginDefinition, {
      getDevicePluginOptions: async () => ({}),
      listAndWatch: (_, { signal }) => this.#lists(signal),
      getPreferredAllocation: async ({ containerRequests = [] }) => ({
        // The last ones.
        containerResponses: containerRequests.map(({ availableDeviceIDs = [], allocationSize = 0 }) => ({
          deviceIDs: availableDeviceIDs.slice(-allocationSize),
        })),
      }),
      allocate: async ({ containerRequests = [] }) => ({
        containerResponses: containerRequests.map(({ devicesIds = [] }) => {
          this.calls.push(`allocate ${devicesIds.join()}`);
          return {
            envs: { LAMPS: devicesIds.join() },
            mounts: [{ hostPath: "/usr", containerPath: "/lamps", readOnly: true }],
            devices: [{ hostPath: "/dev/full", containerPath: "/dev/lamp", permissions: "rw" }],
          };
        }),
      }),
      preStartContainer: async ({ devicesIds = [] }) => {
        this.calls.push(`start ${devicesIds.join()}`);
        return {};
      },
    });
    const authenticate = () => ({ user: "test", groups: [] });
    this.#server = await startGrpcServer({ router, port: 0, path, authenticate, logger: silentLogger });
  }

  async *#lists(signal: AbortSignal) {
    const list = () => {
      const devices = Object.entries(this.#devices);
      return { devices: devices.map(([ID, healthy]) => ({ ID, health: healthy ? "Healthy" : "Unhealthy" })) };
    };
    const changes = on(this.#changes, "change", { signal });
    yield list();
    try {
      for await (const _ of changes) yield list();
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
