import { readFile } from "node:fs/promises";
import { buildTar } from "./docker/tar-archive.ts";

const busyboxPath = "/bin/busybox";
const applets =
  "ash awk cat chmod chown cp cut date dd df echo env expr false find grep head hostname id ifconfig ip kill ln ls mkdir mount mv nc netstat nslookup ping ps pwd rm sed seq sh sleep sort stat stty tail tar tee test touch tr true umount uname vi wc wget which whoami yes";

/** A root file system made of Debian's static busybox, as a tar archive. @throws when busybox-static is not installed. */
export async function busyboxLayer(): Promise<Buffer> {
  const busybox = await readFile(busyboxPath);
  return buildTar([
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
}
