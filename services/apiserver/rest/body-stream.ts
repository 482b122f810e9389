import type { Writable } from "node:stream";
import type { Gzip } from "node:zlib";
import { Slices } from "../slices.ts";
import { acceptsGzip, gzipHeaders, gzipStream } from "./compression.ts";
import type { Exchange } from "./exchange.ts";

/** Answers up to this size are collected and go with their length; larger ones go piece by piece. */
const pieceBytes = 128 * 1024;

/**
 * An answer of unknown size, collected into pieces. Memory stays that of a few pieces: `mustWait` says when the client, or
 * the event loop, wants a pause.
 */
export class BodyStream {
  readonly #exchange: Exchange;
  readonly #type: string;
  readonly #slices = new Slices();
  #piece = Buffer.allocUnsafe(16 * 1024);
  #length = 0;
  #sink: Writable | undefined;
  #gzip: Gzip | undefined;
  #isFull = false;

  constructor(exchange: Exchange, contentType: string) {
    this.#exchange = exchange;
    this.#type = contentType;
  }

  add(bytes: Uint8Array): void {
    if (this.#length + bytes.length > this.#piece.length) this.#makeRoom(bytes.length);
    this.#piece.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Whether `ready` is to be awaited before more is added. */
  get mustWait(): boolean {
    return this.#isFull || this.#slices.isOver();
  }

  /** Resolves when there is room, and others have had their turn. */
  async ready(): Promise<void> {
    if (this.#isFull && this.#sink && !this.#exchange.gone) await drained(this.#sink, this.#exchange.signal);
    this.#isFull = false;
    await this.#slices.breathe();
  }

  /** Sends what is left. */
  async end(): Promise<void> {
    const rest = this.#piece.subarray(0, this.#length);
    if (!this.#sink) {
      this.#exchange.send(200, this.#type, rest);
      return;
    }
    this.#sink.end(rest);
  }

  #makeRoom(length: number): void {
    const wanted = this.#length + length;
    if (this.#piece.length < pieceBytes) {
      const larger = Buffer.allocUnsafe(Math.max(wanted, Math.min(pieceBytes, this.#piece.length * 4)));
      larger.set(this.#piece.subarray(0, this.#length));
      this.#piece = larger;
      return;
    }
    this.#sink ??= this.#begin();
    this.#isFull = !this.#sink.write(this.#piece.subarray(0, this.#length));
    this.#piece = Buffer.allocUnsafe(Math.max(pieceBytes, length));
    this.#length = 0;
  }

  #begin(): Writable {
    const { response } = this.#exchange;
    if (!acceptsGzip(this.#exchange)) {
      this.#exchange.begin(200, this.#type);
      return response;
    }
    this.#exchange.begin(200, this.#type, gzipHeaders);
    this.#gzip = gzipStream();
    this.#gzip.pipe(response);
    this.#exchange.whenAnswered(() => this.#gzip?.destroy());
    return this.#gzip;
  }
}

function drained(sink: Writable, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      sink.removeListener("drain", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    sink.once("drain", done);
    signal.addEventListener("abort", done, { once: true });
  });
}
