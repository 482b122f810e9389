import { join } from "node:path";
import { after, before } from "node:test";
import { createInformerFactory, type InformerFactory, type PodSpec } from "../../clients/sdk/index.ts";
import { writeBusyboxArchive } from "./busybox-image.ts";
import { Cluster } from "./cluster.ts";
import { podRuntime, type RuntimeName } from "./pod-runtimes.ts";
import { Space } from "./space.ts";

let runtimeOfFile: RuntimeName = "process";

/** Chooses what clusters that are made from now on run their pods on: the tests of a file on another runtime than `process`. */
export function runOn(runtime: RuntimeName): void {
  runtimeOfFile = runtime;
}

/** A cluster that the tests of one file share, each in a namespace of its own. */
export class SharedCluster extends Cluster {
  /** One watch per kind, whoever waits for it. */
  readonly informers: InformerFactory = createInformerFactory();
  readonly #machineImage = `typernetes-test/machine:${process.pid}`;
  readonly #runtime = podRuntime(runtimeOfFile, this.dataDir);
  readonly #hasHostImage = runtimeOfFile === "process";
  #spaces = 0;

  async start(flags: readonly string[]): Promise<void> {
    await this.#runtime.start();
    await this.up([...this.#runtime.flags, "--host-images", ...flags]);
    if (!this.#hasHostImage) await this.#addMachineImage();
  }

  override async stop(): Promise<void> {
    await this.informers.stop();
    await super.stop();
    await this.#runtime.stop();
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
    const onMachine = this.#hasHostImage ? undefined : (spec: PodSpec) => withMachine(spec, this.#machineImage);
    return new Space(this.client, this.informers, namespace, onMachine);
  }

  /** With the machine's programs mounted in it they find their libraries. */
  async #addMachineImage(): Promise<void> {
    const archive = join(this.home, "machine.tar");
    const links = { lib: "usr/lib", lib64: "usr/lib64" };
    const config = { Env: ["PATH=/usr/local/bin:/usr/bin:/bin"] };
    await writeBusyboxArchive(archive, `docker.io/${this.#machineImage}`, { links, config });
    await this.#runtime.addImage(archive, this.#machineImage);
  }
}

function withMachine({ containers = [], volumes = [], ...spec }: PodSpec, image: string): PodSpec {
  const programs = { name: "programs", mountPath: "/usr", readOnly: true };
  return {
    ...spec,
    volumes: [...volumes, { name: "programs", hostPath: { path: "/usr" } }],
    containers: containers.map((container) => ({
      ...container,
      image,
      volumeMounts: [...(container.volumeMounts ?? []), programs],
    })),
  };
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
