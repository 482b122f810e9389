import { chmod, chown, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Pod, Volume } from "../../../gen/typernetes/core/v1/pod.ts";
import { ConfigError } from "../env/config-error.ts";
import { allOf, ReferredObjects, secretsOf } from "../env/referred-objects.ts";
import type { NodeContext } from "../pods/node-context.ts";
import { isFilled, writeFilesAtomically } from "./atomic-files.ts";
import { type ProjectedFile, projectFiles } from "./project-files.ts";

/** Sources are looked at again after this time, so that their changes reach pods within a minute. */
const refreshMs = 40_000;

/** Where a pod's volumes are on the node, by name, and what could not be made or refreshed now. */
export interface PreparedVolumes {
  paths: ReadonlyMap<string, string>;
  failures: { name: string; message: string }[];
}

/** The volumes of one pod. */
export class PodVolumes {
  readonly #node: NodeContext;
  readonly #root: string;
  readonly #paths = new Map<string, string>();
  #freshUntilMs = Number.NEGATIVE_INFINITY;

  constructor(node: NodeContext, podDirectory: string) {
    this.#node = node;
    this.#root = join(podDirectory, "volumes");
  }

  /** Makes what is missing, and refreshes from time to time what follows an object. */
  async prepare(pod: Pod): Promise<PreparedVolumes> {
    const failures: PreparedVolumes["failures"] = [];
    const nowMs = this.#node.clock.monotonic();
    if (nowMs < this.#freshUntilMs) return { paths: this.#paths, failures };
    const objects = new ReferredObjects(this.#node.client, pod.metadata?.namespace);
    for (const volume of pod.spec?.volumes ?? []) {
      const { name = "" } = volume;
      try {
        this.#paths.set(name, await this.#prepare(pod, volume, objects));
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        failures.push({ name, message: error.message });
        await this.#keepFilled(volume);
      }
    }
    if (failures.length === 0) this.#freshUntilMs = nowMs + refreshMs;
    return { paths: this.#paths, failures };
  }

  async #prepare(pod: Pod, volume: Volume, objects: ReferredObjects): Promise<string> {
    const path = this.#pathOf(volume);
    const { configMap, secret } = volume;
    const group = pod.spec?.securityContext?.fsGroup;
    if (configMap) {
      const data = allOf(await objects.configMap(configMap));
      const files = projectFiles(data, configMap, "configmap references non-existent config key");
      await writeFilesAtomically(path, readableBy(group, files), group);
    } else if (secret) {
      const data = secretsOf(await objects.secret({ name: secret.secretName, optional: secret.optional }));
      const files = projectFiles(data, secret, "references non-existent secret key");
      await writeFilesAtomically(path, readableBy(group, files), group);
    } else await makeEmptyDir(path, group);
    return path;
  }

  /** A volume that an earlier look, or an earlier kubelet, has filled stays as it is when its source has gone. */
  async #keepFilled(volume: Volume): Promise<void> {
    const path = this.#pathOf(volume);
    if (await isFilled(path)) this.#paths.set(volume.name ?? "", path);
  }

  #pathOf({ name = "", configMap, secret }: Volume): string {
    return join(this.#root, configMap ? "configmap" : secret ? "secret" : "empty-dir", name);
  }
}

/** With a group for the pod's files, that group may read them. */
function readableBy(group: number | undefined, files: ProjectedFile[]): ProjectedFile[] {
  return group === undefined ? files : files.map((file) => ({ ...file, mode: file.mode | 0o440 }));
}

async function makeEmptyDir(path: string, group: number | undefined): Promise<void> {
  const made = await mkdir(path, { recursive: true });
  if (made === undefined) return;
  if (group !== undefined) await chown(path, -1, group);
  await chmod(path, group === undefined ? 0o777 : 0o2777);
}
