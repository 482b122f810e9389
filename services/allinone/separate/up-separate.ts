import { writeFileSync } from "node:fs";
import https from "node:https";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../../../lib/base/clock.ts";
import { stopSignal } from "../../../lib/base/stop-signal.ts";
import { openPki } from "../../apiserver/service.ts";
import { formatIPv4, parseIPv4Range, subRange } from "../../kubelet/network/ipv4.ts";
import { kernelNames } from "../../kubelet/network/names.ts";
import { createNodeNamespace } from "../../kubelet/network/node-namespace.ts";
import { clusterDnsAddress, clusterDnsOptions } from "../cluster-dns.ts";
import { checkConfigurationFiles } from "../configuration-files.ts";
import { makeDirectory } from "../data-directory.ts";
import { nodeName } from "../identities.ts";
import { firstKubeletPort } from "../kubelet-port.ts";
import { endLeftProcesses, markStartedProcesses } from "../left-processes.ts";
import { removeNodeLeftovers } from "../leftovers.ts";
import { machinePlace } from "../machine-place.ts";
import { machinePowers } from "../machine-powers.ts";
import type { RuntimeKind, UpOptions } from "../options.ts";
import { clusterRanges, ipv6Of, machineEnd, podRanges, type Ranges, serviceRanges } from "../ranges.ts";
import { type Claim, claimDataDir } from "../run-file.ts";
import { explainStartError } from "../start-error.ts";
import { freeDnsPorts, publishClusterDns } from "./dns-service.ts";
import { refusePortInUse } from "./port-in-use.ts";
import { SupervisedService } from "./supervisor.ts";

/** A machine that has much else to do takes its time; a service that fails is told of at once. */
const readyMsMax = 120_000;

/** Runs a cluster with each service in a process of its own, talking gRPC over mTLS; until the process is told to end. */
export async function upSeparate(options: UpOptions): Promise<void> {
  const start = performance.now();
  await checkConfigurationFiles(options);
  const asked = stopSignal();
  const { dataDir } = options;
  const runtime: RuntimeKind = options.runtime === "auto" ? "process" : options.runtime;
  const { claim, parts } = await prepareOrExplain(options, runtime);
  const services = await servicesOf(options, parts);
  writeFileSync(join(dataDir, "services.json"), JSON.stringify(services.map(({ name }) => name)));
  const [apiserver, ...rest] = services;
  const seconds = () => ((performance.now() - start) / 1000).toFixed(2);
  try {
    apiserver?.start();
    await ready(options, apiserver);
    const { httpsPort, grpcPort } = options;
    console.log(`API ready in ${seconds()} s: https://127.0.0.1:${httpsPort}, gRPC 127.0.0.1:${grpcPort}`);
    console.log(`next: typectl --kubeconfig ${join(dataDir, "kubeconfig")} get nodes`);
    // Proxies of nodes in namespaces need these before the kubelets would make them.
    if (inNamespace(options, parts.kernel, runtime)) await makeNamespaces(options, parts.ranges);
    for (const service of rest) service.start();
    if (!options.without.includes("dns")) await publishClusterDns(join(dataDir, "kubeconfig"), parts);
    for (const service of services) console.log(`service ${service.name}: pid ${service.pid}`);
    console.log(`cluster complete in ${seconds()} s`);
    await asked;
    console.log("stopping; a second signal ends it at once, and leaves the rest to: typernetes down");
  } finally {
    // Pods end while their services are still served, and kubelets still tell the apiserver what becomes of them.
    await Promise.all(rest.filter(({ name }) => name.startsWith("kubelet")).map((service) => service.stop()));
    await Promise.all(rest.map((service) => service.stop()));
    await apiserver?.stop();
    await removeNodeLeftovers(dataDir, [...new Set([runtime, claim.killed?.runtime ?? runtime])], options.criSocket);
    claim.release();
  }
}

async function prepareOrExplain(options: UpOptions, runtime: RuntimeKind): Promise<{ claim: Claim; parts: Parts }> {
  const { dataDir, nodes, httpsPort, grpcPort } = options;
  let claim: Claim | undefined;
  try {
    if (httpsPort === 0 || grpcPort === 0)
      throw new Error(
        "the services of --separate find each other by fixed ports: --https-port and --grpc-port cannot be 0",
      );
    makeDirectory(join(dataDir, "logs"));
    claim = claimDataDir(dataDir, { runtime, nodes, ...(options.criSocket && { criSocket: options.criSocket }) });
    if (claim.killed) await endLeftProcesses(dataDir);
    markStartedProcesses(dataDir);
    await Promise.all([httpsPort, grpcPort].map(refusePortInUse));
    const powers = machinePowers();
    const ranges = await clusterRanges(dataDir, powers, options);
    const { kernel } = await powers;
    const { address } = await machinePlace(dataDir, ranges, kernel);
    return { claim, parts: { ranges, runtime, kernel, address, ...(await freeDnsPorts(address)) } };
  } catch (error) {
    claim?.giveBack();
    throw explainStartError(error, options);
  }
}

interface Parts {
  ranges: Ranges;
  runtime: RuntimeKind;
  kernel: boolean;
  /** The machine's. */
  address: string;
  dnsPort: number;
  dnsHttpPort: number;
}

/** Whether nodes live in network namespaces of their own. */
function inNamespace(options: UpOptions, kernel: boolean, runtime: RuntimeKind): boolean {
  return options.nodes > 1 && kernel && runtime !== "hollow";
}

async function makeNamespaces({ dataDir, nodes }: UpOptions, ranges: Ranges): Promise<void> {
  const indexes = Array.from({ length: nodes }, (_, index) => index + 1);
  await Promise.all(
    indexes.map((index) =>
      createNodeNamespace({
        cluster: dataDir,
        name: nodeName(index),
        index,
        nodeCIDR: ranges.nodes,
        clusterCIDR: ranges.pods,
        ...ipv6Of(ranges),
      }),
    ),
  );
}

/** Every service of the cluster, the apiserver first. */
async function servicesOf(options: UpOptions, parts: Parts): Promise<SupervisedService[]> {
  const { dataDir } = options;
  const services: SupervisedService[] = [];
  const add = (name: string, ...args: string[]) =>
    services.push(new SupervisedService(name, [...args, "--log-level", options.logLevel], dataDir));
  const kubeconfig = (name: string) => ["--kubeconfig", join(dataDir, "kubeconfigs", name)];
  const runs = (name: UpOptions["without"][number]) => !options.without.includes(name);
  add("apiserver", "apiserver", ...apiserverArgs(options, parts));
  const volumes = ["--local-volumes", join(dataDir, "volumes")];
  const pool = options.loadBalancerPool ? ["--load-balancer-addresses", options.loadBalancerPool] : [];
  if (runs("controller-manager"))
    add("controller-manager", "controller-manager", ...kubeconfig("controller-manager"), ...volumes, ...pool);
  const schedulerConfig = options.schedulerConfig ? ["--config", options.schedulerConfig] : [];
  if (runs("scheduler")) add("scheduler", "scheduler", ...kubeconfig("scheduler"), ...schedulerConfig);
  if (runs("dns")) add("dns", "dns", ...kubeconfig("dns"), ...dnsArgs(options, parts));
  const apart = inNamespace(options, parts.kernel, parts.runtime);
  const table = `${kernelNames(dataDir).prefix}-services`;
  const proxy = [...kubeconfig("proxy"), "--proxy-mode", parts.kernel ? "nftables" : "userspace", "--table", table];
  proxy.push("--cluster-cidr", podRanges(parts.ranges).join());
  const names = Array.from({ length: options.nodes }, (_, index) => nodeName(index + 1));
  if (!apart) proxy.push("--sharing-node", ...names);
  for (let index = 1; index <= options.nodes; index++) {
    const name = nodeName(index);
    const reach = kubeconfig(`kubelet-${name}`);
    if (runs("kubelet"))
      add(`kubelet-${name}`, "kubelet", ...reach, ...(await kubeletArgs(options, parts, index, apart)));
    const relay = ["--health-check-address", machineEnd(parts.ranges, index)];
    const netns = apart ? ["--netns", kernelNames(dataDir).netns(name), ...relay] : [];
    // Nodes that share the machine's network share its proxy.
    if (runs("proxy") && (apart || index === 1)) add(`proxy-${name}`, "proxy", ...proxy, "--node-name", name, ...netns);
  }
  // The machine itself reaches services too; its rules are nobody else's to remove.
  if (apart && runs("proxy")) add("proxy-machine", "proxy", ...proxy, "--node-name", "machine", "--cleanup");
  return services;
}

function dnsArgs(options: UpOptions, { ranges, address, ...ports }: Parts): string[] {
  const { addresses, clients = [], reverseRanges } = clusterDnsOptions(ranges, address, options, ports);
  return [
    ...["--address", ...addresses, "--port", String(ports.dnsPort), "--client", ...clients],
    ...["--http-port", String(ports.dnsHttpPort)],
    ...["--reverse-range", ...reverseRanges, "--service-address", clusterDnsAddress(ranges)],
    ...["--cluster-domain", options.clusterDomain],
    ...(options.dnsUpstream ? ["--upstream", ...options.dnsUpstream] : []),
  ];
}

function apiserverArgs(options: UpOptions, { ranges, address }: Parts): string[] {
  const { dataDir, store, grpcPort, httpsPort, nodes } = options;
  const names = Array.from({ length: nodes }, (_, index) => nodeName(index + 1));
  return [
    ...["--data-dir", dataDir, "--store", store, "--grpc-port", String(grpcPort), "--https-port", String(httpsPort)],
    ...["--service-cluster-ip-range", serviceRanges(ranges), "--advertise-address", address, "--node", ...names],
  ];
}

async function kubeletArgs(
  options: UpOptions,
  { ranges, runtime, address: machineAddress }: Parts,
  index: number,
  inNamespace: boolean,
): Promise<string[]> {
  const { dataDir, hostImages, criSocket } = options;
  const name = nodeName(index);
  const clusterDns = clusterDnsAddress(ranges);
  const address = inNamespace
    ? formatIPv4(parseIPv4Range(subRange(ranges.nodes, 24, index)).first + 2)
    : machineAddress;
  const port = firstKubeletPort(ranges) + index - 1;
  const pki = join(dataDir, "pki");
  const file = `kubelet-${name}`;
  await (await openPki(pki, systemClock)).servingCertificate(file, [name, address, "127.0.0.1"]);
  return [
    ...[
      "--node-name",
      name,
      "--node-ip",
      address,
      "--node-index",
      String(index),
      "--data-dir",
      dataDir,
      "--runtime",
      runtime,
    ],
    ...[
      "--cluster-cidr",
      podRanges(ranges).join(),
      "--service-cidr",
      serviceRanges(ranges),
      "--node-cidr",
      ranges.nodes,
      "--port",
      String(port),
      "--end-pods",
    ],
    ...["--shared-machine", ...(options.kubeletConfig ? ["--config", options.kubeletConfig] : [])],
    ...["--cluster-dns", clusterDns, "--cluster-domain", options.clusterDomain],
    ...["--tls-cert-file", join(pki, `${file}.crt`), "--tls-private-key-file", join(pki, `${file}.key`)],
    ...(inNamespace ? ["--in-namespace"] : []),
    ...(hostImages ? ["--host-images"] : []),
    ...(criSocket ? ["--cri-socket", criSocket] : []),
  ];
}

/** Waits until the apiserver answers that it is ready. @throws Error with its last words when it ends instead. */
async function ready(options: UpOptions, apiserver: SupervisedService | undefined): Promise<void> {
  const deadline = Date.now() + readyMsMax;
  while (!(await answersReady(options.httpsPort))) {
    if (apiserver?.lastWords) throw new Error(apiserver.lastWords);
    if (Date.now() > deadline) {
      throw new Error(
        `the apiserver was not ready within ${readyMsMax / 1000} s; its log is ${join(options.dataDir, "logs", `${apiserver?.name}.log`)}`,
      );
    }
    await sleep(20);
  }
}

function answersReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = https.get(
      { host: "127.0.0.1", port, path: "/readyz", rejectUnauthorized: false, agent: false, timeout: 10_000 },
      (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      },
    );
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(false));
  });
}
