import { ServerResponse } from "node:http";
import type { Writable } from "node:stream";
import { Slices } from "../slices.ts";
import { acceptsGzip, gzipHeaders, gzipStream } from "./compression.ts";
import type { AnyHttpResponse, Exchange } from "./exchange.ts";

/** Answers up to this size are collected and go with their length; larger ones go piece by piece. */
const pieceBytes = 128 * 1024;
/** Room in a piece for what frames it: its length in hexadecimal digits and a line end before it, a line end behind it. */
const frameStart = 10;
const frameEnd = 2;
const lastFrame = Buffer.from("0\r\n\r\n");
/** Pieces that have been sent, for those to come: fresh memory of this size costs more than to fill it. */
const spare: Buffer[] = [];
const spareMax = 16;

/**
 * An answer of unknown size, collected into pieces. Memory stays that of a few pieces: `mustWait` says when the client, or
 * the event loop, wants a pause.
 */
export class BodyStream {
  readonly #exchange: Exchange;
  readonly #type: string;
  readonly #slices = new Slices();
  #piece: Buffer = Buffer.allocUnsafe(16 * 1024);
  #length = frameStart;
  #sink: Writable | undefined;
  /** Whether the pieces are framed here: as one buffer each they need not be copied together on their way. */
  #frames = false;
  #isFull = false;
  #goOn = () => {};

  constructor(exchange: Exchange, contentType: string) {
    this.#exchange = exchange;
    this.#type = contentType;
  }

  add(bytes: Uint8Array): void {
    if (this.#length + bytes.length + frameEnd > this.#piece.length) this.#makeRoom(bytes.length);
    this.#piece.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Whether `ready` is to be awaited before more is added. */
  get mustWait(): boolean {
    return this.#isFull || this.#slices.isOver();
  }

  /** Resolves when there is room, and others have had their turn. */
  async ready(): Promise<void> {
    if (this.#isFull && !this.#exchange.gone) {
      await new Promise<void>((resolve) => {
        this.#goOn = resolve;
      });
    }
    this.#isFull = false;
    await this.#slices.breathe();
  }

  /** Sends what is left. */
  end(): void {
    if (!this.#sink) {
      this.#exchange.send(200, this.#type, this.#piece.subarray(frameStart, this.#length));
      return;
    }
    // An empty frame would be the last.
    if (this.#length > frameStart) this.#write(this.#sink);
    this.#sink.end(this.#frames ? lastFrame : undefined);
  }

  #makeRoom(length: number): void {
    const wanted = this.#length + length + frameEnd;
    if (this.#piece.length < pieceBytes) {
      const larger = Buffer.allocUnsafe(Math.max(wanted, Math.min(pieceBytes, this.#piece.length * 4)));
      larger.set(this.#piece.subarray(0, this.#length));
      this.#piece = larger;
      return;
    }
    this.#sink ??= this.#begin();
    this.#isFull = !this.#write(this.#sink);
    const needed = frameStart + length + frameEnd;
    this.#piece = (needed <= pieceBytes && spare.pop()) || Buffer.allocUnsafeSlow(Math.max(pieceBytes, needed));
    this.#length = frameStart;
  }

  /** False when the client is to be waited for. */
  #write(sink: Writable): boolean {
    const piece = this.#piece;
    const written = this.#frames ? framed(piece, this.#length) : piece.subarray(frameStart, this.#length);
    return sink.write(written, (error) => {
      if (!error && piece.length === pieceBytes && spare.length < spareMax) spare.push(piece);
    });
  }

  #begin(): Writable {
    const sink = this.#open();
    const goOn = () => this.#goOn();
    sink.on("drain", goOn);
    this.#exchange.whenAnswered(goOn);
    return sink;
  }

  #open(): Writable {
    const { response } = this.#exchange;
    if (!acceptsGzip(this.#exchange)) {
      this.#exchange.begin(200, this.#type);
      this.#frames = takeOverFraming(response);
      return response;
    }
    this.#exchange.begin(200, this.#type, gzipHeaders);
    const gzip = gzipStream();
    gzip.pipe(response);
    this.#exchange.whenAnswered(() => gzip.destroy());
    return gzip;
  }
}

/** Whether an answer that has begun goes in frames, which are the caller's to write from now on. */
function takeOverFraming(response: AnyHttpResponse): boolean {
  if (!(response instanceof ServerResponse) || !response.chunkedEncoding) return false;
  response.chunkedEncoding = false;
  return true;
}

/** A piece as a frame of HTTP/1.1. */
function framed(piece: Buffer, end: number): Buffer {
  const size = (end - frameStart).toString(16);
  const start = frameStart - 2 - size.length;
  piece.write(`${size}\r\n`, start, "latin1");
  piece.write("\r\n", end, "latin1");
  return piece.subarray(start, end + frameEnd);
}
