import { mkdir, readFile } from "node:fs/promises";
import type { ContainerInspectInfo } from "dockerode";
import { userOfProcess } from "../process-user.ts";
import {
  type ContainerConfig,
  type ContainerStatus,
  type Mount,
  type ResourceLimits,
  RuntimeError,
} from "../runtime.ts";
import { type ContainerDefaults, containerOptions, limitUpdate } from "./container-options.ts";
import { containerStatusOf } from "./container-status.ts";
import { createReplacing, listScoped, mapLimited, removeForce, stopContainer } from "./container-verbs.ts";
import { type DockerClient, dockerMessage, dockerStatus } from "./docker-client.ts";
import type { ImageAccounts } from "./image-accounts.ts";
import type { Images } from "./images.ts";
import { dockerName, isOurs, type Labels, labelKeys, type Scope } from "./labels.ts";
import { sandboxFileMounts } from "./sandbox-files.ts";
import type { Sandboxes } from "./sandboxes.ts";

/** Inspections asked of Docker at the same time. */
const inspectionsMax = 8;

export interface ContainersDeps {
  client: DockerClient;
  scope: Scope;
  sandboxes: Sandboxes;
  images: Images;
  accounts: ImageAccounts;
  defaults: Omit<ContainerDefaults, "imageUser">;
}

/** A node's containers. */
export class Containers {
  readonly #deps: ContainersDeps;
  /** What a container is in one of Docker's states never changes, as none is ever restarted: inspected once per state. */
  readonly #known = new Map<string, { dockerState: string; status: ContainerStatus }>();
  /** Docker tells of an end before its lists do: of these it is asked one by one, which waits until the end is complete. */
  readonly #ended = new Set<string>();

  constructor(deps: ContainersDeps) {
    this.#deps = deps;
  }

  async create(sandboxId: string, config: ContainerConfig): Promise<string> {
    const { client, scope, sandboxes } = this.#deps;
    const { pod, filesDirectory, cgroupParent, hostIPC, handler } = await sandboxes.record(sandboxId);
    await makeMissing(config.mounts);
    const mounts = sandboxFileMounts(filesDirectory, config.mounts, config.security.readOnlyRootFilesystem);
    const place = {
      ...{ sandboxId, pod, mounts, hostIPC },
      ...(handler === undefined ? {} : { handler }),
      ...(cgroupParent === undefined ? {} : { cgroupParent }),
    };
    const { seccompProfilePath } = config.security;
    const named = await this.#withGroups(config);
    const options = containerOptions(named, place, scope, {
      ...this.#deps.defaults,
      imageUser: await this.#imageUser(named),
      ...(seccompProfilePath ? { seccompProfile: await readProfile(seccompProfilePath) } : {}),
    });
    try {
      return await createReplacing(client, dockerName(scope, config.name, pod, config.attempt), options);
    } catch (error) {
      throw createFailure(error, config.image);
    }
  }

  async start(id: string): Promise<void> {
    const { client } = this.#deps;
    try {
      await client.call("start container", (abortSignal) => client.docker.getContainer(id).start({ abortSignal }));
    } catch (error) {
      const status = dockerStatus(error);
      if (status === 304) return; // runs already
      const missing = status === 404 && /no such container/i.test(dockerMessage(error));
      if (status === undefined || missing) throw error;
      throw new RuntimeError("StartFailed", dockerMessage(error), { cause: error });
    }
  }

  /** @throws RuntimeError `NotFound`, `InvalidConfig`. */
  async update(id: string, resources: ResourceLimits): Promise<void> {
    const { client } = this.#deps;
    await this.inspect(id);
    try {
      await client.call("update container", () => client.docker.getContainer(id).update(limitUpdate(resources)));
    } catch (error) {
      if (dockerStatus(error) === undefined) throw error;
      throw new RuntimeError("InvalidConfig", dockerMessage(error), { cause: error });
    }
  }

  async stop(id: string, timeoutSeconds: number): Promise<void> {
    await stopContainer(this.#deps.client, id, timeoutSeconds);
    this.noteEnd(id);
  }

  /** Docker has said that a container ended. */
  noteEnd(id: string): void {
    this.#ended.add(id);
  }

  async remove(id: string): Promise<void> {
    await removeForce(this.#deps.client, id);
    this.#known.delete(id);
    this.#ended.delete(id);
  }

  async list(sandboxId?: string): Promise<ContainerStatus[]> {
    const { client, scope } = this.#deps;
    const wanted: Labels = sandboxId === undefined ? {} : { [labelKeys.sandboxId]: sandboxId };
    const infos = await listScoped(client, scope, { [labelKeys.kind]: "container", ...wanted });
    if (sandboxId === undefined) this.#forgetAllBut(new Set(infos.map((info) => info.Id)));
    const statuses = await mapLimited(infos, inspectionsMax, async (info) => {
      const known = this.#known.get(info.Id);
      const isLate = info.State === "running" && this.#ended.has(info.Id);
      return known?.dockerState === info.State && !isLate ? known.status : this.#statusUnlessGone(info.Id);
    });
    return statuses.filter((status) => status !== undefined);
  }

  /** @throws RuntimeError `NotFound`. */
  async status(id: string): Promise<ContainerStatus> {
    const info = await this.inspect(id);
    const user = info.State.Running ? await userOfProcess(info.State.Pid) : this.#known.get(id)?.status.user;
    const known = containerStatusOf(info, await this.#deps.images.identityOf(info.Image));
    const status = user ? { ...known, user } : known;
    // `created` may still turn into "could not be started" without a change of Docker's state.
    if (info.State.Status !== "created") this.#known.set(id, { dockerState: info.State.Status, status });
    return status;
  }

  /** @throws RuntimeError `NotFound`, also for a container that is not this node's. */
  async inspect(id: string): Promise<ContainerInspectInfo> {
    const { client, scope } = this.#deps;
    const info = await client.call("inspect container", (abortSignal) =>
      client.docker.getContainer(id).inspect({ abortSignal }),
    );
    if (isOurs(info.Config.Labels, scope, "container")) return info;
    throw new RuntimeError("NotFound", `no container ${id} on this node`);
  }

  async #statusUnlessGone(id: string): Promise<ContainerStatus | undefined> {
    try {
      return await this.status(id);
    } catch (error) {
      if (error instanceof RuntimeError && error.code === "NotFound") return undefined;
      throw error;
    }
  }

  async #imageUser(config: ContainerConfig): Promise<string> {
    const { runAsUser, runAsGroup } = config.security;
    if (runAsGroup === undefined || runAsUser !== undefined) return "";
    return this.#deps.images.userOf(config.image);
  }

  /** Docker adds the groups that an image gives its user where nobody names the first one, and nowhere else. */
  async #withGroups(config: ContainerConfig): Promise<ContainerConfig> {
    const { images, accounts } = this.#deps;
    const { onlyNamedGroups = false, runAsUser, runAsGroup, supplementalGroups } = config.security;
    if (!onlyNamedGroups && runAsGroup === undefined) return config;
    const imageUser = runAsUser === undefined ? await images.userOf(config.image) : "";
    const [user = "", imageGroup] = imageUser.split(":");
    const isGroupNamed = runAsGroup !== undefined || imageGroup !== undefined;
    if (onlyNamedGroups === isGroupNamed) return config;
    const id = (await images.status(config.image))?.id;
    if (id === undefined) return config;
    const { group, groups } = await accounts.account(id, runAsUser === undefined ? user || "0" : String(runAsUser));
    const change = onlyNamedGroups
      ? { runAsGroup: group }
      : { supplementalGroups: [...new Set([...supplementalGroups, ...groups])] };
    return { ...config, security: { ...config.security, ...change } };
  }

  #forgetAllBut(ids: ReadonlySet<string>): void {
    for (const id of this.#known.keys()) if (!ids.has(id)) this.#known.delete(id);
    for (const id of this.#ended) if (!ids.has(id)) this.#ended.delete(id);
  }
}

/** @throws RuntimeError `InvalidConfig` */
async function readProfile(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new RuntimeError("InvalidConfig", `cannot load seccomp profile "${path}": ${error}`, { cause: error });
  }
}

/** A mount's source that is not there becomes a directory, as with any other runtime. */
async function makeMissing(mounts: Mount[]): Promise<void> {
  await Promise.all(
    mounts.map(({ hostPath }) =>
      mkdir(hostPath, { recursive: true }).catch((error: unknown) => {
        const exists = error instanceof Error && "code" in error && error.code === "EEXIST";
        if (!exists) throw new RuntimeError("InvalidConfig", `mount ${hostPath}: ${error}`, { cause: error });
      }),
    ),
  );
}

function createFailure(error: unknown, image: string): unknown {
  const status = dockerStatus(error);
  const message = dockerMessage(error);
  if (status === 404 && /no such image/i.test(message)) {
    return new RuntimeError("ImageNotFound", `no image ${image} on this node`, { cause: error });
  }
  if (status === 404 || status === 409 || status === 500)
    return new RuntimeError("InvalidConfig", message, { cause: error });
  return error;
}
