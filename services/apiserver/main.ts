import { mkdirSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { systemClock } from "../../lib/base/clock.ts";
import { createLogger, type LogLevel } from "../../lib/observe/logger.ts";
import { readAdmissionConfiguration } from "./admission/admission-configuration.ts";
import { type AuditFlags, addAuditFlags, auditOptionsOf } from "./audit/audit-options.ts";
import { type AuthFlags, addAuthFlags, authOptionsOf } from "./auth/auth-flags.ts";
import { EncryptionRules } from "./encryption/encryption-configuration.ts";
import { writeKubeconfigs } from "./kubeconfigs.ts";
import { openStore } from "./open-store.ts";
import { defaultGrpcPort, defaultHttpsPort, defaultServiceClusterIpRange, parsePortRange } from "./options.ts";
import { openPki } from "./pki/pki.ts";
import { startApiserver } from "./service.ts";

interface Flags extends AuthFlags, AuditFlags {
  dataDir: string;
  store: string;
  etcdCafile?: string;
  etcdCertfile?: string;
  etcdKeyfile?: string;
  bindAddress?: string;
  grpcPort: string;
  httpsPort: string;
  advertiseAddress?: string;
  serviceClusterIpRange: string;
  serviceNodePortRange: string;
  tlsName?: string[];
  node: string[];
  enableAdmissionPlugins?: string;
  disableAdmissionPlugins?: string;
  admissionControlConfigFile?: string;
  encryptionProviderConfig?: string;
  maxRequestsInflight: string;
  requestTimeout: string;
  logLevel: LogLevel;
}

/** The subcommand `apiserver`: serves the cluster's API until it is told to end. */
export function apiserverCommand(): Command {
  return addAuditFlags(addAuthFlags(new Command("apiserver")))
    .description("serves the cluster's API")
    .requiredOption("--data-dir <directory>", "certificates, kubeconfigs and the embedded store are kept here")
    .option("--store <store>", '"embedded", or the address of an etcd: http://host:port', "embedded")
    .option("--etcd-cafile <file>", "who signed the certificate of an https:// etcd")
    .option("--etcd-certfile <file>", "client certificate for etcd")
    .option("--etcd-keyfile <file>", "key of the client certificate for etcd")
    .option("--bind-address <address>", "address to listen on; all when absent")
    .option("--grpc-port <port>", "port of the gRPC door", String(defaultGrpcPort))
    .option("--https-port <port>", "port of the HTTPS door", String(defaultHttpsPort))
    .option("--advertise-address <address>", "address that others reach this server by")
    .option(
      "--service-cluster-ip-range <range>",
      "addresses of services: a range, or one of each family: a,b",
      defaultServiceClusterIpRange,
    )
    .option("--service-node-port-range <range>", "ports of services on nodes", "30000-32767")
    .option("--tls-name <name...>", "names and addresses in the serving certificate besides the machine's own")
    .option("--node <name...>", "nodes that get a kubeconfig", [hostname()])
    .option("--enable-admission-plugins <names>", "admission plugins that are off otherwise, separated by commas")
    .option("--disable-admission-plugins <names>", "admission plugins to leave out, separated by commas")
    .option("--admission-control-config-file <file>", "what admission plugins are told")
    .option("--encryption-provider-config <file>", "which kinds are kept encrypted, and with which keys")
    .option("--max-requests-inflight <count>", "requests worked on at once, shared out by priority; 0: no limit", "600")
    .option("--request-timeout <seconds>", "as long as a request may last that is no watch or stream", "60")
    .option("--log-level <level>", "debug, info, warn, error or silent", "info")
    .action(runApiserver);
}

async function runApiserver(flags: Flags): Promise<void> {
  const logger = createLogger({ name: "apiserver", level: flags.logLevel });
  mkdirSync(flags.dataDir, { recursive: true });
  const pkiDirectory = join(flags.dataDir, "pki");
  const pki = openPki(pkiDirectory, systemClock);
  // Told below; the store has to be opened, or has to fail, first.
  pki.catch(() => {});
  const store = await openStore(flags.store, flags.dataDir, {
    caFile: flags.etcdCafile,
    certFile: flags.etcdCertfile,
    keyFile: flags.etcdKeyfile,
  });
  try {
    const { bindAddress: host, advertiseAddress, tlsName: servingNames, encryptionProviderConfig } = flags;
    const { admissionControlConfigFile } = flags;
    const apiserver = await startApiserver(
      { store, logger, pki },
      {
        listen: {
          pkiDirectory,
          grpcPort: Number(flags.grpcPort),
          httpsPort: Number(flags.httpsPort),
          ...(host && { host }),
          ...(servingNames && { servingNames }),
        },
        ...(advertiseAddress && { advertiseAddress }),
        serviceClusterIpRange: flags.serviceClusterIpRange,
        serviceNodePortRange: parsePortRange(flags.serviceNodePortRange),
        auth: authOptionsOf(flags),
        totalConcurrency: Number(flags.maxRequestsInflight),
        requestTimeoutMs: Number(flags.requestTimeout) * 1000,
        ...auditOptionsOf(flags),
        ...(encryptionProviderConfig && { encryption: await EncryptionRules.read(encryptionProviderConfig) }),
        ...(admissionControlConfigFile && {
          admissionConfiguration: await readAdmissionConfiguration(admissionControlConfigFile),
        }),
        enableAdmissionPlugins: flags.enableAdmissionPlugins?.split(",") ?? [],
        disableAdmissionPlugins: flags.disableAdmissionPlugins?.split(",") ?? [],
      },
    );
    const { grpcPort, httpsPort } = apiserver;
    await writeKubeconfigs(apiserver, flags.dataDir, flags.node, host);
    logger.info({ grpcPort, httpsPort, store: flags.store }, "apiserver is ready");
    await new Promise((resolve) => process.once("SIGTERM", resolve).once("SIGINT", resolve));
    await apiserver.close();
  } finally {
    await store.close();
  }
}
