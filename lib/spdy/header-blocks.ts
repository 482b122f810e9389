import { constants, createInflate, type Inflate } from "node:zlib";
import { headerDictionary } from "./dictionary.ts";
import { SpdyError } from "./frames.ts";

/** Names in lower case; several values of one name are separated by a zero byte. */
export type Headers = ReadonlyMap<string, string>;

const blockBytesMax = 64 * 1024;

/** Reads the headers of a connection, one block after another: they are compressed as one. */
export class HeaderReader {
  readonly #inflate: Inflate = createInflate({ dictionary: headerDictionary, finishFlush: constants.Z_SYNC_FLUSH });
  #chunks: Buffer[] = [];
  #length = 0;

  constructor() {
    this.#inflate.on("error", () => {});
    this.#inflate.on("data", (chunk: Buffer) => {
      this.#length += chunk.length;
      if (this.#length <= blockBytesMax) this.#chunks.push(chunk);
      else this.#inflate.destroy();
    });
  }

  /** One at a time. @throws SpdyError */
  async read(block: Buffer): Promise<Headers> {
    this.#chunks = [];
    this.#length = 0;
    await new Promise<void>((resolve, reject) => {
      const fail = () => reject(new SpdyError("headers that cannot be decompressed"));
      if (this.#inflate.destroyed || this.#inflate.writableEnded) return fail();
      this.#inflate.once("close", fail);
      this.#inflate.write(block, (error) => {
        this.#inflate.removeListener("close", fail);
        if (error) fail();
        else resolve();
      });
    });
    if (this.#length > blockBytesMax) throw new SpdyError("a block of headers that is too large");
    return parseHeaders(Buffer.concat(this.#chunks));
  }

  close(): void {
    this.#inflate.destroy();
  }
}

function parseHeaders(bytes: Buffer): Headers {
  const headers = new Map<string, string>();
  let offset = 0;
  const length = (): number => {
    if (offset + 4 > bytes.length) throw new SpdyError("headers that end too early");
    offset += 4;
    return bytes.readUInt32BE(offset - 4);
  };
  const text = (): string => {
    const end = length() + offset;
    if (end > bytes.length) throw new SpdyError("headers that end too early");
    const value = bytes.toString("latin1", offset, end);
    offset = end;
    return value;
  };
  for (let left = length(); left > 0; left--) headers.set(text().toLowerCase(), text());
  return headers;
}

const zlibStart = Buffer.from([0x78, 0x01]);
/** An empty block: decompressors give out what was before it. */
const flush = Buffer.from([0, 0, 0, 0xff, 0xff]);

/** Writes the headers of a connection: in the form that must be, uncompressed. */
export class HeaderWriter {
  #isFirst = true;

  write(headers: Headers): Buffer {
    const bytes = headerBytes(headers);
    const stored = Buffer.alloc(5);
    stored.writeUInt16LE(bytes.length, 1);
    stored.writeUInt16LE(~bytes.length & 0xffff, 3);
    const start = this.#isFirst ? [zlibStart] : [];
    this.#isFirst = false;
    return Buffer.concat([...start, stored, bytes, flush]);
  }
}

function headerBytes(headers: Headers): Buffer {
  const parts = [uint32(headers.size)];
  for (const text of [...headers].flat()) parts.push(uint32(Buffer.byteLength(text)), Buffer.from(text));
  return Buffer.concat(parts);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
