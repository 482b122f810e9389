import { type Container, ContainerState } from "../../../../gen/runtime/v1/container.ts";
import type { Clock } from "../../../../lib/base/clock.ts";
import { type CgroupPaths, cgroupPathsOf, readCgroupUsage } from "../cgroup-usage.ts";
import type { ContainerStats } from "../runtime.ts";
import type { Containers } from "./containers.ts";

/** Use of resources, read from the kernel: what runtimes tell is seconds old and does not count processes. */
export class StatsReader {
  readonly #containers: Containers;
  readonly #clock: Clock;
  readonly #paths = new Map<string, CgroupPaths>();

  constructor(containers: Containers, clock: Clock) {
    this.#containers = containers;
    this.#clock = clock;
  }

  /** One reading per running container of one sandbox, or of the node. */
  async read(sandboxId?: string): Promise<ContainerStats[]> {
    const listed = await this.#containers.listed(sandboxId);
    const running = listed.filter(({ state }) => state === ContainerState.CONTAINER_RUNNING);
    if (sandboxId === undefined) this.#forgetAllBut(new Set(running.map(({ id = "" }) => id)));
    const readings = await Promise.all(running.map((container) => this.#readOne(container)));
    return readings.filter((reading) => reading !== undefined);
  }

  /** Undefined when the container has ended meanwhile. */
  async #readOne({ id = "", podSandboxId = "", metadata }: Container): Promise<ContainerStats | undefined> {
    try {
      const paths = this.#paths.get(id) ?? (await this.#findPaths(id));
      if (!paths) return undefined;
      return {
        containerId: id,
        sandboxId: podSandboxId,
        name: metadata?.name ?? "",
        timeMs: this.#clock.now(),
        ...(await readCgroupUsage(paths)),
      };
    } catch {
      this.#paths.delete(id);
      return undefined;
    }
  }

  async #findPaths(id: string): Promise<CgroupPaths | undefined> {
    const pid = await this.#containers.process(id);
    if (pid === undefined) return undefined;
    const paths = await cgroupPathsOf(pid);
    this.#paths.set(id, paths);
    return paths;
  }

  #forgetAllBut(ids: ReadonlySet<string>): void {
    for (const id of this.#paths.keys()) if (!ids.has(id)) this.#paths.delete(id);
  }
}
