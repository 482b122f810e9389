import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ConfigError } from "../env/config-error.ts";
import { isMounted } from "../runtimes/process/mount-info.ts";
import type { Image, Runtime } from "../runtimes/runtime.ts";

/** Below a pod's directory: the id of the image behind each volume, in a file with the volume's name. */
const idsFolder = "images";

/** The volumes of one pod that are images: each is found once, and stays as it is as long as the pod. */
export class ImageVolumes {
  readonly #runtime: Runtime;
  readonly #directory: string;
  readonly #mounting = new Map<string, Promise<string>>();

  constructor(runtime: Runtime, podDirectory: string) {
    this.#runtime = runtime;
    this.#directory = podDirectory;
  }

  /** Where a volume's files are. `find` answers the image, with which the volume begins. @throws ConfigError, RuntimeError */
  path(volume: string, find: () => Promise<Image>): Promise<string> {
    const known = this.#mounting.get(volume) ?? this.#mount(volume, find);
    this.#mounting.set(volume, known);
    known.catch(() => this.#mounting.delete(volume));
    return known;
  }

  async #mount(volume: string, find: () => Promise<Image>): Promise<string> {
    const path = join(this.#directory, "volumes", "image", volume);
    if (isMounted(path)) return path;
    const image = await find();
    const { name, mountImage, isHollow } = this.#runtime;
    if (isHollow) return path;
    if (!mountImage) throw new ConfigError(`images are no volumes with the runtime ${name}`);
    await mkdir(path, { recursive: true, mode: 0o755 });
    await mkdir(join(this.#directory, idsFolder), { recursive: true });
    const id = join(this.#directory, idsFolder, volume);
    await writeFile(`${id}.new`, image.id);
    await rename(`${id}.new`, id);
    await mountImage.call(this.#runtime, image.id, path);
    return path;
  }
}

/** The ids of images that volumes of a node's pods show. */
export async function imagesOfVolumes(stateDir: string): Promise<string[]> {
  const pods = join(stateDir, "pods");
  const uids = await readdir(pods).catch(() => []);
  const ids = uids.map(async (uid) => {
    const folder = join(pods, uid, idsFolder);
    const names = await readdir(folder).catch(() => []);
    return Promise.all(names.map((name) => readFile(join(folder, name), "utf8").catch(() => "")));
  });
  return (await Promise.all(ids)).flat();
}
