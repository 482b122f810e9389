import { mkdir } from "node:fs/promises";
import type { RequestListener } from "node:http";
import type { Clock } from "../../lib/base/clock.ts";
import type { Client } from "../../lib/client/client.ts";
import type { EventRecorder } from "../../lib/client/event-recorder.ts";
import type { InformerFactory } from "../../lib/client/informer-factory.ts";
import type { Router } from "../../lib/grpc/router.ts";
import type { Logger } from "../../lib/observe/logger.ts";
import { DeviceManager } from "./devices/device-manager.ts";
import { pressureRefusal } from "./eviction/admission.ts";
import { EvictionManager } from "./eviction/eviction-manager.ts";
import { createMachine, type Machine } from "./eviction/machine.ts";
import { ImageCollector } from "./garbage/image-collector.ts";
import { removeUnusedContainers } from "./garbage/unused-containers.ts";
import { createEndpoints } from "./http/endpoints.ts";
import { httpDoor } from "./http/http-door.ts";
import { HttpGuard } from "./http/http-guard.ts";
import { NodeReporter } from "./node/node-reporter.ts";
import type { KubeletOptions } from "./options.ts";
import type { NodeContext } from "./pods/node-context.ts";
import { NodeRoom } from "./pods/node-room.ts";
import { unmountPods } from "./pods/pod-directory.ts";
import { PodManager } from "./pods/pod-manager.ts";
import type { PodWorker } from "./pods/pod-worker.ts";
import { RuntimeView } from "./pods/runtime-view.ts";
import type { Runtime } from "./runtimes/runtime.ts";
import { kubeletRouter } from "./server/kubelet-service.ts";
import { NodeShutdown } from "./shutdown/node-shutdown.ts";
import { StaticPods } from "./static/static-pods.ts";

/** How long containers have to end when their node is shut down. */
const shutdownGraceSeconds = 2;

/** What a kubelet is given; it closes none of it but the runtime. */
export interface KubeletDeps {
  client: Client;
  informers: InformerFactory;
  recorder: EventRecorder;
  runtime: Runtime;
  /** What the machine has left; the machine itself is asked when absent. */
  machine?: Machine;
  clock: Clock;
  random: () => number;
  logger: Logger;
}

/** A running kubelet. */
export interface Kubelet {
  /** The node's gRPC services, to be served by the process. */
  readonly router: Router;
  /** What the node answers over HTTP, to those whom its server lets; to be served with TLS that asks for certificates. */
  readonly http: RequestListener;
  /**
   * Ends the pods in good order, as the configuration says, because the machine is going down: the server is told of each.
   * To be followed by a stop.
   */
  shutDown(): Promise<void>;
  /** Stops looking after the node; its pods run on. */
  stop(): Promise<void>;
  /** Stops, and ends every pod on the node, as a machine does that is shut down. The server keeps them. */
  stopWithPods(): Promise<void>;
}

/** Registers the node and runs the pods that are bound to it. Pods that a kubelet before it started are taken over as they are. */
export async function startKubelet(deps: KubeletDeps, options: KubeletOptions): Promise<Kubelet> {
  await mkdir(options.stateDir, { recursive: true });
  const { client, informers } = deps;
  const pods = informers.informer(client.core.v1.pods, { fieldSelector: `spec.nodeName=${options.nodeName}` });
  const services = informers.informer(client.core.v1.services);
  const { runtime, machine = createMachine(options.stateDir, async () => runtime.imageDirectory?.()) } = deps;
  const view = new RuntimeView(runtime);
  const room = new NodeRoom(
    options,
    () => manager.workers(),
    () => reporter.allocatable,
  );
  const devices = new DeviceManager(deps, options.stateDir, () => {
    for (const worker of manager.workers()) if (devices.concerns(worker.pod)) worker.wake();
    void reporter.reportSoon();
  });
  const context: NodeContext = { ...deps, machine, view, room, devices, services: services.lister, options };
  const images = new ImageCollector(context);
  const evictions = new EvictionManager(
    context,
    () => manager.workers(),
    async () => {
      await removeUnusedContainers(context, manager.workers());
      await images.removeUnused();
    },
    () => void reporter.reportSoon(),
  );
  const shutdown = new NodeShutdown(context, () => manager.workers());
  const health = () => ({ pressures: evictions.conditions, problem: shutdown.problem });
  const reporter = new NodeReporter(context, health);
  const manager = new PodManager(context, pods, (pod) => {
    if (shutdown.refusal) return shutdown.refusal;
    const why = pressureRefusal(pod, evictions.conditions);
    return why === undefined ? room.refusal(pod, (victim) => preempt(context, victim)) : { reason: "Evicted", why };
  });
  const manifests = options.staticPodPath || options.configuration.staticPodPath;
  const staticPods = manifests ? new StaticPods(context, manifests, pods) : undefined;
  const endpoints = createEndpoints(context, manager);
  const stopWatching = async () => {
    await Promise.all([evictions.stop(), images.stop(), manager.stop(), reporter.stop(), staticPods?.stop()]);
    await devices.stop();
  };
  try {
    await Promise.all([evictions.start(), devices.start()]);
    await Promise.all([reporter.start(), informers.start()]);
    await manager.start();
    images.start();
    staticPods?.start();
  } catch (error) {
    await stopWatching();
    throw error;
  }
  return {
    router: kubeletRouter(context, manager, endpoints),
    http: httpDoor(endpoints, new HttpGuard({ client, clock: deps.clock, nodeName: options.nodeName }), deps.logger),
    shutDown: async () => {
      const ended = shutdown.run();
      if (shutdown.problem !== undefined) await reporter.reportSoon();
      await ended;
    },
    stop: async () => {
      await stopWatching();
      await deps.runtime.close();
    },
    stopWithPods: async () => {
      await stopWatching();
      await endAllPods(deps.runtime);
      await unmountPods(options.stateDir);
      await deps.runtime.close();
    },
  };
}

/** Ends a pod, in its own time, for the sake of a critical one. */
function preempt({ recorder }: NodeContext, victim: PodWorker): void {
  const reason = "Preempting";
  const message = "Preempted in order to admit critical pod";
  const { terminationGracePeriodSeconds: graceSeconds = 30 } = victim.pod.spec ?? {};
  const disruption = "Pod was preempted by Kubelet to accommodate a critical pod.";
  if (victim.endEarly({ reason, message, disruption, graceSeconds }))
    recorder.event(victim.pod, "Warning", reason, message);
}

/** Ends everything that a runtime runs. */
async function endAllPods(runtime: Runtime): Promise<void> {
  const containers = (await runtime.listContainers()).filter((container) => container.state === "Running");
  await Promise.all(containers.map(({ id }) => runtime.stopContainer(id, shutdownGraceSeconds)));
  const sandboxes = await runtime.listSandboxes();
  await Promise.all(sandboxes.map(({ id }) => runtime.removeSandbox(id)));
}
