import { resolve } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import product from "../../package.json" with { type: "json" };
import { parseNameServer } from "../dns/options.ts";
import { serviceNames, type UpOptions, upDefaults } from "./options.ts";

const program = new Command("typernetes")
  .description("A Kubernetes in TypeScript.")
  .version(`typernetes ${product.version} (Kubernetes v1.34.0)`, "-V, --version", "says which version this is")
  .showHelpAfterError("(typernetes --help, or typernetes up --help, tells what there is)")
  .addHelpText(
    "after",
    "\nExamples:\n  typernetes up --detach\n  typernetes up --nodes 3 --host-images --data-dir ./cluster\n  typernetes down --data-dir ./cluster\n",
  );

program
  .command("up")
  .description("starts a cluster on this machine")
  .option("--data-dir <directory>", "where the cluster keeps everything", "./typernetes-data")
  .option("--nodes <number>", "how many nodes", positive, upDefaults.nodes)
  .addOption(
    new Option("--runtime <runtime>", "what runs containers")
      .choices(["auto", "docker", "process", "cri", "hollow"])
      .default("auto"),
  )
  .option("--cri-socket <path>", "socket of the runtime cri (default: containerd's, /run/containerd/containerd.sock)")
  .option("--store <store>", '"embedded", or the address of an etcd: http://host:port', upDefaults.store)
  .option("--https-port <port>", "port of the HTTPS door; 0 chooses one", port, upDefaults.httpsPort)
  .option("--grpc-port <port>", "port of the gRPC door; 0 chooses one", port, upDefaults.grpcPort)
  .option("--separate", "each service in a process of its own", false)
  .option("--without <services>", "services to leave out, separated by commas", services, [])
  .option("--host-images", "images that are not there mean the machine itself", false)
  .option("--kubelet-config <file>", "a KubeletConfiguration for all nodes: eviction, image collection, shutdown, …")
  .option("--scheduler-config <file>", "a KubeSchedulerConfiguration: profiles, plugins, extenders")
  .option("--pod-cidr <ranges>", "addresses of pods: IPv4 range[,IPv6 range]; free ones are chosen when absent")
  .option("--service-cidr <ranges>", "addresses of services: IPv4 range[,IPv6 range]; free ones when absent")
  .option("--cluster-domain <domain>", "the domain of the cluster's names", domain, upDefaults.clusterDomain)
  .option(
    "--dns-upstream <servers>",
    "whom to ask about other names: address[:port],…; the machine's when absent",
    servers,
  )
  .option(
    "--load-balancer-pool <range>",
    "addresses for services of type LoadBalancer: first-last, or ranges, separated by commas",
    pool,
  )
  .option("--detach", "returns when the cluster is ready; stop it with: typernetes down", false)
  .addOption(
    new Option("--log-level <level>")
      .choices(["debug", "info", "warn", "error", "silent"])
      .default(upDefaults.logLevel),
  )
  .addHelpText(
    "after",
    `
Examples:
  typernetes up --nodes 2 --load-balancer-pool 192.0.2.200-192.0.2.250
  typernetes up --pod-cidr 10.50.0.0/16,fd00:50::/56 --service-cidr 10.51.0.0/16,fd00:51::/112
  typernetes up --cluster-domain k8s.example --dns-upstream 192.0.2.53,192.0.2.54:5353`,
  )
  .action(async (flags: UpOptions & { detach: boolean }) => {
    const kubeletConfig = flags.kubeletConfig && { kubeletConfig: resolve(flags.kubeletConfig) };
    const schedulerConfig = flags.schedulerConfig && { schedulerConfig: resolve(flags.schedulerConfig) };
    const files = { dataDir: resolve(flags.dataDir), ...kubeletConfig, ...schedulerConfig };
    const { detach, ...options } = { ...flags, ...files };
    if (detach) return (await import("./detach.ts")).upDetached(options);
    if (options.separate) return (await import("./separate/up-separate.ts")).upSeparate(options);
    return (await import("./up.ts")).up(options);
  });

program
  .command("down")
  .description("stops the cluster of a data directory")
  .option("--data-dir <directory>", "where the cluster keeps everything", "./typernetes-data")
  .action(async (flags: { dataDir: string }) => (await import("./down.ts")).down(resolve(flags.dataDir)));

program
  .command("load-image <archive>")
  .description("gives the runtime process the images of an archive, as docker save writes it; - is the standard input")
  .option("--data-dir <directory>", "where the cluster keeps everything", "./typernetes-data")
  .action(async (archive: string, flags: { dataDir: string }) =>
    (await import("./image-load.ts")).loadImages(archive, resolve(flags.dataDir)),
  );

// A cluster goes on when nobody reads what it prints any more.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

void run();

async function run(): Promise<void> {
  const [, , name] = process.argv;
  try {
    const command = await serviceCommand(name);
    if (command) program.addCommand(command);
    else
      for (const service of serviceNames)
        program.command(service).description(`runs the ${service} alone; see typernetes ${service} --help`);
    await program.parseAsync();
  } catch (error) {
    console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}

/** The subcommand that runs one service, loaded only when it is asked for. */
async function serviceCommand(name: string | undefined): Promise<Command | undefined> {
  switch (name) {
    case "apiserver":
      return (await import("../apiserver/main.ts")).apiserverCommand();
    case "controller-manager":
      return (await import("../controller-manager/main.ts")).controllerManagerCommand();
    case "scheduler":
      return (await import("../scheduler/main.ts")).schedulerCommand();
    case "kubelet":
      return (await import("./kubelet-command.ts")).kubeletCommand();
    case "proxy":
      return (await import("../proxy/main.ts")).proxyCommand();
    case "dns":
      return (await import("../dns/main.ts")).dnsCommand();
    default:
      return undefined;
  }
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 250)
    throw new InvalidArgumentError("a number from 1 to 250 is wanted");
  return value;
}

function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65535)
    throw new InvalidArgumentError("a port from 0 to 65535 is wanted");
  return value;
}

function list(text: string): string[] {
  return text.split(",").filter((name) => name !== "");
}

function servers(text: string): string[] {
  const all = list(text);
  try {
    for (const server of all) parseNameServer(server);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
  return all;
}

function pool(text: string): string {
  const address = "(\\d{1,3}(\\.\\d{1,3}){3}|[0-9a-f:]*:[0-9a-f:]*)";
  const range = new RegExp(`^${address}(-${address}|/\\d{1,3})?$`);
  if (!text.split(",").every((one) => range.test(one)))
    throw new InvalidArgumentError("192.0.2.200-192.0.2.250 or 192.0.2.192/26, for example, is wanted");
  return text;
}

function domain(text: string): string {
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(text))
    throw new InvalidArgumentError("a domain such as cluster.local is wanted");
  return text;
}

function services(text: string): string[] {
  const names = list(text);
  const unknown = names.find((name) => !serviceNames.some((service) => service === name));
  if (unknown) throw new InvalidArgumentError(`unknown service ${unknown}: choose from ${serviceNames.join(", ")}`);
  if (names.includes("apiserver"))
    throw new InvalidArgumentError("a cluster has an apiserver: to run one of its services apart, leave out that one");
  return names;
}
