import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../lib/base/clock.ts";
import type { Client } from "../../lib/client/client.ts";
import { createClient } from "../../lib/client/create-client.ts";
import { createEventRecorder } from "../../lib/client/create-event-recorder.ts";
import { createInformerFactory } from "../../lib/client/shared-informers.ts";
import type { Identity } from "../../lib/grpc/router.ts";
import type { Logger } from "../../lib/observe/logger.ts";
import { controllerManagerDefaults } from "../controller-manager/options.ts";
import { startControllerManager } from "../controller-manager/service.ts";
import { publishDns, startDns } from "../dns/service.ts";
import { kernelNames } from "../kubelet/network/names.ts";
import {
  type KubeletOptions,
  kubeletDefaults,
  logLimitsOf,
  readConfiguration,
  sharedMachineConfiguration,
} from "../kubelet/options.ts";
import { startKubelet } from "../kubelet/service.ts";
import { proxyDefaults } from "../proxy/options.ts";
import {
  createNftablesBackend,
  createPolicyProgrammer,
  createUserspaceBackend,
  HealthCheckPorts,
  OwnPorts,
  type ProxyDeps,
  startNetworkPolicies,
  startProxy,
} from "../proxy/service.ts";
import { readConfiguration as readSchedulerConfiguration } from "../scheduler/options.ts";
import { startScheduler } from "../scheduler/service.ts";
import type { ClusterParts } from "./cluster.ts";
import { clusterDnsAddress, clusterDnsOptions } from "./cluster-dns.ts";
import { identities, nodeIdentity, nodeName } from "./identities.ts";
import { firstKubeletPort, KubeletPort } from "./kubelet-port.ts";
import { createNodeHost, type NodeHost } from "./node-host.ts";
import type { ServiceName } from "./options.ts";
import { machineEnd, podRanges } from "./ranges.ts";
import { StopList } from "./stop-list.ts";

/** Starts controllers, scheduler, nodes and proxies, and puts what ends them on the stop list. Resolves when all are at work. */
export function startClusterServices(parts: ClusterParts): Promise<void> {
  return new ClusterServices(parts).start();
}

/** A node stops in several steps of up to 20 s each. */
const nodesStopMsMax = 60_000;
const publishMsMax = 60_000;
const shared = { clock: systemClock, random: Math.random };

class ClusterServices {
  readonly #parts: ClusterParts;
  readonly #inNamespace: boolean;
  readonly #nodes: StopList[] = [];
  readonly #dns: StopList;

  constructor(parts: ClusterParts) {
    const { options, kernel, runtime } = parts;
    this.#parts = parts;
    this.#inNamespace = options.nodes > 1 && kernel && runtime !== "hollow";
    // Pods end while names are still answered.
    this.#dns = new StopList(parts.logger);
    parts.stops.add("dns", () => this.#dns.run());
    const stopNodes = async () => {
      await Promise.all(this.#nodes.map((stops) => stops.run()));
    };
    parts.stops.add("nodes", stopNodes, nodesStopMsMax);
  }

  async start(): Promise<void> {
    const leader = { leaderElect: true, identity: `${hostname()}_${randomUUID()}` };
    if (this.#runs("controller-manager")) this.#startControllerManager(leader);
    if (this.#runs("scheduler")) await this.#startScheduler(leader);
    const starts = Array.from({ length: this.#parts.options.nodes }, (_, index) =>
      this.#startNode(index + 1, this.#nodeStops()),
    );
    if (this.#runs("dns")) starts.push(this.#startDns());
    // The machine itself reaches services too, also where the nodes live in namespaces.
    if (this.#inNamespace && this.#runs("proxy"))
      starts.push(this.#startProxy("machine", undefined, this.#nodeStops()));
    const results = await Promise.allSettled(starts);
    for (const result of results) if (result.status === "rejected") throw result.reason;
  }

  #startControllerManager(leader: { leaderElect: boolean; identity: string }): void {
    const logger = this.#parts.logger.child({ name: "controller-manager" });
    const client = this.#client(identities.controllerManager);
    const localVolumesDirectory = join(this.#parts.options.dataDir, "volumes");
    const { loadBalancerPool: loadBalancerAddresses = "" } = this.#parts.options;
    const options = { ...controllerManagerDefaults, ...leader, localVolumesDirectory, loadBalancerAddresses };
    const manager = startControllerManager({ ...shared, client, logger }, options);
    this.#parts.stops.add("controller-manager", () => manager.stop());
  }

  async #startScheduler({ leaderElect, identity }: { leaderElect: boolean; identity: string }): Promise<void> {
    const { options, logger: parent } = this.#parts;
    const logger = parent.child({ name: "scheduler" });
    const { schedulerConfig } = options;
    const configuration = schedulerConfig ? await readSchedulerConfiguration(schedulerConfig) : undefined;
    const scheduler = startScheduler(
      { ...shared, client: this.#client(identities.scheduler), logger },
      { leaderElect: configuration?.leaderElect ?? leaderElect, identity, ...(configuration && { configuration }) },
    );
    this.#parts.components.scheduler = scheduler.router;
    this.#parts.stops.add("scheduler", () => scheduler.stop());
  }

  async #startDns(): Promise<void> {
    const { apiserver, ranges, limitations, options } = this.#parts;
    const { advertiseAddress: address } = apiserver;
    const logger = this.#parts.logger.child({ name: "dns" });
    const informers = createInformerFactory({ ...shared, logger });
    this.#dns.add("dns: informers", () => informers.stop());
    const client = this.#client(identities.dns);
    const dns = await startDns({ ...shared, logger, client, informers }, clusterDnsOptions(ranges, address, options));
    this.#dns.add("dns", () => dns.stop());
    const place = { clusterIP: clusterDnsAddress(ranges), address, port: dns.port, httpPort: dns.httpPort };
    const signal = AbortSignal.timeout(publishMsMax);
    try {
      await publishDns(this.#client(identities.administrator), place, shared.clock, signal);
    } catch (error) {
      logger.error({ err: error }, "the service kube-dns could not be made");
      limitations.push(`pods cannot look up names: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** What ends one node; all nodes are ended at the same time. */
  #nodeStops(): StopList {
    const stops = new StopList(this.#parts.logger);
    this.#nodes.push(stops);
    return stops;
  }

  async #startNode(index: number, stops: StopList): Promise<void> {
    if (!this.#runs("kubelet") && !this.#runs("proxy")) return;
    const { options, runtime, ranges, kernel: privileged, apiserver, limitations } = this.#parts;
    const name = nodeName(index);
    const logger = this.#parts.logger.child({ name: "kubelet", node: name });
    const { dataDir, hostImages, criSocket } = options;
    const { advertiseAddress: machineAddress } = apiserver;
    const inNamespace = this.#inNamespace;
    const host = await createNodeHost({
      ...{ index, name, dataDir, runtime, hostImages, ranges, privileged, inNamespace, machineAddress, logger },
      ...(criSocket && { criSocket }),
      logLimits: logLimitsOf(this.#kubeletConfiguration()),
    });
    stops.add(`${name}: network`, () => host.remove());
    for (const line of host.limitations) if (!limitations.includes(line)) limitations.push(line);
    // Nodes that share the machine's network share its proxy.
    if (this.#runs("proxy") && (inNamespace || index === 1)) {
      const relay = inNamespace ? machineEnd(ranges, index) : undefined;
      await this.#startProxy(name, host, stops, {
        healthCheckPorts: new HealthCheckPorts((message) => logger.warn({}, message), relay),
        // Another cluster of this machine may have them.
        ownPorts: new OwnPorts({ relay, warn: (message) => logger.debug({}, message) }),
      });
    }
    if (this.#runs("kubelet")) await this.#startKubelet(index, host, logger, stops);
  }

  async #startKubelet(index: number, host: NodeHost, logger: Logger, stops: StopList): Promise<void> {
    const { kubelets } = this.#parts;
    const name = nodeName(index);
    const client = this.#client(nodeIdentity(name));
    const informers = createInformerFactory({ ...shared, logger });
    const recorder = createEventRecorder({ ...shared, logger, client, component: "kubelet", host: name });
    const { place, runtime, stateDir } = host;
    const clusterDNS = clusterDnsAddress(this.#parts.ranges);
    const { clusterDomain } = this.#parts.options;
    const configuration = this.#kubeletConfiguration();
    const door = await this.#kubeletPort(index, host, logger);
    if (door) stops.add(`${name}: kubelet's port`, () => door.close());
    const port = door?.port ?? 0;
    const own = { nodeName: name, place, stateDir, port, clusterDNS, clusterDomain, configuration };
    const options = { ...kubeletDefaults, ...own };
    const kubelet = await startKubelet({ ...shared, logger, client, informers, recorder, runtime }, options);
    kubelets.set(name, kubelet.router);
    door?.serve(kubelet.http);
    stops.add(`${name}: kubelet`, async () => {
      await kubelet.shutDown();
      kubelets.delete(name);
      await kubelet.stopWithPods();
      await informers.stop();
      await recorder.close();
    });
  }

  #kubeletConfiguration(): KubeletOptions["configuration"] {
    const { kubeletConfig } = this.#parts.options;
    return kubeletConfig
      ? readConfiguration(kubeletConfig, sharedMachineConfiguration).configuration
      : sharedMachineConfiguration;
  }

  /** A node in a namespace has none: this process listens on the machine alone. */
  async #kubeletPort(index: number, { place }: NodeHost, logger: Logger): Promise<KubeletPort | undefined> {
    const { apiserver, ranges } = this.#parts;
    const { pki } = apiserver;
    if (!pki || place.netns) return undefined;
    const usualPort = firstKubeletPort(ranges) + index - 1;
    const who = { nodeName: nodeName(index), address: place.internalIP, usualPort };
    try {
      return await KubeletPort.open({ ...who, pki, clock: systemClock, logger });
    } catch (err) {
      logger.warn({ err }, "the kubelet has no port of its own: it answers through the apiserver alone");
      return undefined;
    }
  }

  async #startProxy(
    name: string,
    host: NodeHost | undefined,
    stops: StopList,
    ports?: Pick<ProxyDeps, "healthCheckPorts" | "ownPorts">,
  ): Promise<void> {
    const { options, kernel, components, ranges } = this.#parts;
    const logger = this.#parts.logger.child({ name: "proxy", node: name });
    const warn = (message: string) => logger.warn({}, message);
    const netns = host?.place.netns;
    const table = `${kernelNames(options.dataDir).prefix}-services`;
    const backend = kernel
      ? await createNftablesBackend({ table, podRanges: podRanges(ranges), warn, ...(netns && { netns }) })
      : createUserspaceBackend({ podRanges: podRanges(ranges), warn });
    const informers = createInformerFactory({ ...shared, logger });
    stops.add(`${name}: proxy rules`, () => backend.close());
    const client = this.#client(identities.proxy);
    const proxy = await startProxy(
      { ...shared, client, informers, backend, logger, ...ports },
      { ...proxyDefaults, nodeName: name, sharing: this.#sharing() },
    );
    components.proxy ??= proxy.router;
    stops.add(`${name}: proxy`, async () => {
      await proxy.stop();
      await informers.stop();
    });
    // The machine has no pods of its own beside nodes in namespaces.
    if (kernel && (host || !this.#inNamespace)) await this.#startNetworkPolicies(name, table, netns, stops);
  }

  /** The nodes that have no network of their own, all of which have the proxy of the first. */
  #sharing(): string[] {
    if (this.#inNamespace) return [];
    return Array.from({ length: this.#parts.options.nodes }, (_, index) => nodeName(index + 1));
  }

  async #startNetworkPolicies(name: string, table: string, netns: string | undefined, stops: StopList): Promise<void> {
    const logger = this.#parts.logger.child({ name: "network-policy", node: name });
    const programmer = await createPolicyProgrammer({ table: `${table}-policies`, ...(netns && { netns }) });
    stops.add(`${name}: policy rules`, () => programmer.close());
    const informers = createInformerFactory({ ...shared, logger });
    const client = this.#client(identities.proxy);
    const deps = { ...shared, client, informers, programmer, logger };
    const policies = await startNetworkPolicies(deps, { ...proxyDefaults, nodeName: name });
    stops.add(`${name}: network policies`, async () => {
      await policies.stop();
      await informers.stop();
    });
  }

  #client(identity: Identity): Client {
    return createClient(this.#parts.apiserver.transportFor(identity));
  }

  #runs(service: ServiceName): boolean {
    return !this.#parts.options.without.includes(service);
  }
}
