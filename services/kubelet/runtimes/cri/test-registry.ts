import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { RegistryCredentials } from "../runtime.ts";

/** A registry of one image, on this machine, that lets in only who shows `credentials`. */
export interface TestRegistry {
  /** The image's name in it. */
  image: string;
  stop(): Promise<void>;
}

const manifestType = "application/vnd.docker.distribution.manifest.v2+json";

/** Serves an image of one layer, as a registry does. */
export async function startTestRegistry(layer: Buffer, credentials: RegistryCredentials): Promise<TestRegistry> {
  const config = Buffer.from(
    JSON.stringify({
      ...{ architecture: process.arch === "arm64" ? "arm64" : "amd64", os: "linux", config: { Cmd: ["sh"] } },
      rootfs: { type: "layers", diff_ids: [digestOf(layer)] },
    }),
  );
  const manifest = Buffer.from(
    JSON.stringify({
      ...{ schemaVersion: 2, mediaType: manifestType },
      config: described("application/vnd.docker.container.image.v1+json", config),
      layers: [described("application/vnd.docker.image.rootfs.diff.tar", layer)],
    }),
  );
  const blobs = new Map([manifest, config, layer].map((blob) => [digestOf(blob), blob]));
  const wanted = `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64")}`;
  const server = createServer((request, response) => {
    const reference = (request.url ?? "").split("/").at(-1) ?? "";
    const blob = reference === "1" ? manifest : blobs.get(reference);
    if (request.headers.authorization !== wanted) {
      response.writeHead(401, { "www-authenticate": 'Basic realm="test"' }).end();
    } else if (!blob) {
      response.writeHead(request.url === "/v2/" ? 200 : 404).end();
    } else {
      const type = blob === manifest ? manifestType : "application/octet-stream";
      const headers = { "content-type": type, "content-length": blob.length, "docker-content-digest": digestOf(blob) };
      response.writeHead(200, headers).end(request.method === "HEAD" ? undefined : blob);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { image: `${addressOf(server)}/private/app:1`, stop: () => stopServer(server) };
}

function described(mediaType: string, blob: Buffer) {
  return { mediaType, size: blob.length, digest: digestOf(blob) };
}

function digestOf(blob: Buffer): string {
  return `sha256:${createHash("sha256").update(blob).digest("hex")}`;
}

function addressOf(server: Server): string {
  const { address, port }: AddressInfo = Object(server.address());
  return `${address}:${port}`;
}

async function stopServer(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
}
