import type { ContainerStatus, Runtime, SandboxStatus } from "../runtimes/runtime.ts";

/** One pod as its runtime has it. */
export interface ObservedPod {
  /** The newest sandbox. */
  sandbox: SandboxStatus | undefined;
  /** Sandboxes before it. */
  olderSandboxes: SandboxStatus[];
  /** Containers of all sandboxes by name, newest attempt first. */
  containers: Map<string, ContainerStatus[]>;
}

interface Listing {
  sandboxes: ReadonlyMap<string, SandboxStatus[]>;
  containers: ReadonlyMap<string, ContainerStatus[]>;
}

/**
 * What the runtime runs. However many pods look at once, the runtime is asked by one list at a time: who asks while a list
 * is on its way shares the next.
 */
export class RuntimeView {
  readonly #runtime: Pick<Runtime, "listSandboxes" | "listContainers">;
  #waiting: Promise<Listing> | undefined;
  #asking: Promise<unknown> = Promise.resolve();
  #podOfSandbox: ReadonlyMap<string, string> = new Map();

  constructor(runtime: Pick<Runtime, "listSandboxes" | "listContainers">) {
    this.#runtime = runtime;
  }

  /** A pod as it is at the time of the call or later. */
  async pod(uid: string): Promise<ObservedPod> {
    const { sandboxes, containers } = await this.#list();
    const [sandbox, ...olderSandboxes] = sandboxes.get(uid) ?? [];
    const all = (sandboxes.get(uid) ?? []).flatMap(({ id }) => containers.get(id) ?? []);
    const byName = groupBy(all, ({ name }) => name);
    for (const attempts of byName.values()) attempts.sort(newerContainer);
    return { sandbox, olderSandboxes, containers: byName };
  }

  /** The sandboxes of every pod, by the pod's uid, newest first. */
  async sandboxesByPod(): Promise<ReadonlyMap<string, SandboxStatus[]>> {
    return (await this.#list()).sandboxes;
  }

  /** The pod that a sandbox belongs to, as of the last look. */
  podOf(sandboxId: string): string | undefined {
    return this.#podOfSandbox.get(sandboxId);
  }

  #list(): Promise<Listing> {
    this.#waiting ??= this.#askInTurn();
    return this.#waiting;
  }

  async #askInTurn(): Promise<Listing> {
    await this.#asking;
    this.#waiting = undefined;
    const listing = this.#ask();
    this.#asking = listing.catch(() => {});
    return listing;
  }

  async #ask(): Promise<Listing> {
    const [sandboxes, containers] = await Promise.all([this.#runtime.listSandboxes(), this.#runtime.listContainers()]);
    this.#podOfSandbox = new Map(sandboxes.map(({ id, pod }) => [id, pod.uid]));
    const byPod = groupBy(sandboxes, ({ pod }) => pod.uid);
    for (const ofPod of byPod.values()) ofPod.sort((left, right) => right.attempt - left.attempt);
    return { sandboxes: byPod, containers: groupBy(containers, ({ sandboxId }) => sandboxId) };
  }
}

/** The newest container of a name. */
export function newest(observed: ObservedPod, name: string): ContainerStatus | undefined {
  return observed.containers.get(name)?.[0];
}

/** The newest container of a name in the present sandbox. */
export function current(observed: ObservedPod, name: string): ContainerStatus | undefined {
  const container = newest(observed, name);
  return container && container.sandboxId === observed.sandbox?.id ? container : undefined;
}

/** Containers that run, of all sandboxes. */
export function runningContainers(observed: ObservedPod): ContainerStatus[] {
  return [...observed.containers.values()].flat().filter((container) => container.state === "Running");
}

/** Where the pod is reached from its node; pods in the node's network share its address. */
export function podIP(place: { internalIP: string }, observed: ObservedPod): string {
  return observed.sandbox?.ips[0] ?? place.internalIP;
}

function newerContainer(left: ContainerStatus, right: ContainerStatus): number {
  return right.attempt - left.attempt || right.createdAtMs - left.createdAtMs;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}
