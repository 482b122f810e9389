import { Readable } from "node:stream";
import { systemClock } from "../../../../lib/base/clock.ts";
import { busyboxLayer } from "../test-busybox.ts";
import { createDockerClient, defaultSocketPath, tolerate } from "./docker-client.ts";
import { importImage } from "./image-import.ts";

/** An image for the tests of this process, made of Debian's static busybox; its command is `sh`. */
export const testImage = `typernetes-test/busybox:${process.pid}`;

/** Puts `testImage` into Docker unless it is there; whoever calls it calls `removeTestImage` in the end. @throws when busybox-static is not installed. */
export async function ensureTestImage(socketPath = defaultSocketPath): Promise<string> {
  const client = createDockerClient(socketPath, systemClock);
  const found = await client.docker.listImages({ filters: { reference: [testImage] } });
  if (found.length > 0) return testImage;
  const archive = await busyboxLayer();
  await importImage(client, testImage, Readable.from([archive]), ['CMD ["/bin/sh"]', "ENV PATH=/bin"]);
  return testImage;
}

/** Removes `testImage` from Docker. */
export async function removeTestImage(socketPath = defaultSocketPath): Promise<void> {
  const client = createDockerClient(socketPath, systemClock);
  await tolerate(
    [404],
    client.call("remove image", () => client.docker.getImage(testImage).remove({ force: true })),
  );
}
