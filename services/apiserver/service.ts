import { type Clock, systemClock } from "../../lib/base/clock.ts";
import { StatusError } from "../../lib/base/status-error.ts";
import { createClient } from "../../lib/client/create-client.ts";
import { createEventRecorder } from "../../lib/client/create-event-recorder.ts";
import { inProcessTransport } from "../../lib/grpc/in-process.ts";
import type { Identity, Router } from "../../lib/grpc/router.ts";
import type { Transport } from "../../lib/grpc/transport.ts";
import type { Logger } from "../../lib/observe/logger.ts";
import { startMaintenance } from "../../lib/storage/maintenance.ts";
import type { Store } from "../../lib/storage/store.ts";
import { Aggregation } from "./aggregation/aggregation.ts";
import { AddressRepair } from "./allocators/address-repair.ts";
import { ClusterAddresses } from "./allocators/cluster-addresses.ts";
import { NodePorts } from "./allocators/node-ports.ts";
import { AllocatorRepair } from "./allocators/repair.ts";
import { createAuditor } from "./audit/audit-options.ts";
import { inProcessIdentity } from "./auth/in-process.ts";
import { ApiserverLeases } from "./bootstrap/apiserver-leases.ts";
import { DefaultServiceCidr } from "./bootstrap/default-service-cidr.ts";
import { startFurnishing } from "./bootstrap/furnish.ts";
import { itself } from "./bootstrap/itself.ts";
import { KubernetesService } from "./bootstrap/kubernetes-service.ts";
import { createNamespaces } from "./bootstrap/namespaces.ts";
import { createDefaultPolicy } from "./bootstrap/rbac/default-policy.ts";
import { CertificateAuthority } from "./certificates/certificate-authority.ts";
import { Definitions } from "./crd/definitions.ts";
import { createCore } from "./create-core.ts";
import { openDoors } from "./doors.ts";
import { EncryptingStore } from "./encryption/encrypting-store.ts";
import { startRewriting } from "./encryption/start-rewriting.ts";
import { FlowController } from "./fairness/flow-controller.ts";
import { createRouter } from "./grpc/routes.ts";
import { type HealthCheck, healthChecks } from "./health-checks.ts";
import { KubeletConnections, type KubeletTransport } from "./kubelet-connections.ts";
import {
  type ApiserverOptions,
  defaultServiceClusterIpRange,
  defaultServiceNodePortRange,
  machineAddress,
} from "./options.ts";
import { makePlainKey, openPki, type Pki } from "./pki/pki.ts";
import { ServingCertificate } from "./pki/serving-certificate.ts";
import { ObjectStore } from "./registry/object-store.ts";
import { storedResources } from "./resource-info.ts";
import { ServedResources } from "./served-resources.ts";
import { WatchCache } from "./watch-cache/watch-cache.ts";

export {
  componentSubjects,
  writeAdminKubeconfig,
  writeComponentKubeconfigs,
  writeKubeconfigs,
} from "./kubeconfigs.ts";
export { openStore } from "./open-store.ts";
export type { ApiserverOptions } from "./options.ts";
export { type CertificateSubject, openPki, type Pki } from "./pki/pki.ts";

export interface ApiserverDeps {
  /** Stays open when the apiserver closes. */
  store: Store;
  logger: Logger;
  clock?: Clock;
  /** Randomness in [0, 1). */
  random?: () => number;
  /** How kubelets are reached for logs and exec; over the network when absent. */
  kubeletTransport?: KubeletTransport;
  /** The authority in `listen.pkiDirectory` when it is being opened already: that takes a while at the first start. */
  pki?: Promise<Pki>;
  /** What other components of this process offer: served by the gRPC door, too. They know whom to let in. */
  router?: Router;
}

/** A running apiserver. */
export interface Apiserver {
  readonly router: Router;
  /** Calls the apiserver from the same process, as `identity`. */
  transportFor(identity: Identity): Transport;
  /** Where others find this apiserver. */
  readonly advertiseAddress: string;
  /** The doors' ports, and the authority that vouches for them; absent without `listen`. */
  readonly grpcPort: number | undefined;
  readonly httpsPort: number | undefined;
  readonly pki: Pki | undefined;
  /** What has to be right for the server to be ready, and what is not. */
  ready(): Promise<readonly HealthCheck[]>;
  /** Resolves when the roles and the rest of what every cluster has are stored; the server is ready before. */
  readonly furnished: Promise<void>;
  /** Ends watches, closes the doors. Idempotent. */
  close(): Promise<void>;
}

/** Starts an apiserver on a store; resolves when it is ready. Rejects when a port is in use, or the store does not answer. */
export async function startApiserver(deps: ApiserverDeps, options: ApiserverOptions = {}): Promise<Apiserver> {
  const { logger, clock = systemClock, random = Math.random } = deps;
  const encrypting = options.encryption && new EncryptingStore(deps.store, options.encryption);
  const store: Store = encrypting ?? deps.store;
  const { listen, enableAdmissionPlugins = [], disableAdmissionPlugins = [], auth = {} } = options;
  const advertiseAddress = options.advertiseAddress ?? machineAddress();
  const pki = listen && (await (deps.pki ?? openPki(listen.pkiDirectory, clock)));
  const kubelets = pki && new KubeletConnections(pki, clock);
  const kubeletTransport = deps.kubeletTransport ?? kubelets?.transportTo ?? noKubelets;
  const resources = storedResources();
  const cache = new WatchCache({ store, clock, logger }, resources);
  const objects = new ObjectStore(store, cache);
  const addressParts = { cache, objects, resources, clock, random };
  const addresses = new ClusterAddresses(addressParts, options.serviceClusterIpRange ?? defaultServiceClusterIpRange);
  const nodePorts = new NodePorts(store, options.serviceNodePortRange ?? defaultServiceNodePortRange, random);
  const parts = { store, cache, objects, clock, random, logger, resources, addresses, nodePorts, kubeletTransport };
  const defaultPolicy = createDefaultPolicy();
  const audit = options.audit && (await createAuditor(options.audit, clock));
  const core = createCore({
    ...{ ...parts, defaultPolicy, auth },
    admissionPlugins: {
      ...{ enabled: enableAdmissionPlugins, disabled: disableAdmissionPlugins },
      configuration: options.admissionConfiguration,
    },
    caCertificate: pki?.caCertificate,
    audit,
    totalConcurrency: options.totalConcurrency,
    tokenKey: () => pki?.signingKey("sa") ?? makePlainKey(),
  });
  const served = new ServedResources();
  const aggregation = new Aggregation(core, served, pki);
  const router = createRouter(core, resources, served, (...asked) => aggregation.ask(...asked));
  if (deps.router) router.include(deps.router);
  const ready = () => healthChecks(core);
  const services = core.resource("", "services");
  const definitions = new Definitions(core, served);
  const flowController = core.fairness && new FlowController(core, core.fairness);
  const own = inProcessTransport(router, inProcessIdentity(itself.identity), { logger });
  const component = "ipallocator-repair-controller";
  const recorder = createEventRecorder({ client: createClient(own), component, clock, random, logger });
  const addressRepair = new AddressRepair(core, addresses, recorder);
  const repair = new AllocatorRepair({ cache, services, addresses: addressRepair, nodePorts, clock, logger });
  const serviceCidr = new DefaultServiceCidr(
    core,
    addresses.own.map(({ range }) => range),
  );

  const onError = (error: unknown) => logger.warn({ err: error }, "could not compact the store");
  const maintenance = startMaintenance(store, { clock, onError });
  const running: { stop(): unknown }[] = [
    { stop: () => audit?.close() },
    cache,
    repair,
    serviceCidr,
    addressRepair,
    maintenance,
    definitions,
    aggregation,
    { stop: () => flowController?.stop() },
    { stop: () => kubelets?.close() },
  ];
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= stopAll(running));
  try {
    const names = [advertiseAddress, addresses.first, ...(listen?.servingNames ?? [])];
    const [certificate] = await Promise.all([
      pki && ServingCertificate.open({ pki, clock, logger, names }),
      cache.start(),
      nodePorts.allocator.load(),
    ]);
    const namespaces = core.resource("", "namespaces");
    const addressesReady = serviceCidr.start().then(() => repair.start());
    await Promise.all([addressesReady, createNamespaces(core, namespaces), definitions.start()]);
    addressRepair.start();
    aggregation.start();
    flowController?.start();
    const doors =
      listen &&
      pki &&
      certificate &&
      (await openDoors(listen, {
        core,
        router,
        served,
        aggregation,
        requestTimeoutMs: options.requestTimeoutMs,
        pki,
        certificate,
        logger,
        ready,
        advertiseAddress,
      }));
    if (doors) {
      running.push({ stop: () => doors.close() });
      const place = { address: advertiseAddress, port: doors.httpsPort };
      const { backend } = await store.status();
      // The embedded store belongs to one process.
      const leases = backend === "embedded" ? undefined : new ApiserverLeases(store, place);
      const kubernetes = new KubernetesService(core, { clusterIp: addresses.first, place, leases });
      running.push(kubernetes);
      await kubernetes.start();
    }
    const furnishing = startFurnishing(core, { policy: defaultPolicy, pki });
    running.push(furnishing);
    if (encrypting) running.push(startRewriting(encrypting, logger));
    if (pki) {
      const authority = new CertificateAuthority(core, pki);
      authority.start();
      running.push(authority);
    }
    return {
      router,
      furnished: furnishing.done,
      transportFor: (identity) => inProcessTransport(router, inProcessIdentity(identity), { logger }),
      advertiseAddress,
      grpcPort: doors?.grpcPort,
      httpsPort: doors?.httpsPort,
      pki,
      ready,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The last that was started is stopped first. */
async function stopAll(running: { stop(): unknown }[]): Promise<void> {
  for (const part of running.reverse()) await part.stop();
}

const noKubelets: KubeletTransport = () =>
  Promise.reject(new StatusError("ServiceUnavailable", "this apiserver has no way to reach kubelets"));
