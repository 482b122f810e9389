import type { Readable } from "node:stream";
import { removeForce } from "./container-verbs.ts";
import { type DockerClient, dockerStatus } from "./docker-client.ts";
import { labelKeys, type Scope } from "./labels.ts";

const blockBytes = 512;
/** No list of users is larger. */
const bytesMax = 1024 * 1024;

/** The first group of a user, named or numbered, as the image's own list of users says; 0 where it does not. */
export async function primaryGroup(client: DockerClient, scope: Scope, image: string, user: string): Promise<number> {
  const Labels = { [labelKeys.cluster]: scope.cluster, [labelKeys.node]: scope.nodeName };
  const container = await client.call("look into image", () =>
    client.docker.createContainer({ Image: image, Cmd: ["none"], Labels, NetworkDisabled: true }),
  );
  try {
    const accounts = await readFile(client, container.id, "/etc/passwd");
    const fields = accounts.split("\n").map((line) => line.split(":"));
    const [, , , group] = fields.find(([name, , uid]) => name === user || uid === user) ?? [];
    return Number(group ?? 0);
  } finally {
    await removeForce(client, container.id);
  }
}

/** A file of a container that never ran; empty when it has none. */
async function readFile(client: DockerClient, container: string, path: string): Promise<string> {
  try {
    const archive = await client.open(
      "read from image",
      `/containers/${container}/archive`,
      { path },
      AbortSignal.timeout(60_000),
    );
    return firstFile(await collect(archive));
  } catch (error) {
    if (dockerStatus(error) === 404) return "";
    throw error;
  }
}

async function collect(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new Error("the image's list of users is too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The text of a tar archive's first entry. */
function firstFile(archive: Buffer): string {
  const size = Number.parseInt(archive.toString("latin1", 124, 136), 8) || 0;
  return archive.toString("utf8", blockBytes, blockBytes + size);
}
