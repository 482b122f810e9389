import { spawn } from "node:child_process";
import { createHash, type Hash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createReadStream, existsSync, lstatSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { runCommand } from "../../network/command.ts";
import { RuntimeError } from "../runtime.ts";

const WHITEOUT = ".wh.";
const ZSTD_MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const OPAQUE = ".wh..wh..opq";

/** An unpacked layer. */
export interface Layer {
  /** Its directory in the store; short, because an overlay's options have a limit. */
  name: string;
  sizeBytes: number;
}

/**
 * Unpacks a layer over those below it, topmost first in `below`, unless that was done before. Files that the layer
 * deletes become what an overlay understands. @throws RuntimeError `PullFailed` when the content is not `diffId`.
 */
export async function unpackLayer(storeDir: string, path: string, diffId: string, below: string[]): Promise<Layer> {
  const chain = createHash("sha256")
    .update([...below, diffId].join(" "))
    .digest("hex")
    .slice(0, 16);
  const target = join(storeDir, chain);
  const sizeBytes = await contentSize(path);
  if (existsSync(target)) return { name: chain, sizeBytes };
  const draft = join(storeDir, `.${chain}.${randomBytes(4).toString("hex")}`);
  mkdirSync(draft, { recursive: true });
  try {
    const hash = createHash("sha256");
    await extractTar(createReadStream(path), draft, hash);
    const found = `sha256:${hash.digest("hex")}`;
    if (found !== diffId)
      throw new RuntimeError("PullFailed", `a layer is damaged: it is ${found} instead of ${diffId}`);
    await convertWhiteouts(
      draft,
      below.map((name) => join(storeDir, name)),
    );
    putInPlace(draft, target);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return { name: chain, sizeBytes };
}

/** Whoever unpacks the same layer at the same time may have been first. */
function putInPlace(draft: string, target: string): void {
  try {
    renameSync(draft, target);
  } catch (error) {
    if (!existsSync(target)) throw error;
  }
}

/** Unpacks a tar stream, compressed by gzip or not, with the system's tar. `hash` sees the uncompressed bytes. */
export async function extractTar(source: Readable, dir: string, hash?: Hash): Promise<void> {
  const { first, rest } = await firstBytes(source);
  if (first.subarray(0, 4).equals(ZSTD_MAGIC)) {
    throw new RuntimeError("PullFailed", "layers compressed with zstd cannot be read: save the image with gzip");
  }
  const tar = spawn(
    "tar",
    ["--extract", "--file=-", `--directory=${dir}`, "--numeric-owner", "--preserve-permissions"],
    { stdio: ["pipe", "ignore", "pipe"] },
  );
  let complaint = "";
  tar.stderr.setEncoding("utf8").on("data", (text: string) => {
    if (complaint.length < 10_000) complaint += text;
  });
  // Judged by its exit code; the stream is read to its end for the hash, whenever tar has seen enough.
  tar.stdin.on("error", () => {});
  const closed = once(tar, "close");
  const feed = async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      hash?.update(chunk);
      if (tar.stdin.writable && !tar.stdin.write(chunk)) await Promise.race([once(tar.stdin, "drain"), closed]);
    }
    tar.stdin.end();
  };
  const isGzip = first[0] === 0x1f && first[1] === 0x8b;
  const unpacked = isGzip ? pipeline(rest, createGunzip(), feed) : feed(rest);
  unpacked.catch(() => tar.kill());
  const [exit, fed] = await Promise.allSettled([closed, unpacked]);
  if (exit.status === "fulfilled" && exit.value[0] === 0 && fed.status === "fulfilled") return;
  const cause = fed.status === "rejected" ? fed.reason : exit.status === "rejected" ? exit.reason : undefined;
  const why = complaint.trim() || (cause instanceof Error ? cause.message : "tar failed");
  throw new RuntimeError("PullFailed", `cannot unpack: ${why}`, { cause });
}

async function firstBytes(source: Readable): Promise<{ first: Buffer; rest: AsyncIterable<Buffer> }> {
  const chunks = source[Symbol.asyncIterator]();
  let first: Buffer = Buffer.alloc(0);
  try {
    while (first.length < 4) {
      const { value, done } = await chunks.next();
      if (done) break;
      first = Buffer.concat([first, value]);
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new RuntimeError("PullFailed", `cannot read the archive: ${message}`, { cause: error });
  }
  async function* rest(): AsyncGenerator<Buffer> {
    yield first;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  }
  return { first, rest: rest() };
}

async function contentSize(path: string): Promise<number> {
  const file = await open(path);
  try {
    return (await file.stat()).size;
  } finally {
    await file.close();
  }
}

/** `.wh.x` hides `x` of the layers below, `.wh..wh..opq` all of them: both become an overlay's whiteout devices. */
async function convertWhiteouts(layer: string, below: string[]): Promise<void> {
  const devices: string[] = [];
  const markers: string[] = [];
  for (const entry of readdirSync(layer, { withFileTypes: true, recursive: true })) {
    if (!entry.name.startsWith(WHITEOUT)) continue;
    const dir = entry.parentPath;
    markers.push(join(dir, entry.name));
    if (entry.name === OPAQUE) devices.push(...hiddenBelow(layer, below, dir.slice(layer.length)));
    else devices.push(join(dir, entry.name.slice(WHITEOUT.length)));
  }
  for (const marker of markers) await rm(marker);
  const missing = [...new Set(devices)].filter((path) => lstatSync(path, { throwIfNoEntry: false }) === undefined);
  for (let i = 0; i < missing.length; i += 500) {
    await runCommand(["sh", "-ec", 'for path; do mknod "$path" c 0 0; done', "sh", ...missing.slice(i, i + 500)]);
  }
}

/** What the layers below have in a directory that this layer replaces as a whole. */
function hiddenBelow(layer: string, below: string[], dir: string): string[] {
  const names = new Set(below.flatMap((lower) => listDirectory(join(lower, dir))));
  return [...names].flatMap((name) => {
    const own = lstatSync(join(layer, dir, name), { throwIfNoEntry: false });
    if (!own) return [join(layer, dir, name)];
    return own.isDirectory() ? hiddenBelow(layer, below, join(dir, name)) : [];
  });
}

function listDirectory(path: string): string[] {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats?.isDirectory() ? readdirSync(path) : [];
}

/** Removes layers that are not in `used`. */
export async function removeUnusedLayers(storeDir: string, used: ReadonlySet<string>): Promise<void> {
  if (!existsSync(storeDir)) return;
  for (const name of readdirSync(storeDir)) {
    // A name with a dot is being unpacked.
    if (!used.has(name) && !name.startsWith("."))
      await rm(join(storeDir, basename(name)), { recursive: true, force: true });
  }
}
