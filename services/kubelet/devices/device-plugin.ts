import {
  type AllocateResponse,
  DevicePluginDefinition,
  type DevicePluginOptions,
} from "../../../gen/v1beta1/device_plugin.ts";
import type { Clock } from "../../../lib/base/clock.ts";
import type { Client } from "../../../lib/client/client.ts";
import { createClient } from "../../../lib/client/create-client.ts";
import { connect } from "../../../lib/grpc/connect.ts";
import type { Transport } from "../../../lib/grpc/transport.ts";
import type { Logger } from "../../../lib/observe/logger.ts";

/** As long a plugin may take for what a pod waits for. */
const pluginMsMax = 30_000;

/** The kubelet's side of a device plugin that has registered: it lists its devices as long as it lives. */
export class DevicePlugin {
  readonly resource: string;
  readonly options: DevicePluginOptions;
  /** Whether each device is healthy, by id. */
  devices: ReadonlyMap<string, boolean> = new Map();
  /** Since when it does not answer any more; undefined while it does. */
  stoppedMs: number | undefined;
  readonly #transport: Transport;
  readonly #client: Client;
  readonly #abort = new AbortController();

  constructor(resource: string, socket: string, options: DevicePluginOptions) {
    this.resource = resource;
    this.options = options;
    this.#transport = connect({ address: `unix:${socket}` });
    this.#client = createClient(this.#transport);
  }

  /** Follows its devices to the end of the plugin; `onChange` is called with each list, and at the end. */
  async follow({ clock, logger }: { clock: Clock; logger: Logger }, onChange: () => void): Promise<void> {
    const { signal } = this.#abort;
    try {
      const lists = this.#client.stream(DevicePluginDefinition, "listAndWatch", {}, { signal });
      for await (const { devices = [] } of lists) {
        this.devices = new Map(devices.map(({ ID = "", health }) => [ID, health === "Healthy"]));
        onChange();
      }
    } catch (err) {
      if (!signal.aborted) logger.warn({ err, resource: this.resource }, "a device plugin has gone");
    }
    if (signal.aborted) return;
    this.stoppedMs = clock.monotonic();
    this.devices = new Map([...this.devices.keys()].map((id) => [id, false]));
    onChange();
  }

  /** Which of the available devices the plugin would take; any, when it does not say. */
  async prefer(available: readonly string[], included: readonly string[], count: number): Promise<readonly string[]> {
    if (!this.options.getPreferredAllocationAvailable) return [];
    const request = {
      availableDeviceIDs: [...available],
      mustIncludeDeviceIDs: [...included],
      allocationSize: count,
    };
    const { containerResponses = [] } = await this.#client.call(
      DevicePluginDefinition,
      "getPreferredAllocation",
      { containerRequests: [request] },
      { timeoutMs: pluginMsMax },
    );
    return containerResponses[0]?.deviceIDs ?? [];
  }

  /** What a container with these devices needs. */
  async allocate(devicesIds: readonly string[]): Promise<NonNullable<AllocateResponse["containerResponses"]>[number]> {
    const request = { containerRequests: [{ devicesIds: [...devicesIds] }] };
    const { containerResponses = [] } = await this.#client.call(DevicePluginDefinition, "allocate", request, {
      timeoutMs: pluginMsMax,
    });
    const [answer] = containerResponses;
    if (!answer) throw new Error(`no containers in return allocation response of ${this.resource}`);
    return answer;
  }

  /** To be called before a container with these devices starts. */
  async beforeStart(devicesIds: readonly string[]): Promise<void> {
    if (!this.options.preStartRequired) return;
    const request = { devicesIds: [...devicesIds] };
    await this.#client.call(DevicePluginDefinition, "preStartContainer", request, { timeoutMs: pluginMsMax });
  }

  async close(): Promise<void> {
    this.#abort.abort(new Error("the plugin is no longer followed"));
    await this.#transport.close();
  }
}
