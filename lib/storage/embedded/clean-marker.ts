import { open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { dataFileName } from "./tables.ts";

const markerName = "clean.json";
const chunkBytes = 2 * 1024 * 1024;

interface Fingerprint {
  sizeBytes: number;
  checksum: number;
}

/**
 * A store that is closed leaves the size and checksum of its data file. When they still hold, the file is what the
 * store wrote, and opening it needs no further check.
 */
export async function leaveMarker(directory: string): Promise<void> {
  const temporary = join(directory, `${markerName}.new`);
  await writeFile(temporary, JSON.stringify(await fingerprint(directory)));
  await rename(temporary, join(directory, markerName));
}

/** Whether the data file is as a closed store left it. */
export async function matchesMarker(directory: string): Promise<boolean> {
  try {
    const marker: Fingerprint = JSON.parse(await readFile(join(directory, markerName), "utf8"));
    const found = await fingerprint(directory);
    return marker.sizeBytes === found.sizeBytes && marker.checksum === found.checksum;
  } catch {
    return false;
  }
}

/** Called before the data file changes. */
export async function removeMarker(directory: string): Promise<void> {
  await rm(join(directory, markerName), { force: true });
}

/** Reads in pieces, so that other work gets its turn. */
async function fingerprint(directory: string): Promise<Fingerprint> {
  const file = await open(join(directory, dataFileName), "r");
  try {
    const chunk = Buffer.allocUnsafe(chunkBytes);
    let checksum = 0;
    for (let sizeBytes = 0; ; ) {
      const { bytesRead } = await file.read(chunk, 0, chunkBytes, sizeBytes);
      if (bytesRead === 0) return { sizeBytes, checksum };
      checksum = crc32(chunk.subarray(0, bytesRead), checksum);
      sizeBytes += bytesRead;
    }
  } finally {
    await file.close();
  }
}
