import type { Image as CriImage } from "../../../../gen/runtime/v1/image.ts";
import { type Image, type RegistryCredentials, RuntimeError } from "../runtime.ts";
import { type CriClient, imageMethods, isRefusal, unlessGone } from "./cri-client.ts";
import { settingsOf } from "./verbose-info.ts";

/** The largest image over a slow line. */
const pullMsMax = 3_600_000;

/** The node's images, as its container runtime has them. */
export class Images {
  readonly #client: CriClient;
  #sandboxImage: Promise<string | undefined> | undefined;

  constructor(client: CriClient) {
    this.#client = client;
  }

  async list(): Promise<Image[]> {
    const [{ images = [] }, sandboxImage] = await Promise.all([
      this.#client.image(imageMethods.listImages, {}),
      this.#askSandboxImage(),
    ]);
    return images.map((image) => imageOf(image, sandboxImage));
  }

  async status(image: string): Promise<Image | undefined> {
    const found = await this.find(image);
    return found && imageOf(found, await this.#askSandboxImage());
  }

  /** The image as the runtime tells it. */
  async find(image: string): Promise<CriImage | undefined> {
    try {
      return (await this.#client.image(imageMethods.imageStatus, { image: { image } })).image;
    } catch (error) {
      // Not a name that any image could have.
      if (isRefusal(error)) return undefined;
      throw error;
    }
  }

  async pull(image: string, credentials?: RegistryCredentials): Promise<Image> {
    const { imageRef = image } = await this.#fetch(image, credentials);
    const pulled = (await this.status(imageRef)) ?? (await this.status(image));
    if (pulled) return pulled;
    throw new RuntimeError("PullFailed", `image ${image} is gone right after its pull`);
  }

  remove(image: string): Promise<void> {
    return unlessGone(this.#client.image(imageMethods.removeImage, { image: { image } }));
  }

  /** Where images and writable layers lie. */
  async directory(): Promise<string | undefined> {
    const { imageFilesystems = [] } = await this.#client.image(imageMethods.imageFsInfo, {});
    return imageFilesystems[0]?.fsId?.mountpoint;
  }

  async #fetch(image: string, auth: RegistryCredentials | undefined) {
    try {
      const request = { image: { image }, ...(auth ? { auth } : {}) };
      return await this.#client.image(imageMethods.pullImage, request, pullMsMax);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const { code, message } = error;
      throw new RuntimeError(code === "NotFound" ? "ImageNotFound" : "PullFailed", `pull image ${image}: ${message}`, {
        cause: error,
      });
    }
  }

  #askSandboxImage(): Promise<string | undefined> {
    this.#sandboxImage ??= settingsOf(this.#client).then(({ sandboxImage }) => sandboxImage);
    this.#sandboxImage.catch(() => {
      this.#sandboxImage = undefined;
    });
    return this.#sandboxImage;
  }
}

/** The image of sandboxes is of no container's, and is needed all the same. */
function imageOf(image: CriImage, sandboxImage: string | undefined): Image {
  const { id = "", repoTags: tags = [], repoDigests: digests = [], size: sizeBytes = 0, uid, pinned } = image;
  const isSandbox =
    sandboxImage !== undefined && tags.some((tag) => tag === sandboxImage || tag.endsWith(`/${sandboxImage}`));
  return {
    id,
    tags,
    digests,
    sizeBytes,
    ...(uid === undefined ? {} : { user: uid.value ?? 0 }),
    ...(uid === undefined && image.username ? { username: image.username } : {}),
    ...(pinned || isSandbox ? { pinned: true } : {}),
  };
}
