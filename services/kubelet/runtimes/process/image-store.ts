import { createHash, randomBytes } from "node:crypto";
import { createReadStream, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { type Image, RuntimeError } from "../runtime.ts";
import { type ArchivedImage, type ImageConfig, readArchive } from "./image-archive.ts";
import { extractTar, type Layer, removeUnusedLayers, unpackLayer } from "./layer-store.ts";
import { writeState } from "./state-file.ts";

/** What a container takes from its image. */
export interface ImageContents {
  image: Image;
  /** Whether the image is the machine's own root. */
  isHost: boolean;
  layersDir: string;
  /** Names of directories in `layersDir`, topmost first. */
  layers: string[];
  entrypoint: string[];
  command: string[];
  env: string[];
  workingDir: string;
  /** As the image names it: `user`, `uid`, `user:group`, …; empty for root. */
  user: string;
  /** Such as `SIGTERM`. */
  stopSignal: string;
}

interface ImageUse {
  imageId: string;
  record: string;
}

/** The name of the image that is the machine's own root. */
export const HOST_IMAGE = "host";

/** The machine's own root as an image; `names` are what it is called. */
export function hostImage(...names: string[]): ImageContents {
  return {
    image: { id: HOST_IMAGE, tags: names, digests: [], sizeBytes: 0 },
    isHost: true,
    layersDir: "/",
    layers: ["/"],
    entrypoint: [],
    command: [],
    env: [],
    workingDir: "/",
    user: "",
    stopSignal: "SIGTERM",
  };
}

/** Images from archives: one file per image, layers unpacked once and shared. */
export class ImageStore {
  readonly #dir: string;
  readonly #layersDir: string;
  readonly #usesDir: string;

  constructor(dir: string) {
    this.#dir = join(dir, "images");
    this.#layersDir = join(dir, "layers");
    this.#usesDir = join(dir, "uses");
    for (const made of [this.#dir, this.#layersDir, this.#usesDir]) mkdirSync(made, { recursive: true });
  }

  list(): ImageContents[] {
    const names = readdirSync(this.#dir).filter((name) => name.endsWith(".json"));
    return names.map((name) => {
      const contents: ImageContents = JSON.parse(readFileSync(join(this.#dir, name), "utf8"));
      return { ...contents, layersDir: this.#layersDir };
    });
  }

  /** By tag, digest or id. */
  find(name: string): ImageContents | undefined {
    const wanted = fullName(name);
    return this.list().find(({ image: { id, tags, digests } }) => {
      return (
        id === name ||
        tags.some((tag) => fullName(tag) === wanted) ||
        digests.some((digest) => fullName(digest) === wanted)
      );
    });
  }

  /**
   * Adds the images of an archive: an OCI image layout or what `docker save` writes, as a path or a stream, compressed
   * by gzip or not. @throws RuntimeError `PullFailed` when it cannot be read; nothing is changed then.
   */
  async load(archive: string | Readable): Promise<Image[]> {
    const draft = join(this.#dir, `.${randomBytes(8).toString("hex")}`);
    mkdirSync(draft);
    try {
      await extractTar(typeof archive === "string" ? createReadStream(archive) : archive, draft);
      const loaded: ImageContents[] = [];
      for (const archived of readArchive(draft)) loaded.push(await this.#unpack(archived));
      for (const contents of loaded) this.#save(contents);
      return loaded.map(({ image }) => image);
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  }

  /** Notes that a container, whose record is the file `record`, has the image; nodes that share the store see it. */
  use(imageId: string, containerId: string, record: string): void {
    const use: ImageUse = { imageId, record };
    writeState(join(this.#usesDir, containerId), use);
  }

  release(containerId: string): void {
    rmSync(join(this.#usesDir, containerId), { force: true });
  }

  /** Removes an image and the layers that no other has. @throws RuntimeError `InvalidConfig` when a container has it. */
  async remove(imageId: string): Promise<void> {
    const user = this.#userOf(imageId);
    if (user) throw new RuntimeError("InvalidConfig", `image ${imageId} is used by container ${user}`);
    rmSync(this.#file(imageId), { force: true });
    await removeUnusedLayers(this.#layersDir, new Set(this.list().flatMap(({ layers }) => layers)));
  }

  /** A container that has the image; those whose record is gone were removed without a word. */
  #userOf(imageId: string): string | undefined {
    for (const containerId of readdirSync(this.#usesDir)) {
      const use: ImageUse = JSON.parse(readFileSync(join(this.#usesDir, containerId), "utf8"));
      if (!existsSync(use.record)) this.release(containerId);
      else if (use.imageId === imageId) return containerId;
    }
    return undefined;
  }

  async #unpack(archived: ArchivedImage): Promise<ImageContents> {
    const bytes = readFileSync(archived.configPath);
    const description: ImageConfig = JSON.parse(bytes.toString());
    const { diff_ids: diffIds } = description.rootfs;
    if (diffIds.length !== archived.layerPaths.length) {
      throw new RuntimeError("PullFailed", "the image's configuration and its manifest name different layers");
    }
    const layers: Layer[] = [];
    for (const [i, path] of archived.layerPaths.entries()) {
      layers.unshift(
        await unpackLayer(
          this.#layersDir,
          path,
          diffIds[i] ?? "",
          layers.map(({ name }) => name),
        ),
      );
    }
    const { Entrypoint, Cmd, Env, WorkingDir, User = "", StopSignal } = description.config ?? {};
    const { tags, manifestDigest } = archived;
    const [user = ""] = (User || "0").split(":");
    const image: Image = {
      id: `sha256:${createHash("sha256").update(bytes).digest("hex")}`,
      tags,
      digests: manifestDigest ? tags.map((tag) => `${repository(tag)}@${manifestDigest}`) : [],
      sizeBytes: layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      ...(/^\d+$/.test(user) ? { user: Number(user) } : { username: user }),
    };
    return {
      image,
      isHost: false,
      layersDir: this.#layersDir,
      layers: layers.map(({ name }) => name),
      entrypoint: Entrypoint ?? [],
      command: Cmd ?? [],
      env: Env ?? [],
      workingDir: WorkingDir || "/",
      user: User,
      stopSignal: StopSignal || "SIGTERM",
    };
  }

  /** A tag belongs to the image that was loaded last. */
  #save(contents: ImageContents): void {
    const taken = new Set(contents.image.tags.map(fullName));
    for (const other of this.list()) {
      const tags = other.image.tags.filter((tag) => !taken.has(fullName(tag)));
      if (other.image.id === contents.image.id) contents.image.tags.push(...tags);
      else if (tags.length < other.image.tags.length) {
        writeState(this.#file(other.image.id), { ...other, image: { ...other.image, tags } });
      }
    }
    writeState(this.#file(contents.image.id), contents);
  }

  #file(imageId: string): string {
    return join(this.#dir, `${imageId.replace(/[^0-9a-z]/gi, "-")}.json`);
  }
}

/** A name as Docker completes it: `busybox` is `docker.io/library/busybox:latest`. */
function fullName(name: string): string {
  const [path = "", digest] = name.split("@");
  const [first = ""] = path.split("/");
  const hasRegistry = path.includes("/") && (/[.:]/.test(first) || first === "localhost");
  const registry = hasRegistry ? path : `docker.io/${path.includes("/") ? path : `library/${path}`}`;
  if (digest) return `${repository(registry)}@${digest}`;
  return registry === repository(registry) ? `${registry}:latest` : registry;
}

/** A name without its tag. */
function repository(name: string): string {
  return name.replace(/:[^/:]*$/, "");
}
