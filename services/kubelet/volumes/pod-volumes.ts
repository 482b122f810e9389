import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Pod, Volume } from "../../../gen/typernetes/core/v1/pod.ts";
import { ConfigError } from "../env/config-error.ts";
import { ReferredObjects } from "../env/referred-objects.ts";
import type { NodeContext } from "../pods/node-context.ts";
import { unmountBelow } from "../runtimes/process/mount-info.ts";
import type { Image } from "../runtimes/runtime.ts";
import { isFilled, writeFilesAtomically } from "./atomic-files.ts";
import { claimedVolume } from "./claims.ts";
import { makeEmptyDir } from "./empty-dir.ts";
import { volumeFiles } from "./file-volumes.ts";
import { hostPath } from "./host-path.ts";
import { ImageVolumes } from "./image-volumes.ts";
import type { ProjectedFile } from "./project-files.ts";
import { apiserverIssuer, ServiceAccountTokens } from "./service-account-tokens.ts";
import type { VolumeContext, VolumePath } from "./volume-context.ts";

/** Sources are looked at again after this time, so that their changes reach pods within a minute. */
const refreshMs = 40_000;

/** Where a pod's volumes are on the node, by name, and what could not be made or refreshed now. */
export interface PreparedVolumes {
  paths: ReadonlyMap<string, VolumePath>;
  failures: { name: string; message: string }[];
}

/** The volumes of one pod. */
export class PodVolumes {
  readonly #node: NodeContext;
  readonly #root: string;
  readonly #tokens: ServiceAccountTokens;
  readonly #images: ImageVolumes;
  readonly #paths = new Map<string, VolumePath>();
  #freshUntilMs = Number.NEGATIVE_INFINITY;
  /** What the downward API showed at the last look. */
  #shown = "";

  constructor(node: NodeContext, podDirectory: string) {
    this.#node = node;
    this.#root = join(podDirectory, "volumes");
    this.#tokens = new ServiceAccountTokens(apiserverIssuer(node));
    this.#images = new ImageVolumes(node.runtime, podDirectory);
  }

  /** Makes what is missing, and refreshes what follows an object: from time to time, or when it is the pod that changed. */
  async prepare(pod: Pod): Promise<PreparedVolumes> {
    const failures: PreparedVolumes["failures"] = [];
    const nowMs = this.#node.clock.monotonic();
    const shown = JSON.stringify([pod.metadata?.labels, pod.metadata?.annotations]);
    if (nowMs < this.#freshUntilMs && shown === this.#shown) return { paths: this.#paths, failures };
    const objects = new ReferredObjects(this.#node.client, pod.metadata?.namespace);
    const context = { node: this.#node, pod, objects, tokens: this.#tokens };
    for (const volume of pod.spec?.volumes ?? []) {
      const { name = "" } = volume;
      // These come with the first container that mounts them.
      if (volume.image) continue;
      try {
        this.#paths.set(name, await this.#prepare(context, volume));
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        failures.push({ name, message: error.message });
        await this.#keepFilled(volume);
      }
    }
    if (failures.length === 0) this.#freshUntilMs = nowMs + refreshMs;
    this.#shown = shown;
    return { paths: this.#paths, failures };
  }

  /** Makes a volume that is an image; `find` gets it, unless that was done before. @throws ConfigError, RuntimeError */
  async mountImage(name: string, find: () => Promise<Image>): Promise<void> {
    this.#paths.set(name, { path: await this.#images.path(name, find), readOnly: true, isSealed: true });
  }

  /** Gives back what the volumes take of the node, once no container of the pod will run again. */
  async release(): Promise<void> {
    if (!existsSync(this.#root)) return;
    // Whatever is mounted there is somebody else's.
    await unmountBelow(dirname(this.#root));
    await rm(this.#root, { recursive: true, force: true });
    this.#paths.clear();
  }

  async #prepare(context: VolumeContext, volume: Volume): Promise<VolumePath> {
    const { name = "", persistentVolumeClaim, ephemeral, emptyDir = {} } = volume;
    if (volume.hostPath) return { path: await hostPath(volume.hostPath), readOnly: false };
    // A claim that was bound once stays so; the pod need not notice that its binding is being taken away.
    if (persistentVolumeClaim || ephemeral) return this.#paths.get(name) ?? claimedVolume(context, volume);
    const path = this.#pathOf(volume);
    const files = await volumeFiles(context, volume);
    if (!files) {
      await makeEmptyDir(path, context.pod, emptyDir);
      return { path, readOnly: false };
    }
    const group = context.pod.spec?.securityContext?.fsGroup;
    await writeFilesAtomically(path, readableBy(group, files), group);
    return { path, readOnly: true };
  }

  /** A volume that an earlier look, or an earlier kubelet, has filled stays as it is when its source has gone. */
  async #keepFilled(volume: Volume): Promise<void> {
    const path = this.#pathOf(volume);
    if (await isFilled(path)) this.#paths.set(volume.name ?? "", { path, readOnly: true });
  }

  #pathOf({ name = "", configMap, secret, downwardAPI, projected }: Volume): string {
    const kind = configMap
      ? "configmap"
      : secret
        ? "secret"
        : downwardAPI
          ? "downward-api"
          : projected
            ? "projected"
            : "empty-dir";
    return join(this.#root, kind, name);
  }
}

/** With a group for the pod's files, that group may read them. */
function readableBy(group: number | undefined, files: ProjectedFile[]): ProjectedFile[] {
  return group === undefined ? files : files.map((file) => ({ ...file, mode: file.mode | 0o440 }));
}
