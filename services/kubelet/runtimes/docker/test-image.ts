import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { systemClock } from "../../../../lib/base/clock.ts";
import { createDockerClient, defaultSocketPath, tolerate } from "./docker-client.ts";
import { importImage } from "./image-import.ts";
import { buildTar } from "./tar-archive.ts";

/** An image for the tests of this process, made of Debian's static busybox; its command is `sh`. */
export const testImage = `typernetes-test/busybox:${process.pid}`;

const busyboxPath = "/bin/busybox";
const applets =
  "ash awk cat chmod chown cp cut date dd df echo env expr false find grep head hostname id ifconfig ip kill ln ls mkdir mount mv nc netstat nslookup ping ps pwd rm sed seq sh sleep sort stat stty tail tar tee test touch tr true umount uname vi wc wget which whoami yes";

/** Puts `testImage` into Docker unless it is there; whoever calls it calls `removeTestImage` in the end. @throws when busybox-static is not installed. */
export async function ensureTestImage(socketPath = defaultSocketPath): Promise<string> {
  const client = createDockerClient(socketPath, systemClock);
  const found = await client.docker.listImages({ filters: { reference: [testImage] } });
  if (found.length > 0) return testImage;
  const busybox = await readFile(busyboxPath);
  const archive = buildTar([
    { path: "bin/busybox", mode: 0o755, content: busybox },
    ...applets.split(" ").map((applet) => ({ path: `bin/${applet}`, mode: 0o777, linkTarget: "busybox" })),
    { path: "tmp/", mode: 0o1777 },
    {
      path: "etc/passwd",
      mode: 0o644,
      content: Buffer.from("root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n"),
    },
    { path: "etc/group", mode: 0o644, content: Buffer.from("root:x:0:\nnobody:x:65534:\n") },
  ]);
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
