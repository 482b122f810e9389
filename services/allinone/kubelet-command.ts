import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { resolve } from "node:path";
import type { PeerCertificate } from "node:tls";
import { Command, Option } from "commander";
import { systemClock } from "../../lib/base/clock.ts";
import { StatusError } from "../../lib/base/status-error.ts";
import { stopSignal } from "../../lib/base/stop-signal.ts";
import { createClient } from "../../lib/client/create-client.ts";
import { createEventRecorder } from "../../lib/client/create-event-recorder.ts";
import { connectFromKubeconfig, readKubeconfig } from "../../lib/client/kubeconfig.ts";
import { createInformerFactory } from "../../lib/client/shared-informers.ts";
import type { Identity } from "../../lib/grpc/router.ts";
import { startGrpcServer } from "../../lib/grpc/server.ts";
import { createLogger, type Logger, type LogLevel } from "../../lib/observe/logger.ts";
import {
  type KubeletOptions,
  kubeletDefaults,
  logLimitsOf,
  readConfiguration,
  sharedMachineConfiguration,
} from "../kubelet/options.ts";
import { type Kubelet, startKubelet } from "../kubelet/service.ts";
import { machinePowers } from "./machine-powers.ts";
import { createNodeHost, type NodeHost } from "./node-host.ts";
import type { RuntimeKind } from "./options.ts";
import type { Ranges } from "./ranges.ts";

interface Flags {
  kubeconfig: string;
  nodeName: string;
  nodeIp: string;
  nodeIndex: string;
  dataDir: string;
  runtime: RuntimeKind;
  criSocket: string;
  nodeCidr: string;
  clusterCidr: string;
  serviceCidr?: string;
  inNamespace: boolean;
  hostImages: boolean;
  port: string;
  clusterDns?: string;
  clusterDomain: string;
  podManifestPath?: string;
  config?: string;
  sharedMachine: boolean;
  tlsCertFile?: string;
  tlsPrivateKeyFile?: string;
  endPods: boolean;
  logLevel: LogLevel;
}

/** The subcommand `kubelet`: runs the pods of one node until it is told to end. */
export function kubeletCommand(): Command {
  return new Command("kubelet")
    .description("runs the pods of one node")
    .requiredOption("--kubeconfig <file>", "how to reach the apiserver")
    .option("--node-name <name>", "name of the node", hostname())
    .option("--node-ip <address>", "address of the node", "127.0.0.1")
    .option("--node-index <number>", "chooses the node's part of the ranges", "1")
    .option("--data-dir <directory>", "where the cluster keeps everything on this machine", "./typernetes-data")
    .addOption(new Option("--runtime <runtime>").choices(["process", "docker", "cri", "hollow"]).default("process"))
    .option("--cri-socket <path>", "socket of the runtime cri", "/run/containerd/containerd.sock")
    .option("--cluster-cidr <range>", "addresses of all pods", "10.244.0.0/16")
    .option("--service-cidr <ranges>", "addresses of services, where the cluster has two families: a,b")
    .option("--node-cidr <range>", "addresses of nodes in namespaces", "172.30.0.0/16")
    .option("--in-namespace", "the node lives in a network namespace of its own", false)
    .option("--host-images", "images that are not there mean the machine itself", false)
    .option("--cluster-dns <address>", "the cluster's DNS service; without it pods ask the machine's name servers")
    .option("--cluster-domain <domain>", "the domain of the cluster's names", kubeletDefaults.clusterDomain)
    .option("--pod-manifest-path <directory>", "a folder with manifests of static pods")
    .option("--config <file>", "a KubeletConfiguration: eviction, garbage collection, shutdown, reserved resources")
    .option("--shared-machine", "the machine is not the cluster's alone: its disk may be nearly full", false)
    .option("--port <port>", "where the apiserver reaches this node", "10250")
    .option("--tls-cert-file <file>", "the node's serving certificate")
    .option("--tls-private-key-file <file>", "and its key")
    .option("--end-pods", "ends the pods and takes the network away when the kubelet ends", false)
    .option("--log-level <level>", "debug, info, warn, error or silent", "info")
    .action(runKubelet);
}

async function runKubelet(flags: Flags): Promise<void> {
  const logger = createLogger({ name: "kubelet", level: flags.logLevel });
  // First, as it opens nothing yet: a program that fails here ends, and is started again.
  const transport = await connectFromKubeconfig(flags.kubeconfig);
  const configuration = configurationOf(flags, logger);
  const host = await hostOf(flags, configuration, logger);
  const client = createClient(transport);
  const shared = { client, clock: systemClock, random: Math.random, logger };
  const informers = createInformerFactory(shared);
  const recorder = createEventRecorder({ ...shared, component: "kubelet", host: flags.nodeName });
  const { place, runtime, stateDir } = host;
  const port = flags.tlsCertFile ? Number(flags.port) : 0;
  const own = {
    clusterDomain: flags.clusterDomain,
    ...(flags.clusterDns && { clusterDNS: flags.clusterDns }),
    ...(flags.podManifestPath && { staticPodPath: flags.podManifestPath }),
  };
  const options = { ...kubeletDefaults, nodeName: flags.nodeName, place, stateDir, port, configuration, ...own };
  const kubelet = await startKubelet({ ...shared, informers, recorder, runtime }, options);
  const server = flags.tlsCertFile ? await serve(kubelet, flags, logger) : undefined;
  logger.info({ node: flags.nodeName, runtime: runtime.name, limitations: host.limitations }, "kubelet is running");
  await stopSignal();
  await kubelet.shutDown();
  await server?.close();
  await (flags.endPods ? kubelet.stopWithPods() : kubelet.stop());
  if (flags.endPods) await host.remove();
  await informers.stop();
  await recorder.close();
  await transport.close();
}

function configurationOf({ config, sharedMachine }: Flags, logger: Logger): KubeletOptions["configuration"] {
  const base = sharedMachine ? sharedMachineConfiguration : kubeletDefaults.configuration;
  if (!config) return base;
  const { configuration, ignored } = readConfiguration(config, base);
  if (ignored.length > 0) logger.warn({ config, ignored }, "settings of the configuration file that mean nothing here");
  return configuration;
}

async function hostOf(flags: Flags, configuration: KubeletOptions["configuration"], logger: Logger): Promise<NodeHost> {
  const { nodeName: name, dataDir, runtime, criSocket, hostImages, inNamespace, nodeIp: machineAddress } = flags;
  return createNodeHost({
    index: Number(flags.nodeIndex),
    name,
    dataDir: resolve(dataDir),
    runtime,
    criSocket,
    hostImages,
    ranges: rangesOf(flags),
    privileged: (await machinePowers()).kernel,
    inNamespace,
    machineAddress,
    logLimits: logLimitsOf(configuration),
    logger,
  });
}

/** Only in a cluster of two families need a kubelet know the range of services. */
function rangesOf({ clusterCidr, serviceCidr = "", nodeCidr: nodes }: Flags): Ranges {
  const [pods = "", pods6] = clusterCidr.split(",");
  const [services = "", services6] = serviceCidr.split(",");
  return { pods, services, nodes, slot: 0, ...(pods6 && services6 && { pods6, services6 }) };
}

async function serve(kubelet: Kubelet, flags: Flags, logger: Logger) {
  const { ca = "" } = await readKubeconfig(flags.kubeconfig);
  const cert = readFileSync(flags.tlsCertFile ?? "", "utf8");
  const key = readFileSync(flags.tlsPrivateKeyFile ?? "", "utf8");
  return startGrpcServer({
    router: kubelet.router,
    http: kubelet.http,
    port: Number(flags.port),
    tls: { ca, cert, key },
    authenticate: administratorsOnly,
    logger,
  });
}

/** Only the apiserver and administrators may look into pods. */
function administratorsOnly(certificate: PeerCertificate | undefined): Identity {
  const list = (value: string | string[] | undefined) => (value === undefined ? [] : [value].flat());
  const [user] = list(certificate?.subject?.CN);
  const groups = list(certificate?.subject?.O);
  if (!user) throw new StatusError("Unauthorized", "show a client certificate signed by the cluster's CA");
  if (!groups.includes("system:masters")) throw new StatusError("Forbidden", `User "${user}" may not use this kubelet`);
  return { user, groups };
}
