import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Event } from "../../gen/typernetes/core/v1/event.ts";
import type { Container, Pod, PodLogOptions, PodSpec } from "../../gen/typernetes/core/v1/pod.ts";
import { KubeletServiceDefinition } from "../../gen/typernetes/kubelet/v1/kubelet.ts";
import { type Clock, systemClock } from "../../lib/base/clock.ts";
import { eventually } from "../../lib/base/eventually.ts";
import { isStatusError } from "../../lib/base/status-error.ts";
import type { Client } from "../../lib/client/client.ts";
import { createEventRecorder } from "../../lib/client/create-event-recorder.ts";
import { createInformerFactory } from "../../lib/client/shared-informers.ts";
import { inProcessTransport } from "../../lib/grpc/in-process.ts";
import type { Transport } from "../../lib/grpc/transport.ts";
import { type Logger, silentLogger } from "../../lib/observe/logger.ts";
import { startTestApiserver, type TestApiserver } from "../apiserver/test-harness.ts";
import type { KubeletConfiguration } from "./configuration/kubelet-configuration.ts";
import type { Measurements } from "./eviction/machine.ts";
import { createLoopbackNetwork } from "./network/loopback-network.ts";
import type { NodePlace } from "./network/pod-network.ts";
import { kubeletDefaults } from "./options.ts";
import { createHollowRuntime } from "./runtimes/hollow/hollow-runtime.ts";
import type { Runtime } from "./runtimes/runtime.ts";
import { type Kubelet, startKubelet } from "./service.ts";

export const nodeName = "node-1";

/** What runs the pods of a test, and where. */
export interface TestMachine {
  place: NodePlace;
  /** Opens the runtime on the same state, also after the kubelet has closed it. */
  open(): Promise<Runtime>;
  /** Takes everything away, once the runtime is empty and closed. */
  dispose(): Promise<void>;
}

export interface TestKubeletSettings {
  machine?: TestMachine;
  clock?: Clock;
  logger?: Logger;
  clusterDNS?: string;
  staticPodPath?: string;
  /** What the machine has left; plenty when absent, whatever the real one has. */
  measurements?: () => Measurements;
  configuration?: Partial<KubeletConfiguration>;
}

/** A machine on which containers are only played; `wrap` may change how. */
export async function hollowMachine(
  clock: Clock = systemClock,
  wrap: (runtime: Runtime) => Runtime = (runtime) => runtime,
): Promise<TestMachine> {
  const stateDir = await mkdtemp(join(tmpdir(), "typernetes-hollow-"));
  const place = { internalIP: "127.0.0.1", podCIDR: "127.98.0.0/16" };
  const network = await createLoopbackNetwork({ stateDir, podCIDR: place.podCIDR });
  const runtime = wrap(createHollowRuntime({ network, clock }));
  return { place, open: async () => runtime, dispose: () => rm(stateDir, { recursive: true, force: true }) };
}

/** A node for tests: a real apiserver without ports, and a kubelet on it that may be stopped and started. */
export class TestKubelet {
  readonly api: TestApiserver;
  readonly client: Client;
  readonly stateDir: string;
  readonly #settings: TestKubeletSettings;
  readonly #machine: TestMachine;
  #running: { kubelet: Kubelet; runtime: Runtime; end: () => Promise<void> } | undefined;

  private constructor(api: TestApiserver, machine: TestMachine, stateDir: string, settings: TestKubeletSettings) {
    this.api = api;
    this.client = api.client();
    this.stateDir = stateDir;
    this.#machine = machine;
    this.#settings = settings;
  }

  static async start(settings: TestKubeletSettings = {}): Promise<TestKubelet> {
    const machine = settings.machine ?? (await hollowMachine(settings.clock));
    const stateDir = await mkdtemp(join(tmpdir(), "typernetes-kubelet-"));
    const node = new TestKubelet(await startTestApiserver(), machine, stateDir, settings);
    await node.run();
    return node;
  }

  get runtime(): Runtime {
    if (!this.#running) throw new Error("the kubelet does not run");
    return this.#running.runtime;
  }

  /** Starts the kubelet, on the state that an earlier one left. */
  async run(): Promise<void> {
    const { clock = systemClock, logger = silentLogger, clusterDNS, staticPodPath } = this.#settings;
    const { measurements = () => ({}), configuration } = this.#settings;
    const runtime = await this.#machine.open();
    const client = this.api.client();
    const shared = { client, clock, logger, random: Math.random };
    const informers = createInformerFactory(shared);
    const recorder = createEventRecorder({ ...shared, component: "kubelet", host: nodeName });
    const { place } = this.#machine;
    const own = { ...(clusterDNS && { clusterDNS }), ...(staticPodPath && { staticPodPath }) };
    const options = { ...kubeletDefaults, nodeName, place, stateDir: this.stateDir, ...own };
    options.configuration = { ...options.configuration, ...configuration };
    const machine = { measure: async () => measurements() };
    const kubelet = await startKubelet({ ...shared, informers, recorder, runtime, machine }, options);
    const end = async () => {
      await informers.stop();
      await recorder.close();
    };
    this.#running = { kubelet, runtime, end };
  }

  /** Ends the pods, because the machine is going down. */
  async shutDown(): Promise<void> {
    await this.#running?.kubelet.shutDown();
  }

  /** Stops the kubelet; its pods run on. */
  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.kubelet.stop();
    await running?.end();
  }

  /** A connection to the node's gRPC service. */
  transport(): Transport {
    if (!this.#running) throw new Error("the kubelet does not run");
    return inProcessTransport(this.#running.kubelet.router, { user: "test", groups: ["system:masters"] });
  }

  /** Stops and removes everything. */
  async close(): Promise<void> {
    if (!this.#running) await this.run();
    const running = this.#running;
    await running?.kubelet.stopWithPods();
    await running?.end();
    await this.api.close();
    await this.#machine.dispose();
    await rm(this.stateDir, { recursive: true, force: true });
  }

  /** Creates a pod that is bound to the node; one container `main` when none is given. */
  create(name: string, container: Partial<Container>, spec: Partial<PodSpec> = {}, labels = {}): Promise<Pod> {
    const main = { name: "main", image: "host", terminationMessagePolicy: "File", ...container };
    return this.client.core.v1.pods.create({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { namespace: "default", name, labels },
      spec: { nodeName, terminationGracePeriodSeconds: 5, ...spec, containers: spec.containers ?? [main] },
    });
  }

  get(name: string): Promise<Pod> {
    return this.client.core.v1.pods.get(name, { namespace: "default" });
  }

  /** What a container of a pod printed. */
  async logs(name: string, options: PodLogOptions = {}): Promise<string> {
    const { log } = KubeletServiceDefinition.methods;
    const request = { namespace: "default", name, options };
    const chunks: Uint8Array[] = [];
    for await (const { chunk } of this.transport().serverStream(KubeletServiceDefinition, log, request))
      if (chunk) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  }

  /** The pod, once `check` holds; fails with the pod's status when that takes too long. */
  async until(name: string, check: (pod: Pod) => boolean | undefined, withinMs?: number): Promise<Pod> {
    let last: Pod | undefined;
    try {
      return await eventually(async () => {
        last = await this.get(name);
        return check(last) ? last : undefined;
      }, withinMs);
    } catch (error) {
      throw new Error(`waited in vain for ${check}: ${JSON.stringify(last?.status, null, 1)}`, { cause: error });
    }
  }

  /** Resolves when the server has the pod no more. */
  async untilGone(name: string, withinMs?: number): Promise<void> {
    await eventually(async () => {
      const answer = await this.get(name).catch((error: unknown) => error);
      return isStatusError(answer, "NotFound");
    }, withinMs);
  }

  async delete(name: string, gracePeriodSeconds?: number): Promise<void> {
    await this.client.core.v1.pods.delete(name, {
      namespace: "default",
      ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
    });
  }

  /** Resolves when an event about the object says so: `reason: message`, or what it begins with. */
  async told(name: string, text: string): Promise<void> {
    let last: string[] = [];
    try {
      await eventually(async () => {
        last = await this.events(name);
        return last.some((event) => event.startsWith(text));
      });
    } catch (error) {
      throw new Error(`waited in vain for "${text}" among\n${last.join("\n")}`, { cause: error });
    }
  }

  /** What was told about an object: `reason: message`, in order. */
  async events(name: string): Promise<string[]> {
    return (await this.eventObjects(name)).map(({ reason, message }) => `${reason}: ${message}`);
  }

  async eventObjects(name: string): Promise<Event[]> {
    const { items } = await this.client.core.v1.events.list({ fieldSelector: `involvedObject.name=${name}` });
    return items;
  }
}

/** Whether the pod's `Ready` condition holds. */
export function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.find(({ type }) => type === "Ready")?.status === "True";
}

/** How often a container of the pod was started again. */
export function restarts(pod: Pod, container = "main"): number | undefined {
  return pod.status?.containerStatuses?.find(({ name }) => name === container)?.restartCount;
}

/** A container that runs a script. */
export function shell(script: string, more: Partial<Container> = {}): Partial<Container> {
  return { command: ["sh", "-c", script], ...more };
}
