import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import {
  type Client,
  connectFromKubeconfig,
  createClient,
  createInformerFactory,
  type InformerFactory,
  type Transport,
} from "../../clients/sdk/index.ts";
import { BackgroundProgram, mustRun, programPath } from "./program.ts";
import { Space } from "./space.ts";

/** A cluster on the runtime `process` that the tests of one file share, each in a namespace of its own. */
export class SharedCluster {
  readonly dataDir = mkdtempSync(join(tmpdir(), "typernetes-shared-"));
  readonly kubeconfig = join(this.dataDir, "kubeconfig");
  /** One watch per kind, whoever waits for it. */
  readonly informers: InformerFactory = createInformerFactory();
  #program: BackgroundProgram | undefined;
  #transport: Transport | undefined;
  #client: Client | undefined;
  #spaces = 0;

  get client(): Client {
    if (!this.#client) throw new Error("the cluster does not run");
    return this.#client;
  }

  async start(flags: readonly string[]): Promise<void> {
    const place = ["--data-dir", this.dataDir, "--https-port", "0", "--grpc-port", "0"];
    const args = ["up", ...place, "--runtime", "process", "--host-images", ...flags];
    this.#program = new BackgroundProgram(programPath("typernetes"), args);
    await this.#program.printed("cluster complete", 240_000);
    this.#transport = await connectFromKubeconfig(this.kubeconfig);
    this.#client = createClient(this.#transport);
  }

  async stop(): Promise<void> {
    await this.informers.stop();
    await this.#transport?.close();
    await this.#program?.stop();
    await mustRun(programPath("typernetes"), ["down", "--data-dir", this.dataDir]);
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  /** A new namespace, with its service account. */
  async space(name: string): Promise<Space> {
    const namespace = `${name}-${++this.#spaces}`;
    await this.client.core.v1.namespaces.create({ metadata: { name: namespace } });
    const space = this.in(namespace);
    await space.until("the service account", this.client.core.v1.serviceaccounts, (accounts) => accounts.length > 0);
    return space;
  }

  /** A namespace that is there already. */
  in(namespace: string): Space {
    return new Space(this.client, this.informers, namespace);
  }

  /** Runs `typectl` against the cluster. @throws Error when it fails. */
  typectl(...args: readonly string[]): Promise<string> {
    return mustRun(programPath("typectl"), ["--kubeconfig", this.kubeconfig, ...args]);
  }
}

/** Starts a cluster before the tests of the calling suite, makes in it what they share, and stops it after them. */
export function sharedCluster(
  flags: readonly string[],
  prepare: (cluster: SharedCluster) => Promise<unknown> = async () => {},
): SharedCluster {
  const cluster = new SharedCluster();
  // One hook, since several would run at once.
  const start = async () => {
    await cluster.start(flags);
    await prepare(cluster);
  };
  before(start, { timeout: 300_000 });
  after(() => cluster.stop(), { timeout: 300_000 });
  return cluster;
}
