import type { ImageInspectInfo } from "dockerode";
import type { Clock } from "../../../../lib/base/clock.ts";
import { type Image, type RegistryCredentials, RuntimeError } from "../runtime.ts";
import { mapLimited } from "./container-verbs.ts";
import { type DockerClient, dockerMessage, dockerStatus, tolerate } from "./docker-client.ts";
import { pauseImage } from "./pause-image.ts";
import { readProgress } from "./progress.ts";

/** A pull that reports nothing for this long is given up. */
const pullSilenceMsMax = 120_000;
const inspectionsMax = 8;
/** Images whose identity is remembered. */
const identitiesMax = 1_000;

/** The machine's images, as Docker has them. */
export class Images {
  readonly #client: DockerClient;
  readonly #clock: Clock;
  readonly #identities = new Map<string, string>();

  constructor(client: DockerClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** All but the pause image, which is this runtime's own business. */
  async list(): Promise<Image[]> {
    const { docker } = this.#client;
    const infos = await this.#client.call("list images", (abortSignal) => docker.listImages({ abortSignal }));
    const wanted = infos.filter((info) => !info.RepoTags?.includes(pauseImage));
    const images = await mapLimited(wanted, inspectionsMax, (info) => this.status(info.Id));
    // Right after it was made it has no name yet.
    return images.filter((image) => image !== undefined).filter(({ tags }) => !tags.includes(pauseImage));
  }

  async status(image: string): Promise<Image | undefined> {
    const info = await this.#inspect(image);
    return info && imageOf(info);
  }

  /** As in `imageID`: the digest by which a registry knows the image, else Docker's id. */
  async identityOf(imageId: string): Promise<string> {
    const known = this.#identities.get(imageId);
    if (known !== undefined) return known;
    const info = await this.#inspect(imageId);
    const identity = info?.RepoDigests?.[0] ?? imageId;
    if (this.#identities.size >= identitiesMax) this.#identities.clear();
    this.#identities.set(imageId, identity);
    return identity;
  }

  /** The image's user, with group if it names one; empty when it names none or is not on the node. */
  async userOf(image: string): Promise<string> {
    return (await this.#inspect(image))?.Config.User ?? "";
  }

  async pull(image: string, credentials?: RegistryCredentials): Promise<Image> {
    const failure = await this.#pull(image, credentials);
    if (failure !== undefined) throw pullFailure(image, failure);
    const pulled = await this.status(image);
    if (pulled) return pulled;
    throw new RuntimeError("PullFailed", `image ${image} is gone right after its pull`);
  }

  async remove(imageId: string): Promise<void> {
    const { docker } = this.#client;
    const removal = this.#client.call("remove image", () => docker.getImage(imageId).remove({ force: true }));
    await tolerate([404], removal);
    this.#identities.delete(imageId);
  }

  async #pull(image: string, authconfig: RegistryCredentials | undefined): Promise<string | undefined> {
    const { docker } = this.#client;
    const controller = new AbortController();
    const giveUp = () => controller.abort(new Error(`no progress in ${pullSilenceMsMax} ms`));
    let cancel = this.#clock.schedule(pullSilenceMsMax, giveUp);
    const onProgress = () => {
      cancel();
      cancel = this.#clock.schedule(pullSilenceMsMax, giveUp);
    };
    try {
      const options = { abortSignal: controller.signal, ...(authconfig ? { authconfig } : {}) };
      const stream = await docker.pull(image, options);
      return await readProgress(stream, onProgress);
    } catch (error) {
      return dockerMessage(controller.signal.aborted ? controller.signal.reason : error);
    } finally {
      cancel();
    }
  }

  async #inspect(image: string): Promise<ImageInspectInfo | undefined> {
    const { docker } = this.#client;
    try {
      return await this.#client.call("inspect image", () => docker.getImage(image).inspect());
    } catch (error) {
      // 400: not a name that any image could have.
      if (dockerStatus(error) === 404 || dockerStatus(error) === 400) return undefined;
      throw error;
    }
  }
}

function imageOf(info: ImageInspectInfo): Image {
  const [name = ""] = (info.Config.User ?? "").split(":");
  const user = /^\d+$/.exec(name)?.[0];
  return {
    id: info.Id,
    tags: info.RepoTags ?? [],
    digests: info.RepoDigests ?? [],
    sizeBytes: info.Size,
    ...(user === undefined ? {} : { user: Number(user) }),
    ...(user === undefined && name ? { username: name } : {}),
  };
}

/** Docker says both in words only. */
function pullFailure(image: string, message: string): RuntimeError {
  const missing = /manifest unknown|not found: manifest|does not exist|repository .* not found|not found$/i.test(
    message,
  );
  return new RuntimeError(missing ? "ImageNotFound" : "PullFailed", `pull image ${image}: ${message}`);
}
