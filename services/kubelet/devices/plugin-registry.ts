import { type FSWatcher, watch } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { DRAPluginDefinition } from "../../../gen/k8s/io/kubelet/pkg/apis/dra/v1/dra_plugin.ts";
import { type PluginInfo, RegistrationDefinition } from "../../../gen/pluginregistration/registration.ts";
import type { Clock } from "../../../lib/base/clock.ts";
import { createClient } from "../../../lib/client/create-client.ts";
import { connect } from "../../../lib/grpc/connect.ts";
import type { Transport } from "../../../lib/grpc/transport.ts";
import type { Logger } from "../../../lib/observe/logger.ts";

/** What a driver's version of the service is called. */
const serviceVersion = "v1.DRAPlugin";
const pluginType = "DRAPlugin";
const registrationMsMax = 10_000;
/** Who was not ready is asked again after this time; who comes and goes is noticed at once. */
const lookAgainMs = 10_000;

/** The service of a driver. */
export const driverService = DRAPluginDefinition;

interface Plugin {
  readonly driver: string;
  readonly transport: Transport;
}

/** The drivers of devices on this node: each has a socket in a directory, on which it says who it is. */
export class PluginRegistry {
  readonly #directory: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #onChange: () => void;
  /** By the name of the socket. */
  readonly #plugins = new Map<string, Plugin>();
  #watcher: FSWatcher | undefined;
  #cancelLook: (() => void) | undefined;
  #looking: Promise<void> | undefined;
  #isDirty = false;
  #isStopped = false;

  /** `onChange` is called when a driver has come. */
  constructor(directory: string, parts: { clock: Clock; logger: Logger }, onChange: () => void) {
    this.#directory = directory;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
    this.#onChange = onChange;
  }

  async start(): Promise<void> {
    await mkdir(this.#directory, { recursive: true });
    this.#watcher = watch(this.#directory, () => this.#look());
    this.#watcher.on("error", (error) => this.#logger.warn({ err: error }, "plugins are looked for in vain"));
    this.#look();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelLook?.();
    this.#watcher?.close();
    await this.#looking;
    await Promise.all([...this.#plugins.values()].map(({ transport }) => transport.close()));
    this.#plugins.clear();
  }

  /** How a driver is reached; the last that has said it is the driver. */
  driver(name: string): Transport | undefined {
    return [...this.#plugins.values()].filter(({ driver }) => driver === name).at(-1)?.transport;
  }

  #look(): void {
    this.#isDirty = true;
    if (!this.#isStopped) this.#looking ??= this.#lookAround();
  }

  async #lookAround(): Promise<void> {
    try {
      while (this.#isDirty && !this.#isStopped) await this.#lookOnce();
    } finally {
      // At once after the last look: what changes from now on is looked for anew.
      this.#looking = undefined;
    }
  }

  async #lookOnce(): Promise<void> {
    this.#isDirty = false;
    const entries = await readdir(this.#directory, { withFileTypes: true }).catch(() => []);
    const sockets = entries.filter((entry) => entry.isSocket()).map(({ name }) => name);
    for (const [socket, { transport }] of this.#plugins)
      if (!sockets.includes(socket)) {
        this.#plugins.delete(socket);
        await transport.close();
      }
    const strangers = sockets.filter((socket) => !this.#plugins.has(socket));
    const failures = await Promise.all(strangers.map((socket) => this.#register(socket)));
    this.#cancelLook?.();
    if (failures.includes(true) && !this.#isStopped)
      this.#cancelLook = this.#clock.schedule(lookAgainMs, () => this.#look());
  }

  /** Whether the plugin has to be asked again. */
  async #register(socket: string): Promise<boolean> {
    const path = join(this.#directory, socket);
    const transport = connect({ address: `unix:${path}` });
    const client = createClient(transport);
    const call = { timeoutMs: registrationMsMax };
    try {
      const info = await client.call(RegistrationDefinition, "getInfo", {}, call);
      const error = whyUnfit(info);
      if (error) this.#logger.warn({ plugin: info.name, socket: path }, `the plugin is not taken: ${error}`);
      else {
        const endpoint = info.endpoint || path;
        const address = `unix:${isAbsolute(endpoint) ? endpoint : join(this.#directory, endpoint)}`;
        this.#plugins.set(socket, { driver: info.name ?? "", transport: connect({ address }) });
      }
      const status = { pluginRegistered: error === undefined, error: error ?? "" };
      await client.call(RegistrationDefinition, "notifyRegistrationStatus", status, call);
      if (error === undefined) this.#onChange();
      return error !== undefined;
    } catch (error) {
      this.#logger.debug({ err: error, socket: path }, "a plugin could not be asked; it will be tried again");
      return true;
    } finally {
      await transport.close();
    }
  }
}

function whyUnfit({ type = "", name, supportedVersions = [] }: PluginInfo): string | undefined {
  if (type !== pluginType) return `plugins of the type ${type} are not known here`;
  if (!name) return "the driver has no name";
  if (!supportedVersions.includes(serviceVersion)) return `${serviceVersion} is not among its versions`;
  return undefined;
}
