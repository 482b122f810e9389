import { access, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../../../lib/base/clock.ts";
import { runCommand } from "../../network/command.ts";
import { acceptForwardingOf, withdrawForwarding } from "../../network/docker-forward.ts";
import { machineMtu } from "../../network/mtu.ts";
import { kernelNames } from "../../network/names.ts";
import { RuntimeError } from "../runtime.ts";
import { type CriClient, runtimeMethods } from "./cri-client.ts";
import { settingsOf } from "./verbose-info.ts";

/** Where container runtimes look unless told otherwise. */
const confDirDefault = "/etc/cni/net.d";
const plugins = ["ptp", "host-local", "portmap"];
/** How long a runtime may take to see a new configuration. */
const readyMsMax = 30_000;

export interface CniNetworkOptions {
  cluster: string;
  nodeName: string;
  /** The node's range of pod addresses. */
  podCIDR: string;
  /** The range of all pods; traffic inside it keeps its source address. */
  clusterCIDR: string;
  /** Keeps which addresses are taken. */
  stateDir: string;
}

/**
 * Pods get their network from the container runtime's CNI plugins. A machine that has a configuration for them keeps it;
 * one that has none gets ours: a veth pair per pod, routed, so that all traffic between pods passes the node's rules.
 */
export class CniNetwork {
  readonly #client: CriClient;
  readonly #clock: Clock;
  readonly #options: CniNetworkOptions;
  #ready: Promise<void> | undefined;

  constructor(client: CriClient, clock: Clock, options: CniNetworkOptions) {
    this.#client = client;
    this.#clock = clock;
    this.#options = options;
  }

  /** Makes sure that pods can be connected. @throws RuntimeError `Unavailable`, with what to do. */
  ensure(): Promise<void> {
    this.#ready ??= this.#prepare();
    this.#ready.catch(() => {
      this.#ready = undefined;
    });
    return this.#ready;
  }

  /** It was ready, and is no more. */
  forget(): void {
    this.#ready = undefined;
  }

  async #prepare(): Promise<void> {
    const { podCIDR } = this.#options;
    await this.#client.runtime(runtimeMethods.updateRuntimeConfig, {
      runtimeConfig: { networkConfig: { podCidr: podCIDR } },
    });
    const settings = await settingsOf(this.#client);
    const file = configurationFile(settings.cniConfDir ?? confDirDefault, this.#options.cluster);
    const isOurs = await exists(file);
    if (!isOurs && !settings.cniConfTemplate && (await this.#problem()) === undefined) return;
    if (!settings.cniConfTemplate) {
      await checkPlugins(settings.cniBinDir);
      await makeRules(this.#options);
      await writeWhole(file, JSON.stringify(configuration(this.#options), null, 2));
    }
    await this.#untilReady();
  }

  async #untilReady(): Promise<void> {
    const deadline = this.#clock.monotonic() + readyMsMax;
    for (let problem = await this.#problem(); problem !== undefined; problem = await this.#problem()) {
      if (this.#clock.monotonic() > deadline) throw new RuntimeError("Unavailable", problem);
      await this.#clock.sleep(50);
    }
  }

  async #problem(): Promise<string | undefined> {
    const { status } = await this.#client.runtime(runtimeMethods.status, {});
    const condition = status?.conditions?.find(({ type }) => type === "NetworkReady");
    return condition?.status ? undefined : `the network of pods is not ready: ${condition?.message ?? "no word of it"}`;
  }
}

/** Takes away what `CniNetwork` made on the machine, when no pod uses it any more. Succeeds when there is nothing. */
export async function removeCniNetwork(client: CriClient, cluster: string): Promise<void> {
  const { cniConfDir = confDirDefault } = await settingsOf(client);
  const file = configurationFile(cniConfDir, cluster);
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return;
  const { plugins: [main] = [] }: Partial<ReturnType<typeof configuration>> = JSON.parse(text);
  await rm(file, { force: true });
  if (!main?.ipam) return;
  const range = main.ipam.ranges[0]?.[0]?.subnet;
  await rm(main.ipam.dataDir, { recursive: true, force: true });
  await withdrawForwarding((subject) => subject === range);
  const listing = await runCommand(["nft", "list", "tables"]);
  const tables = [...listing.matchAll(/^table ip (\S+)$/gm)].map((match) => match[1] ?? "");
  for (const table of tables.filter((name) => name.startsWith(tablePrefix(cluster))))
    await runCommand(["nft", "delete", "table", "ip", table]);
}

function configurationFile(directory: string, cluster: string): string {
  return join(directory, `10-typernetes-${kernelNames(cluster).prefix}.conflist`);
}

function configuration({ cluster, podCIDR, stateDir }: CniNetworkOptions) {
  return {
    cniVersion: "0.4.0",
    name: kernelNames(cluster).prefix,
    plugins: [
      {
        type: "ptp",
        mtu: machineMtu(),
        ipam: {
          type: "host-local",
          ranges: [[{ subnet: podCIDR }]],
          routes: [{ dst: "0.0.0.0/0" }],
          dataDir: join(stateDir, "cni"),
        },
      },
      { type: "portmap", capabilities: { portMappings: true }, snat: true },
    ],
  };
}

/** What leaves the cluster for elsewhere takes the machine's own address; what Docker would drop passes. */
async function makeRules({ cluster, nodeName, podCIDR, clusterCIDR }: CniNetworkOptions): Promise<void> {
  const table = `${tablePrefix(cluster)}${kernelNames(cluster).bridge(nodeName).slice(-7)}`;
  const rules = `add table ip ${table}
delete table ip ${table}
table ip ${table} {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr ${podCIDR} ip daddr != ${clusterCIDR} masquerade
  }
}
`;
  await runCommand(["nft", "-f", "-"], { input: rules });
  await acceptForwardingOf(podCIDR);
}

function tablePrefix(cluster: string): string {
  return `${kernelNames(cluster).prefix}c`;
}

async function checkPlugins(directory: string | undefined): Promise<void> {
  if (directory === undefined) return;
  for (const plugin of plugins) {
    if (await exists(join(directory, plugin))) continue;
    const text = `no CNI plugin ${plugin} in ${directory}: install them there (Debian: containernetworking-plugins)`;
    throw new RuntimeError("Unavailable", text);
  }
}

/** Appears at once as a whole: the runtime looks at the directory all the time. */
async function writeWhole(file: string, text: string): Promise<void> {
  const draft = `${file}.draft`;
  await mkdir(join(file, ".."), { recursive: true });
  await writeFile(draft, text);
  await rename(draft, file);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
