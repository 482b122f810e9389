import { mkdir } from "node:fs/promises";
import type { Clock } from "../../lib/base/clock.ts";
import type { Client } from "../../lib/client/client.ts";
import type { EventRecorder } from "../../lib/client/event-recorder.ts";
import type { InformerFactory } from "../../lib/client/informer-factory.ts";
import type { Router } from "../../lib/grpc/router.ts";
import type { Logger } from "../../lib/observe/logger.ts";
import { NodeReporter } from "./node/node-reporter.ts";
import type { KubeletOptions } from "./options.ts";
import type { NodeContext } from "./pods/node-context.ts";
import { PodManager } from "./pods/pod-manager.ts";
import type { Runtime } from "./runtimes/runtime.ts";
import { kubeletRouter } from "./server/kubelet-service.ts";

/** What a kubelet is given; it closes none of it but the runtime. */
export interface KubeletDeps {
  client: Client;
  informers: InformerFactory;
  recorder: EventRecorder;
  runtime: Runtime;
  clock: Clock;
  random: () => number;
  logger: Logger;
}

/** A running kubelet. */
export interface Kubelet {
  /** The node's gRPC services, to be served by the process. */
  readonly router: Router;
  /** Stops looking after the node; its pods run on. */
  stop(): Promise<void>;
}

/** Registers the node and runs the pods that are bound to it. Pods that a kubelet before it started are taken over as they are. */
export async function startKubelet(deps: KubeletDeps, options: KubeletOptions): Promise<Kubelet> {
  await mkdir(options.stateDir, { recursive: true });
  const { client, informers } = deps;
  const pods = informers.informer(client.core.v1.pods, { fieldSelector: `spec.nodeName=${options.nodeName}` });
  const services = informers.informer(client.core.v1.services);
  const context: NodeContext = { ...deps, services: services.lister, options };
  const reporter = new NodeReporter(context);
  const manager = new PodManager(context, pods);
  await Promise.all([reporter.start(), informers.start()]);
  await manager.start();
  return {
    router: kubeletRouter(context, manager),
    stop: async () => {
      await Promise.all([manager.stop(), reporter.stop()]);
      await deps.runtime.close();
    },
  };
}
