import { readFileSync, realpathSync } from "node:fs";
import { arch } from "node:os";
import { join } from "node:path";
import { RuntimeError } from "../runtime.ts";

/** One image of an unpacked archive. */
export interface ArchivedImage {
  /** Full names; empty when the archive gives none. */
  tags: string[];
  /** Of its manifest, `sha256:…`; absent in archives of the older kind. */
  manifestDigest?: string;
  configPath: string;
  /** Bottom layer first. */
  layerPaths: string[];
}

/** The parts of an image's configuration that containers need. */
export interface ImageConfig {
  rootfs: { diff_ids: string[] };
  config?: {
    Entrypoint?: string[] | null;
    Cmd?: string[] | null;
    Env?: string[] | null;
    WorkingDir?: string;
    User?: string;
    StopSignal?: string;
  };
}

interface Descriptor {
  digest: string;
  mediaType?: string;
  platform?: { os?: string; architecture?: string };
  annotations?: Record<string, string>;
}

/**
 * The images of an archive that was unpacked in `dir`: what `docker save` writes, or an OCI image layout.
 * @throws RuntimeError `PullFailed` when it is neither.
 */
export function readArchive(dir: string): ArchivedImage[] {
  const saved = readJson<{ Config: string; RepoTags?: string[] | null; Layers: string[] }[]>(dir, "manifest.json");
  if (saved) {
    return saved.map(({ Config, RepoTags, Layers }) => ({
      tags: RepoTags ?? [],
      configPath: inside(dir, Config),
      layerPaths: Layers.map((path) => inside(dir, path)),
    }));
  }
  const index = readJson<{ manifests: Descriptor[] }>(dir, "index.json");
  if (!index) throw new RuntimeError("PullFailed", "the archive is neither of docker save nor an OCI image layout");
  return index.manifests.map((entry) => readManifest(dir, entry));
}

function readManifest(dir: string, entry: Descriptor): ArchivedImage {
  const descriptor = forThisMachine(dir, entry);
  const manifest = readBlob<{ config: Descriptor; layers: Descriptor[] }>(dir, descriptor.digest);
  const { annotations = {} } = entry;
  const name = annotations["io.containerd.image.name"] ?? annotations["org.opencontainers.image.ref.name"];
  return {
    tags: name ? [name] : [],
    manifestDigest: descriptor.digest,
    configPath: blobPath(dir, manifest.config.digest),
    layerPaths: manifest.layers.map(({ digest }) => blobPath(dir, digest)),
  };
}

/** An image for several machines is an index of manifests; ours is chosen. */
function forThisMachine(dir: string, entry: Descriptor): Descriptor {
  const content = readBlob<{ manifests?: Descriptor[] }>(dir, entry.digest);
  if (!content.manifests) return entry;
  const architecture = arch() === "x64" ? "amd64" : arch();
  const ours = content.manifests.find(
    ({ platform }) => platform?.os === "linux" && platform.architecture === architecture,
  );
  if (!ours) throw new RuntimeError("PullFailed", `the image has no manifest for linux/${architecture}`);
  return ours;
}

function readBlob<T>(dir: string, digest: string): T {
  return JSON.parse(readFileSync(blobPath(dir, digest), "utf8"));
}

function blobPath(dir: string, digest: string): string {
  const match = /^(sha256):([0-9a-f]{64})$/.exec(digest);
  if (!match) throw new RuntimeError("PullFailed", `not a digest: ${digest}`);
  return inside(dir, `blobs/${match[1]}/${match[2]}`);
}

function readJson<T>(dir: string, name: string): T | undefined {
  try {
    return JSON.parse(readFileSync(join(dir, name), "utf8"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new RuntimeError("PullFailed", `${name} of the archive cannot be read`, { cause: error });
  }
}

/** A file of the archive; names and symbolic links must not lead out of it. */
function inside(dir: string, name: string): string {
  try {
    const path = realpathSync(join(dir, name));
    if (path.startsWith(`${realpathSync(dir)}/`)) return path;
  } catch (error) {
    throw new RuntimeError("PullFailed", `the archive names ${name}, which is not in it`, { cause: error });
  }
  throw new RuntimeError("PullFailed", `the archive names ${name}, which is not in it`);
}
