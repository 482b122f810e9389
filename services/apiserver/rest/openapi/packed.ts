import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";

const pack = promisify(gzip);
const unpack = promisify(gunzip);

/** An answer that is kept compressed; most clients take it so. */
export class Packed {
  readonly bytes: Uint8Array;

  private constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  static async of(body: string | Uint8Array): Promise<Packed> {
    return new Packed(await pack(body, { level: 4 }));
  }

  /** The answer as it was. */
  plain(): Promise<Uint8Array> {
    return unpack(this.bytes);
  }
}
