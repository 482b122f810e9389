import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type ImageLayers, mountLayers } from "../mount-layers.ts";
import { ImageStore } from "../process/image-store.ts";
import { RuntimeError } from "../runtime.ts";
import { type DockerClient, dockerStatus } from "./docker-client.ts";

const exportDeadlineMs = 600_000;

/** Shows an image's files at an empty directory. @throws RuntimeError `ImageNotFound`, `InvalidConfig` */
export async function mountDockerImage(client: DockerClient, image: string, directory: string): Promise<void> {
  const layers = (await ownLayers(client, image)) ?? (await copiedLayers(client, image, `${directory}.layers`));
  await mountLayers(layers, directory);
}

/** The layers as Docker itself has them; undefined where it keeps them in another way, or elsewhere. */
async function ownLayers(client: DockerClient, image: string): Promise<ImageLayers | undefined> {
  const { GraphDriver } = await inspect(client, image);
  if (GraphDriver?.Name !== "overlay2") return undefined;
  const { UpperDir = "", LowerDir = "" }: Record<string, string> = { ...GraphDriver.Data };
  const directories = [UpperDir, ...LowerDir.split(":")].filter((path) => path !== "");
  const [first] = directories;
  if (first === undefined) return undefined;
  const links = directories.map((path) => join(dirname(path), "link"));
  if (!links.every((path) => existsSync(path))) return undefined;
  const layers = links.map((path) => `l/${readFileSync(path, "utf8").trim()}`);
  return { root: dirname(dirname(first)), layers };
}

/** The layers, copied to a directory of their own. @throws RuntimeError `ImageNotFound` */
export async function copiedLayers(client: DockerClient, image: string, directory: string): Promise<ImageLayers> {
  const store = new ImageStore(directory);
  const { Id } = await inspect(client, image);
  const late = AbortSignal.timeout(exportDeadlineMs);
  await store.load(await client.open("export image", `/images/${Id}/get`, {}, late));
  const [contents] = store.list();
  if (!contents) throw new RuntimeError("InvalidConfig", `image ${image} has nothing to show`);
  return { root: contents.layersDir, layers: contents.layers };
}

async function inspect(client: DockerClient, image: string) {
  try {
    return await client.call("inspect image", () => client.docker.getImage(image).inspect());
  } catch (error) {
    if (dockerStatus(error) !== 404) throw error;
    throw new RuntimeError("ImageNotFound", `image ${image} is not on this node`, { cause: error });
  }
}
