import type { ContainerCreateOptions, ContainerInfo, ContainerInspectInfo } from "dockerode";
import { RuntimeError } from "../runtime.ts";
import { type DockerClient, dockerMessage, dockerStatus, tolerate } from "./docker-client.ts";
import { type Labels, type Scope, scopeFilter } from "./labels.ts";

/** This node's containers (sandboxes among them) with all of `labels`, in one of Docker's `states`, or any. */
export function listScoped(
  client: DockerClient,
  scope: Scope,
  labels: Labels,
  states?: string[],
): Promise<ContainerInfo[]> {
  const filters = { label: scopeFilter(scope, labels), ...(states ? { status: states } : {}) };
  return client.call("list containers", (abortSignal) =>
    client.docker.listContainers({ all: true, filters, abortSignal }),
  );
}

/** Creates a container; one of the same name that does not run is the rest of an earlier try, and goes. */
export async function createReplacing(
  client: DockerClient,
  name: string,
  options: ContainerCreateOptions,
): Promise<string> {
  try {
    return await create(client, name, options);
  } catch (error) {
    if (dockerStatus(error) !== 409) throw error;
    const rest = await inspectUnlessGone(client, name);
    if (rest?.State.Running) throw new RuntimeError("InvalidConfig", dockerMessage(error), { cause: error });
    if (rest) await removeForce(client, rest.Id);
    return create(client, name, options);
  }
}

/** Undefined when a removal that was under way has ended meanwhile. */
async function inspectUnlessGone(client: DockerClient, name: string): Promise<ContainerInspectInfo | undefined> {
  try {
    return await client.call("inspect container", () => client.docker.getContainer(name).inspect());
  } catch (error) {
    if (dockerStatus(error) === 404) return undefined;
    throw error;
  }
}

async function create(client: DockerClient, name: string, options: ContainerCreateOptions): Promise<string> {
  // Not dockerode's own method: it repeats all options, environment and all, in the URL.
  const answer = await client.post("create container", "/containers/create", { name }, options);
  if (typeof answer === "object" && answer !== null && "Id" in answer && typeof answer.Id === "string")
    return answer.Id;
  throw new RuntimeError("Unavailable", "create container: Docker's answer has no Id");
}

/** SIGKILL; answers when the container has ended. One that does not run or exist is fine. */
export function killContainer(client: DockerClient, id: string): Promise<void> {
  const request = client.call("kill container", () => client.docker.getContainer(id).kill({ signal: "SIGKILL" }));
  return tolerate([404, 409], request);
}

/** Kills and removes; answers when it is gone. One that does not exist is fine. */
export async function removeForce(client: DockerClient, id: string): Promise<void> {
  const container = client.docker.getContainer(id);
  try {
    await client.call("remove container", () => container.remove({ force: true, v: true }));
  } catch (error) {
    const status = dockerStatus(error);
    if (status === 404) return;
    if (status !== 409) throw error;
    // Someone else's removal is under way.
    const wait = client.call("wait for removal", (abortSignal) =>
      container.wait({ condition: "removed", abortSignal }),
    );
    await tolerate([404], wait);
  }
}

/** The container's stop signal, then SIGKILL after `timeoutSeconds`. One that does not run or exist is fine. */
export function stopContainer(client: DockerClient, id: string, timeoutSeconds: number): Promise<void> {
  const deadlineMs = (timeoutSeconds + 60) * 1000;
  const stop = client.call(
    "stop container",
    (abortSignal) => client.docker.getContainer(id).stop({ t: Math.max(0, Math.ceil(timeoutSeconds)), abortSignal }),
    deadlineMs,
  );
  return tolerate([304, 404], stop);
}

/** Runs `work` on each of `items`, at most `width` at a time; answers in their order. */
export async function mapLimited<T, R>(items: T[], width: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index];
      if (item !== undefined) results[index] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
  return results;
}
