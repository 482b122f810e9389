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

/** Looks up a pod's sandboxes and containers. */
export async function observePod(runtime: Runtime, uid: string, sandboxIds: Iterable<string>): Promise<ObservedPod> {
  const wanted = new Set(sandboxIds);
  if (wanted.size === 0) return { sandbox: undefined, olderSandboxes: [], containers: new Map() };
  const sandboxes = (await runtime.listSandboxes()).filter((sandbox) => sandbox.pod.uid === uid);
  sandboxes.sort((left, right) => right.attempt - left.attempt);
  const [sandbox, ...olderSandboxes] = sandboxes;
  const listed = await Promise.all(sandboxes.map(({ id }) => runtime.listContainers(id)));
  const containers = new Map<string, ContainerStatus[]>();
  for (const container of listed.flat())
    containers.set(container.name, [...(containers.get(container.name) ?? []), container]);
  for (const attempts of containers.values())
    attempts.sort((left, right) => right.attempt - left.attempt || right.createdAtMs - left.createdAtMs);
  return { sandbox, olderSandboxes, containers };
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
