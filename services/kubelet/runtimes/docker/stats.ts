import type { ContainerInfo } from "dockerode";
import type { Clock } from "../../../../lib/base/clock.ts";
import { type CgroupPaths, cgroupPathsOf, readCgroupUsage } from "../cgroup-usage.ts";
import type { ContainerStats } from "../runtime.ts";
import { listScoped, mapLimited } from "./container-verbs.ts";
import type { DockerClient } from "./docker-client.ts";
import { type Labels, labelKeys, type Scope } from "./labels.ts";

/** Readings taken at the same time. */
const readingsMax = 8;

/**
 * Use of resources, read from the kernel: Docker's own answer takes a second, and is empty for containers whose network
 * is not Docker's.
 */
export class StatsReader {
  readonly #client: DockerClient;
  readonly #scope: Scope;
  readonly #clock: Clock;
  readonly #paths = new Map<string, CgroupPaths>();

  constructor(client: DockerClient, scope: Scope, clock: Clock) {
    this.#client = client;
    this.#scope = scope;
    this.#clock = clock;
  }

  /** One reading per running container of one sandbox, or of the node. */
  async read(sandboxId?: string): Promise<ContainerStats[]> {
    const wanted: Labels = sandboxId === undefined ? {} : { [labelKeys.sandboxId]: sandboxId };
    const labels = { [labelKeys.kind]: "container", ...wanted };
    const running = await listScoped(this.#client, this.#scope, labels, ["running"]);
    if (sandboxId === undefined) this.#forgetAllBut(new Set(running.map((info) => info.Id)));
    const readings = await mapLimited(running, readingsMax, (info) => this.#readOne(info));
    return readings.filter((reading) => reading !== undefined);
  }

  /** Undefined when the container has ended meanwhile. */
  async #readOne({ Id, Labels }: ContainerInfo): Promise<ContainerStats | undefined> {
    try {
      const paths = this.#paths.get(Id) ?? (await this.#findPaths(Id));
      return {
        containerId: Id,
        sandboxId: Labels[labelKeys.sandboxId] ?? "",
        name: Labels[labelKeys.containerName] ?? "",
        timeMs: this.#clock.now(),
        ...(await readCgroupUsage(paths)),
      };
    } catch {
      this.#paths.delete(Id);
      return undefined;
    }
  }

  async #findPaths(id: string): Promise<CgroupPaths> {
    const container = this.#client.docker.getContainer(id);
    const info = await this.#client.call("inspect container", (abortSignal) => container.inspect({ abortSignal }));
    const paths = await cgroupPathsOf(info.State.Pid);
    this.#paths.set(id, paths);
    return paths;
  }

  #forgetAllBut(ids: ReadonlySet<string>): void {
    for (const id of this.#paths.keys()) if (!ids.has(id)) this.#paths.delete(id);
  }
}
