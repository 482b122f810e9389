/** One member of an archive: a file, or a symbolic link when `linkTarget` is given, or a directory (path ends in `/`). */
export interface TarEntry {
  path: string;
  mode: number;
  content?: Uint8Array;
  linkTarget?: string;
}

const blockBytes = 512;

/** A tar archive (POSIX ustar) of `entries`, all owned by root. Paths are at most 99 bytes. */
export function buildTar(entries: TarEntry[]): Buffer {
  const parts = entries.flatMap((entry) => {
    const content = entry.content ?? new Uint8Array();
    const padding = (blockBytes - (content.length % blockBytes)) % blockBytes;
    return [tarHeader(entry, content.length), content, Buffer.alloc(padding)];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * blockBytes)]);
}

function tarHeader(entry: TarEntry, size: number): Buffer {
  const header = Buffer.alloc(blockBytes);
  header.write(entry.path, 0, 99);
  header.write(octal(entry.mode, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(size, 11), 124);
  header.write(octal(0, 11), 136);
  header.fill(" ", 148, 156); // the checksum counts its own field as spaces
  header.write(entryType(entry), 156);
  header.write(entry.linkTarget ?? "", 157, 99);
  header.write("ustar\x0000", 257);
  const checksum = header.reduce((sum, byte) => sum + byte, 0);
  header.write(`${octal(checksum, 6)}\0 `, 148);
  return header;
}

function entryType(entry: TarEntry): string {
  if (entry.linkTarget !== undefined) return "2";
  return entry.path.endsWith("/") ? "5" : "0";
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}
