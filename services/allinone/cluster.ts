import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../lib/base/clock.ts";
import type { Client } from "../../lib/client/client.ts";
import { createClient } from "../../lib/client/create-client.ts";
import { createEventRecorder } from "../../lib/client/create-event-recorder.ts";
import { createInformerFactory } from "../../lib/client/shared-informers.ts";
import { inProcessTransport } from "../../lib/grpc/in-process.ts";
import type { Identity, Router } from "../../lib/grpc/router.ts";
import type { Transport } from "../../lib/grpc/transport.ts";
import { createLogger, type Logger } from "../../lib/observe/logger.ts";
import { type Apiserver, openStore, startApiserver, writeKubeconfigs } from "../apiserver/service.ts";
import { startControllerManager } from "../controller-manager/service.ts";
import { kernelNames } from "../kubelet/network/names.ts";
import { kubeletDefaults } from "../kubelet/options.ts";
import { startKubelet } from "../kubelet/service.ts";
import { proxyDefaults } from "../proxy/options.ts";
import { createNftablesBackend, createUserspaceBackend, startProxy } from "../proxy/service.ts";
import { startScheduler } from "../scheduler/service.ts";
import { identities, nodeIdentity, nodeName } from "./identities.ts";
import { machinePowers } from "./machine-powers.ts";
import { createNodeHost, type NodeHost } from "./node-host.ts";
import type { RuntimeKind, ServiceName, UpOptions } from "./options.ts";
import { clusterRanges, type Ranges } from "./ranges.ts";
import { StopList } from "./stop-list.ts";

/** A cluster in this process. */
export interface Cluster {
  readonly httpsPort: number;
  readonly grpcPort: number;
  readonly kubeconfig: string;
  readonly runtime: RuntimeKind;
  /** What this machine does not let the cluster do, one line each. */
  readonly limitations: readonly string[];
  /** Resolves when controllers, scheduler, nodes and proxies are at work. */
  readonly complete: Promise<void>;
  /** Ends every pod, takes away what was made on the machine, and closes the store. The data stays. */
  stop(): Promise<void>;
}

/** Starts a whole cluster in this process. Resolves when the API is ready; the rest follows at once. */
export async function startCluster(options: UpOptions): Promise<Cluster> {
  const logger = createLogger({ name: "typernetes", level: options.logLevel });
  const stops = new StopList(logger);
  try {
    return await new ClusterStart(options, logger, stops).run();
  } catch (error) {
    await stops.run();
    throw error;
  }
}

class ClusterStart {
  readonly #options: UpOptions;
  readonly #logger: Logger;
  readonly #stops: StopList;
  readonly #kubelets = new Map<string, Router>();
  readonly #limitations: string[] = [];
  readonly #instance = `${hostname()}_${randomUUID()}`;

  constructor(options: UpOptions, logger: Logger, stops: StopList) {
    this.#options = options;
    this.#logger = logger;
    this.#stops = stops;
  }

  async run(): Promise<Cluster> {
    const { dataDir, nodes, httpsPort, grpcPort } = this.#options;
    mkdirSync(dataDir, { recursive: true });
    const powers = machinePowers();
    if (!powers.kernel)
      this.#limitations.push(
        "no privilege for network namespaces and nftables: pods and services have loopback addresses",
      );
    const ranges = await clusterRanges(dataDir, powers.kernel);
    const store = await openStore(this.#options.store, dataDir);
    this.#stops.add("store", () => store.close());
    const apiserver = await startApiserver(
      {
        store,
        logger: this.#logger.child({ name: "apiserver" }),
        kubeletTransport: (node) => this.#kubeletTransport(node.metadata?.name ?? ""),
      },
      { listen: { pkiDirectory: join(dataDir, "pki"), httpsPort, grpcPort }, serviceClusterIpRange: ranges.services },
    );
    this.#stops.add("apiserver", () => apiserver.close());
    await writeKubeconfigs(
      apiserver,
      dataDir,
      Array.from({ length: nodes }, (_, index) => nodeName(index + 1)),
    );
    const runtime = this.#options.runtime === "auto" ? "process" : this.#options.runtime;
    const complete = this.#startRest(apiserver, ranges, runtime, powers.kernel);
    return {
      httpsPort: apiserver.httpsPort ?? httpsPort,
      grpcPort: apiserver.grpcPort ?? grpcPort,
      kubeconfig: join(dataDir, "kubeconfig"),
      runtime,
      limitations: this.#limitations,
      complete,
      stop: async () => {
        await complete.catch(() => {});
        await this.#stops.run();
      },
    };
  }

  async #startRest(apiserver: Apiserver, ranges: Ranges, runtime: RuntimeKind, kernel: boolean): Promise<void> {
    const client = (identity: Identity) => createClient(apiserver.transportFor(identity));
    this.#startControlPlane(client);
    const inNamespace = this.#options.nodes > 1 && kernel && runtime !== "hollow";
    const starts: Promise<void>[] = [];
    for (let index = 1; index <= this.#options.nodes; index++) {
      starts.push(
        this.#startNode(index, client, { ranges, runtime, kernel, inNamespace, address: apiserver.advertiseAddress }),
      );
    }
    // The machine itself reaches services too, also where the nodes live in namespaces.
    if (inNamespace) starts.push(this.#startProxy("machine", undefined, client(identities.proxy)));
    await Promise.all(starts);
  }

  #startControlPlane(client: (identity: Identity) => Client): void {
    const shared = { clock: systemClock, random: Math.random };
    if (this.#runs("controller-manager")) {
      const logger = this.#logger.child({ name: "controller-manager" });
      const leader = { leaderElect: true, identity: this.#instance };
      const manager = startControllerManager(
        { ...shared, client: client(identities.controllerManager), logger },
        leader,
      );
      this.#stops.add("controller-manager", () => manager.stop());
    }
    if (this.#runs("scheduler")) {
      const logger = this.#logger.child({ name: "scheduler" });
      const leader = { leaderElect: true, identity: this.#instance };
      const scheduler = startScheduler({ ...shared, client: client(identities.scheduler), logger }, leader);
      this.#stops.add("scheduler", () => scheduler.stop());
    }
  }

  async #startNode(
    index: number,
    client: (identity: Identity) => Client,
    cluster: { ranges: Ranges; runtime: RuntimeKind; kernel: boolean; inNamespace: boolean; address: string },
  ): Promise<void> {
    const name = nodeName(index);
    const { dataDir, hostImages } = this.#options;
    const logger = this.#logger.child({ name: "kubelet", node: name });
    const { ranges, runtime, kernel: privileged, inNamespace, address: machineAddress } = cluster;
    const host = await createNodeHost({
      index,
      name,
      dataDir,
      runtime,
      hostImages,
      ranges,
      privileged,
      inNamespace,
      machineAddress,
      logger,
    });
    this.#stops.add(`${name}: network`, () => host.remove());
    for (const line of host.limitations) if (!this.#limitations.includes(line)) this.#limitations.push(line);
    if (this.#runs("proxy")) await this.#startProxy(name, host, client(identities.proxy));
    if (this.#runs("kubelet")) await this.#startKubelet(name, host, client(nodeIdentity(name)), logger);
  }

  async #startKubelet(name: string, host: NodeHost, client: Client, logger: Logger): Promise<void> {
    const shared = { clock: systemClock, random: Math.random, logger };
    const informers = createInformerFactory(shared);
    const recorder = createEventRecorder({ ...shared, client, component: "kubelet", host: name });
    const { place, runtime, stateDir } = host;
    const options = { ...kubeletDefaults, nodeName: name, place, stateDir };
    const kubelet = await startKubelet({ ...shared, client, informers, recorder, runtime }, options);
    this.#kubelets.set(name, kubelet.router);
    this.#stops.add(`${name}: kubelet`, async () => {
      this.#kubelets.delete(name);
      await kubelet.stopWithPods();
      await informers.stop();
      await recorder.close();
    });
  }

  async #startProxy(name: string, host: NodeHost | undefined, client: Client): Promise<void> {
    const logger = this.#logger.child({ name: "proxy", node: name });
    const warn = (message: string) => logger.warn({}, message);
    const netns = host?.place.netns;
    const table = `${kernelNames(this.#options.dataDir).prefix}-services`;
    const backend = machinePowers().kernel
      ? await createNftablesBackend({ table, warn, ...(netns && { netns }) })
      : createUserspaceBackend({ warn });
    const informers = createInformerFactory({ clock: systemClock, random: Math.random, logger });
    this.#stops.add(`${name}: proxy rules`, () => backend.close());
    const proxy = await startProxy(
      { client, informers, backend, clock: systemClock, random: Math.random, logger },
      { ...proxyDefaults, nodeName: name },
    );
    this.#stops.add(`${name}: proxy`, async () => {
      await proxy.stop();
      await informers.stop();
    });
  }

  async #kubeletTransport(name: string): Promise<Transport> {
    const router = this.#kubelets.get(name);
    if (!router) throw new Error(`no kubelet of node ${name} runs in this process`);
    return inProcessTransport(
      router,
      { user: "kube-apiserver-kubelet-client", groups: ["system:masters"] },
      { logger: this.#logger },
    );
  }

  #runs(service: ServiceName): boolean {
    return !this.#options.without.includes(service);
  }
}
