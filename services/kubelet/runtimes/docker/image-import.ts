import type { Readable } from "node:stream";
import { RuntimeError } from "../runtime.ts";
import type { DockerClient } from "./docker-client.ts";
import { readProgress } from "./progress.ts";

/** Makes an image of one layer from a tar archive; `changes` are Dockerfile instructions such as `CMD […]`. */
export async function importImage(
  client: DockerClient,
  image: string,
  archive: Readable,
  changes: string[],
): Promise<void> {
  const separator = image.lastIndexOf(":");
  const options = { repo: image.slice(0, separator), tag: image.slice(separator + 1), changes };
  await client.call(`import image ${image}`, async () => {
    const progress = await client.docker.importImage(archive, options);
    const failure = await readProgress(progress);
    if (failure !== undefined) throw new RuntimeError("Unavailable", `import image ${image}: ${failure}`);
  });
}
