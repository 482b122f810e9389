import type { Duplex } from "node:stream";
import {
  type Frame,
  FrameParser,
  goAwayFrame,
  pingFrame,
  rstStatus,
  rstStreamFrame,
  SpdyError,
  synReplyFrame,
  windowUpdateFrame,
} from "./frames.ts";
import { HeaderReader, HeaderWriter } from "./header-blocks.ts";
import { SpdyStream } from "./spdy-stream.ts";

/** Streams that may be open at once; further ones are refused. */
const openStreamsMax = 1000;
/** How long the peer has to close the connection when all is said. */
const lingerMs = 1_000;

/** How often a peer is asked for a sign of life while it is not read from; a server's questions have even numbers. */
const probeIntervalMs = 400;
const probeId = 2;
const windowUpdateBytes = 16 * 1024;

const noHeaders = new Map<string, string>();

/** The server's side of a SPDY/3.1 connection; owns the connection. */
export class SpdySession {
  readonly #socket: Duplex;
  readonly #onStream: (stream: SpdyStream) => void;
  readonly #parser = new FrameParser();
  readonly #headerReader = new HeaderReader();
  readonly #headerWriter = new HeaderWriter();
  readonly #streams = new Map<number, SpdyStream>();
  #lastStreamId = 0;
  /** Bytes that the peer has not been told of. */
  #received = 0;
  #isEnding = false;
  /** Resolves when the connection is closed; never rejects. */
  readonly closed: Promise<void>;

  /** `head` came before the session was made. `onStream` gets what the peer opens. */
  constructor(socket: Duplex, head: Buffer, onStream: (stream: SpdyStream) => void) {
    this.#socket = socket;
    this.#onStream = onStream;
    socket.on("error", () => socket.destroy());
    socket.once("close", () => this.#peerGone());
    // Every stream may wait for the connection at once.
    socket.setMaxListeners(0);
    this.closed = this.#run(head);
  }

  /** Sends what is written, then closes; what the peer sends meanwhile is dropped. */
  end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    for (const stream of this.#streams.values()) stream.incoming.close();
    void this.#send(goAwayFrame(this.#lastStreamId));
    this.#socket.end();
    this.#socket.once("finish", () => {
      const timer = setTimeout(() => this.#socket.destroy(), lingerMs);
      this.#socket.once("close", () => clearTimeout(timer));
    });
  }

  destroy(): void {
    this.#socket.destroy();
  }

  async #run(head: Buffer): Promise<void> {
    try {
      if (head.length > 0) await this.#receive(head);
      for await (const chunk of this.#socket) await this.#receive(chunk);
    } catch (error) {
      if (error instanceof SpdyError && !this.#socket.destroyed) void this.#send(goAwayFrame(this.#lastStreamId));
    } finally {
      this.#socket.destroy();
      this.#headerReader.close();
      this.#peerGone();
    }
  }

  #peerGone(): void {
    for (const stream of [...this.#streams.values()]) stream.peerReset();
  }

  async #receive(chunk: Buffer): Promise<void> {
    for (const frame of this.#parser.push(chunk)) await this.#take(frame);
  }

  async #take(frame: Frame): Promise<void> {
    switch (frame.kind) {
      case "synStream":
        return this.#open(frame.streamId, frame.isLast, frame.headerBlock);
      case "synReply":
      case "headers":
        // Read, because the compression of the next ones builds on them.
        await this.#headerReader.read(frame.headerBlock);
        if (frame.isLast) this.#streams.get(frame.streamId)?.peerEnded();
        return;
      case "data":
        return this.#takeData(frame.streamId, frame.data, frame.isLast);
      case "rstStream":
        return this.#streams.get(frame.streamId)?.peerReset();
      case "ping":
        // Even numbers would be answers to the server, which asks nothing.
        if (frame.id % 2 === 1) await this.#send(pingFrame(frame.id));
        return;
      case "goAway":
      case "windowUpdate":
      case "settings":
      case "unknown":
        return;
    }
  }

  async #open(streamId: number, isLast: boolean, headerBlock: Buffer): Promise<void> {
    const headers = await this.#headerReader.read(headerBlock);
    if (streamId % 2 === 0 || streamId <= this.#lastStreamId) throw new SpdyError(`stream ${streamId} out of turn`);
    this.#lastStreamId = streamId;
    if (this.#isEnding || this.#streams.size >= openStreamsMax) {
      return this.#send(rstStreamFrame(streamId, rstStatus.refusedStream));
    }
    const stream = new SpdyStream(streamId, headers, {
      send: (...parts) => this.#send(...parts),
      forget: (id) => this.#streams.delete(id),
    });
    this.#streams.set(streamId, stream);
    await this.#send(synReplyFrame(streamId, this.#headerWriter.write(noHeaders)));
    if (isLast) stream.peerEnded();
    this.#onStream(stream);
  }

  async #takeData(streamId: number, data: Buffer, isLast: boolean): Promise<void> {
    const stream = this.#streams.get(streamId);
    this.#received += data.length;
    if (this.#received >= windowUpdateBytes) {
      void this.#send(windowUpdateFrame(0, this.#received));
      this.#received = 0;
    }
    if (!stream || this.#isEnding) return;
    stream.incoming.push(data);
    if (isLast) stream.peerEnded();
    if (stream.incoming.isFull) await this.#untilRoom(stream);
  }

  /** A connection that is not read from does not tell of its end; one that is written to does. */
  async #untilRoom({ incoming }: SpdyStream): Promise<void> {
    const timer = setInterval(() => {
      if (!this.#socket.writableNeedDrain) void this.#send(pingFrame(probeId));
    }, probeIntervalMs);
    await incoming.room();
    clearInterval(timer);
  }

  async #send(...parts: Uint8Array[]): Promise<void> {
    const socket = this.#socket;
    if (socket.destroyed || socket.writableEnded) return;
    socket.cork();
    for (const part of parts) socket.write(part);
    socket.uncork();
    if (socket.writableNeedDrain) await drained(socket);
  }
}

/** Resolves when the socket takes more, or is gone. */
function drained(socket: Duplex): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.removeListener("drain", done);
      socket.removeListener("close", done);
      resolve();
    };
    socket.on("drain", done);
    socket.on("close", done);
  });
}
