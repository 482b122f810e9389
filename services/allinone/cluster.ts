import { join } from "node:path";
import { systemClock } from "../../lib/base/clock.ts";
import { inProcessTransport } from "../../lib/grpc/in-process.ts";
import type { Router } from "../../lib/grpc/router.ts";
import type { Transport } from "../../lib/grpc/transport.ts";
import { createLogger, type Logger } from "../../lib/observe/logger.ts";
import {
  type Apiserver,
  openPki,
  openStore,
  startApiserver,
  writeAdminKubeconfig,
  writeComponentKubeconfigs,
} from "../apiserver/service.ts";
import { ComponentRoutes } from "./component-routes.ts";
import { nodeName } from "./identities.ts";
import { machinePlace } from "./machine-place.ts";
import { machinePowers } from "./machine-powers.ts";
import type { RuntimeKind, UpOptions } from "./options.ts";
import { clusterRanges, type Ranges, serviceRanges } from "./ranges.ts";
import { StopList } from "./stop-list.ts";

/** A cluster in this process. */
export interface Cluster {
  readonly httpsPort: number;
  readonly grpcPort: number;
  readonly kubeconfig: string;
  /** What this machine does not let the cluster do, one line each. */
  readonly limitations: readonly string[];
  /** Resolves when controllers, scheduler, nodes and proxies are at work. */
  readonly complete: Promise<void>;
  /** Ends every pod, takes away what was made on the machine, and closes the store. The data stays. */
  stop(): Promise<void>;
}

/** Starts a whole cluster in this process. Resolves when the API is ready; the rest follows at once. */
export async function startCluster(options: UpOptions, runtime: RuntimeKind): Promise<Cluster> {
  const logger = createLogger({ name: "typernetes", level: options.logLevel });
  const stops = new StopList(logger);
  try {
    return await start(options, runtime, logger, stops);
  } catch (error) {
    await stops.run();
    throw error;
  }
}

async function start(options: UpOptions, runtime: RuntimeKind, logger: Logger, stops: StopList): Promise<Cluster> {
  const { dataDir, httpsPort, grpcPort } = options;
  const pkiDirectory = join(dataDir, "pki");
  const pki = openPki(pkiDirectory, systemClock);
  pki.catch(() => {});
  const powers = machinePowers();
  const choosingRanges = clusterRanges(dataDir, powers, options);
  choosingRanges.catch(() => {});
  const store = await openStore(options.store, dataDir);
  stops.add("store", () => store.close());
  const ranges = await choosingRanges;
  const { kernel, problem } = await powers;
  const machine = await machinePlace(dataDir, ranges, kernel);
  stops.add("machine's address", () => machine.remove());
  const kubelets = new Map<string, Router>();
  const components = new ComponentRoutes();
  const apiserver = await startApiserver(
    {
      store,
      pki,
      logger: logger.child({ name: "apiserver" }),
      kubeletTransport: (node) => kubeletTransport(kubelets, node.metadata?.name ?? "", logger),
      router: components.router,
    },
    {
      listen: { pkiDirectory, httpsPort, grpcPort },
      advertiseAddress: machine.address,
      serviceClusterIpRange: serviceRanges(ranges),
    },
  );
  stops.add("apiserver", () => apiserver.close());
  await writeAdminKubeconfig(apiserver, dataDir);
  const limitations = kernel
    ? []
    : [`services have loopback addresses, since this machine allows no bridges and rules: ${problem}`];
  const shared = { options, apiserver, ranges, runtime, kernel, limitations, kubelets, components, logger, stops };
  const complete = startRest(shared);
  return {
    httpsPort: apiserver.httpsPort ?? httpsPort,
    grpcPort: apiserver.grpcPort ?? grpcPort,
    kubeconfig: join(dataDir, "kubeconfig"),
    limitations,
    complete,
    stop: async () => {
      await complete.catch(() => {});
      await stops.run();
    },
  };
}

/** What the services besides the apiserver start from. */
export interface ClusterParts {
  options: UpOptions;
  apiserver: Apiserver;
  ranges: Ranges;
  runtime: RuntimeKind;
  kernel: boolean;
  /** The services add what they cannot do here. */
  limitations: string[];
  /** The services of each node's kubelet. */
  kubelets: Map<string, Router>;
  components: ComponentRoutes;
  logger: Logger;
  stops: StopList;
}

/** Loads the other services only when the API answers: their code is as much as the apiserver's. */
async function startRest(parts: ClusterParts): Promise<void> {
  const { startClusterServices } = await import("./cluster-services.ts");
  const { dataDir, nodes } = parts.options;
  const names = Array.from({ length: nodes }, (_, index) => nodeName(index + 1));
  await Promise.all([startClusterServices(parts), writeComponentKubeconfigs(parts.apiserver, dataDir, names)]);
}

async function kubeletTransport(kubelets: Map<string, Router>, name: string, logger: Logger): Promise<Transport> {
  const router = kubelets.get(name);
  if (!router) throw new Error(`no kubelet of node ${name} runs in this process`);
  const identity = { user: "kube-apiserver-kubelet-client", groups: ["system:masters"] };
  return inProcessTransport(router, identity, { logger });
}
