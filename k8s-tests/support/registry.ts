import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { digestOf, type SimpleImage } from "./busybox-image.ts";

const manifestType = "application/vnd.docker.distribution.manifest.v2+json";
const configType = "application/vnd.docker.container.image.v1+json";
const layerType = "application/vnd.docker.image.rootfs.diff.tar.gzip";

interface Repository {
  manifest: Buffer;
  digest: string;
  blobs: Map<string, Buffer>;
}

/** A registry of images on loopback; each repository has one image, with the tag `1`. */
export class Registry {
  /** What was asked for, such as `HEAD open/manifests/1`, and was answered. */
  readonly served: string[] = [];
  readonly #authorization: string | undefined;
  readonly #repositories = new Map<string, Repository>();
  readonly #server: Server = createServer((request, response) => {
    const { method = "", url = "" } = request;
    const [, name = "", kind = "", reference = ""] = /^\/v2\/([^/]+)\/(manifests|blobs)\/(.+)$/.exec(url) ?? [];
    if (this.#authorization && request.headers.authorization !== this.#authorization) {
      response.writeHead(401, { "www-authenticate": 'Basic realm="test"' }).end();
      return;
    }
    const repository = this.#repositories.get(name);
    const isTag = kind === "manifests" && (reference === "1" || reference === repository?.digest);
    const found = isTag ? repository?.manifest : repository?.blobs.get(reference);
    if (!found) {
      response.writeHead(url === "/v2/" ? 200 : 404).end();
      return;
    }
    this.served.push(`${method} ${name}/${kind}/${reference}`);
    const type = isTag ? manifestType : "application/octet-stream";
    const headers = { "content-type": type, "content-length": found.length, "docker-content-digest": digestOf(found) };
    response.writeHead(200, headers).end(method === "HEAD" ? undefined : found);
  });

  /** `login` is `user:password`; nobody is asked for it when absent. */
  constructor(login?: string) {
    if (login) this.#authorization = `Basic ${Buffer.from(login).toString("base64")}`;
  }

  /** Adds an image; answers its name, with its tag. */
  add(repository: string, { layer, config }: SimpleImage): string {
    const zipped = gzipSync(layer, { level: 1 });
    const described = (mediaType: string, blob: Buffer) => ({ mediaType, size: blob.length, digest: digestOf(blob) });
    const manifest = Buffer.from(
      JSON.stringify({
        ...{ schemaVersion: 2, mediaType: manifestType },
        config: described(configType, config),
        layers: [described(layerType, zipped)],
      }),
    );
    const blobs = new Map([config, zipped].map((blob) => [digestOf(blob), blob]));
    this.#repositories.set(repository, { manifest, digest: digestOf(manifest), blobs });
    return `${this.address}/${repository}:1`;
  }

  get address(): string {
    const { address, port }: AddressInfo = Object(this.#server.address());
    return `${address}:${port}`;
  }

  async start(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}
