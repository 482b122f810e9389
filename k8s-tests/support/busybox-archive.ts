import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { mustRun } from "./program.ts";

const applets =
  "awk cat chmod cp cut date dd df echo env expr grep head hostname id kill ln ls mkdir mount mv nc printf ps pwd readlink rm sed seq sh sleep sort stat sync tail test touch tr true umount uname vi wc wget";

/** What an image of busybox has besides it. */
export interface ImageContents {
  /** Texts by absolute path. */
  files?: Record<string, string>;
  config?: object;
}

/**
 * Writes an archive as of `docker save`, with one image of Debian's static busybox: no registry is asked. Its command is a
 * long sleep unless `config` has another.
 */
export async function writeBusyboxArchive(archive: string, name: string, contents: ImageContents = {}): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "typernetes-busybox-"));
  try {
    const root = join(folder, "root");
    for (const path of ["bin", "tmp"]) mkdirSync(join(root, path), { recursive: true });
    copyFileSync("/bin/busybox", join(root, "bin/busybox"));
    chmodSync(join(root, "bin/busybox"), 0o755);
    chmodSync(join(root, "tmp"), 0o1777);
    for (const applet of applets.split(" ")) symlinkSync("busybox", join(root, "bin", applet));
    for (const [path, text] of Object.entries(contents.files ?? {})) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    const layer = join(folder, "layer.tar");
    await mustRun("tar", ["-c", "-f", layer, "--owner=0", "--group=0", "-C", root, "."]);
    const digest = createHash("sha256").update(readFileSync(layer)).digest("hex");
    const config = { Cmd: ["/bin/sleep", "2147483647"], Env: ["PATH=/bin"], ...contents.config };
    const rootfs = { type: "layers", diff_ids: [`sha256:${digest}`] };
    const architecture = process.arch === "arm64" ? "arm64" : "amd64";
    writeFileSync(join(folder, "config.json"), JSON.stringify({ architecture, os: "linux", config, rootfs }));
    const manifest = [{ Config: "config.json", RepoTags: [name], Layers: ["layer.tar"] }];
    writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
    await mustRun("tar", ["-c", "-f", archive, "-C", folder, "config.json", "layer.tar", "manifest.json"]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
