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
  "awk cat chmod cp cut date dd df echo env expr grep head hostname id kill ln ls mkdir mount mv nc nslookup printf ps pwd readlink rm sed seq sh sleep sort stat sync tail test touch tr true umount uname vi wc wget";

/** What an image of busybox has besides it. */
export interface ImageContents {
  /** Texts by absolute path. */
  files?: Record<string, string>;
  /** Where links lead, by path from the root. */
  links?: Record<string, string>;
  config?: object;
}

/** An image of one layer: a tar archive, and what is to be done with it. */
export interface SimpleImage {
  layer: Buffer;
  config: Buffer;
}

/** As registries and image layouts name what they hold. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/**
 * An image of Debian's static busybox. Its command is a long sleep unless `config` has another.
 */
export function busyboxImage(contents: ImageContents = {}): Promise<SimpleImage> {
  return inTemporaryFolder(async (folder) => {
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
    for (const [path, target] of Object.entries(contents.links ?? {})) symlinkSync(target, join(root, path));
    const file = join(folder, "layer.tar");
    await mustRun("tar", ["-c", "-f", file, "--owner=0", "--group=0", "-C", root, "."]);
    const layer = readFileSync(file);
    const config = { Cmd: ["/bin/sleep", "2147483647"], Env: ["PATH=/bin"], ...contents.config };
    const rootfs = { type: "layers", diff_ids: [digestOf(layer)] };
    const architecture = process.arch === "arm64" ? "arm64" : "amd64";
    return { layer, config: Buffer.from(JSON.stringify({ architecture, os: "linux", config, rootfs })) };
  });
}

/** Writes an archive as of `docker save` with one such image: no registry is asked. */
export async function writeBusyboxArchive(archive: string, name: string, contents: ImageContents = {}): Promise<void> {
  const { layer, config } = await busyboxImage(contents);
  const manifest = [{ Config: "config.json", RepoTags: [name], Layers: ["layer.tar"] }];
  await inTemporaryFolder(async (folder) => {
    writeFileSync(join(folder, "config.json"), config);
    writeFileSync(join(folder, "layer.tar"), layer);
    writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
    await mustRun("tar", ["-c", "-f", archive, "-C", folder, "config.json", "layer.tar", "manifest.json"]);
  });
}

async function inTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "typernetes-image-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
