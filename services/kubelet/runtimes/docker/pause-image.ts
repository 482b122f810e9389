import { Readable } from "node:stream";
import type { DockerClient } from "./docker-client.ts";
import { dockerStatus } from "./docker-client.ts";
import { importImage } from "./image-import.ts";
import { buildPauseProgram } from "./pause-program.ts";
import { buildTar } from "./tar-archive.ts";

/** What every sandbox runs. Raise the tag when the program changes. */
export const pauseImage = "typernetes/pause:1";

/** Makes the pause image in Docker unless it is there. Needs no registry. */
export async function ensurePauseImage(client: DockerClient): Promise<void> {
  try {
    await client.call(`look for image ${pauseImage}`, () => client.docker.getImage(pauseImage).inspect());
  } catch (error) {
    if (dockerStatus(error) !== 404) throw error;
    await makePauseImage(client);
  }
}

async function makePauseImage(client: DockerClient): Promise<void> {
  const { Arch } = await client.call("ask Docker's version", () => client.docker.version());
  const program = buildPauseProgram(Arch === "arm64" || Arch === "aarch64" ? "arm64" : "amd64");
  const archive = buildTar([{ path: "pause", mode: 0o755, content: program }]);
  await importImage(client, pauseImage, Readable.from([archive]), ['ENTRYPOINT ["/pause"]']);
}
