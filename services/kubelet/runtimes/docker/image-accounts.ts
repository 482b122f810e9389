import type { Readable } from "node:stream";
import { removeForce } from "./container-verbs.ts";
import { type DockerClient, dockerStatus } from "./docker-client.ts";
import { labelKeys, type Scope } from "./labels.ts";

const blockBytes = 512;
/** No list of users is larger. */
const bytesMax = 1024 * 1024;
/** Images whose lists are remembered. */
const imagesMax = 200;

/** What an image says of a user. */
export interface Account {
  /** The first group; 0 for a user of whom the image says nothing. */
  group: number;
  /** Further groups that the user is a member of. */
  groups: number[];
}

interface Lists {
  users: string[][];
  groups: string[][];
}

/** Users and groups, as images list them in `/etc/passwd` and `/etc/group`. */
export class ImageAccounts {
  readonly #client: DockerClient;
  readonly #scope: Scope;
  readonly #known = new Map<string, Promise<Lists>>();

  constructor(client: DockerClient, scope: Scope) {
    this.#client = client;
    this.#scope = scope;
  }

  /** A user, named or numbered, of an image that is there. */
  async account(imageId: string, user: string): Promise<Account> {
    const { users, groups } = await this.#lists(imageId);
    const [name, , , group] = users.find(([own, , uid]) => own === user || uid === user) ?? [];
    const member = groups.filter(([, , , members = ""]) => name !== undefined && members.split(",").includes(name));
    return { group: Number(group ?? 0), groups: member.map(([, , id]) => Number(id)) };
  }

  #lists(imageId: string): Promise<Lists> {
    const known = this.#known.get(imageId) ?? this.#read(imageId);
    if (this.#known.size >= imagesMax) this.#known.clear();
    this.#known.set(imageId, known);
    known.catch(() => this.#known.delete(imageId));
    return known;
  }

  /** From a container that never runs: nothing else shows an image's files. */
  async #read(Image: string): Promise<Lists> {
    const { docker } = this.#client;
    const Labels = { [labelKeys.cluster]: this.#scope.cluster, [labelKeys.node]: this.#scope.nodeName };
    const { id } = await this.#client.call("look into image", () =>
      docker.createContainer({ Image, Cmd: ["none"], Labels, NetworkDisabled: true }),
    );
    try {
      return { users: await this.#table(id, "/etc/passwd"), groups: await this.#table(id, "/etc/group") };
    } finally {
      await removeForce(this.#client, id);
    }
  }

  /** The fields of a file's lines; none when there is no such file. */
  async #table(container: string, path: string): Promise<string[][]> {
    const signal = AbortSignal.timeout(60_000);
    try {
      const archive = await this.#client.open("read image", `/containers/${container}/archive`, { path }, signal);
      const text = firstFile(await collect(archive));
      return text.split("\n").map((line) => line.split(":"));
    } catch (error) {
      if (dockerStatus(error) === 404) return [];
      throw error;
    }
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
