import { after, before } from "node:test";
import { createInformerFactory, type InformerFactory } from "../../clients/sdk/index.ts";
import { Cluster } from "./cluster.ts";
import { Space } from "./space.ts";

/** A cluster on the runtime `process` that the tests of one file share, each in a namespace of its own. */
export class SharedCluster extends Cluster {
  /** One watch per kind, whoever waits for it. */
  readonly informers: InformerFactory = createInformerFactory();
  #spaces = 0;

  start(flags: readonly string[]): Promise<void> {
    return this.up(["--runtime", "process", "--host-images", ...flags]);
  }

  override async stop(): Promise<void> {
    await this.informers.stop();
    await super.stop();
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
