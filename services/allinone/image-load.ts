import { createReadStream } from "node:fs";
import { join } from "node:path";
import { loadArchive } from "../kubelet/runtimes/process/process-runtime.ts";

/**
 * Adds the images of an archive, of `docker save` or an OCI layout, to those that processes of the cluster may run as;
 * `-` is the standard input. Takes effect at once, also where a cluster runs. @throws RuntimeError `PullFailed`
 */
export async function loadImages(archive: string, dataDir: string): Promise<void> {
  const source = archive === "-" ? process.stdin : createReadStream(archive);
  for (const { id, tags } of await loadArchive(join(dataDir, "images"), source))
    console.log(`loaded ${tags.join(", ") || id}`);
}
