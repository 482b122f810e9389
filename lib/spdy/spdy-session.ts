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
  synStreamFrame,
  windowUpdateFrame,
} from "./frames.ts";
import { HeaderReader, type Headers, HeaderWriter } from "./header-blocks.ts";
import { SpdyStream } from "./spdy-stream.ts";

/** Streams that may be open at once; further ones are refused. */
const openStreamsMax = 1000;
/** How long the peer has to close the connection when all is said. */
const lingerMs = 1_000;

/** How often a client is asked for a sign of life while it is not read from; a server's questions have even numbers. */
const probeIntervalMs = 400;
const probeId = 2;
const windowUpdateBytes = 16 * 1024;

const noHeaders = new Map<string, string>();

/** One side of a SPDY/3.1 connection; owns the connection. */
export class SpdySession {
  readonly #socket: Duplex;
  /** Absent at the client's side, to which nobody opens streams. */
  readonly #onStream: ((stream: SpdyStream) => void) | undefined;
  /** What this side counts is even at the server's side, odd at the client's. */
  readonly #parity: 0 | 1;
  readonly #parser = new FrameParser();
  readonly #headerReader = new HeaderReader();
  readonly #headerWriter = new HeaderWriter();
  readonly #streams = new Map<number, SpdyStream>();
  /** Streams of this side that the other has not taken yet. */
  readonly #opening = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
  #lastStreamId = 0;
  #nextStreamId = 1;
  /** Bytes that the peer has not been told of. */
  #received = 0;
  #isEnding = false;
  /** Resolves when the connection is closed; never rejects. */
  readonly closed: Promise<void>;

  /** `head` came before the session was made. `onStream` gets what the peer opens, and makes this the server's side. */
  constructor(socket: Duplex, head: Buffer, onStream?: (stream: SpdyStream) => void) {
    this.#socket = socket;
    this.#onStream = onStream;
    this.#parity = onStream ? 0 : 1;
    socket.on("error", () => socket.destroy());
    socket.once("close", () => this.#socketClosed());
    // Every stream may wait for the connection at once.
    socket.setMaxListeners(0);
    this.closed = this.#run(head);
  }

  /** Opens a stream, from the client's side; resolves when the server has taken it. @throws SpdyError */
  async open(headers: Headers): Promise<SpdyStream> {
    if (this.#socket.destroyed || this.#isEnding) throw new SpdyError("the connection is closed");
    const id = this.#nextStreamId;
    this.#nextStreamId += 2;
    const stream = this.#makeStream(id, headers);
    const taken = new Promise<void>((resolve, reject) => this.#opening.set(id, { resolve, reject }));
    void this.#send(synStreamFrame(id, this.#headerWriter.write(headers)));
    await taken;
    return stream;
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
    this.#peerGone();
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

  #socketClosed(): void {
    const isStillRead = this.#parity === 1 && this.#socket.readableEnded;
    // What a server said at last, before it closed, is not lost.
    if (!isStillRead) this.#peerGone();
  }

  #peerGone(): void {
    for (const stream of [...this.#streams.values()]) stream.peerReset();
    for (const { reject } of this.#opening.values()) reject(new SpdyError("the connection was closed"));
    this.#opening.clear();
  }

  async #receive(chunk: Buffer): Promise<void> {
    for (const frame of this.#parser.push(chunk)) await this.#take(frame);
  }

  async #take(frame: Frame): Promise<void> {
    switch (frame.kind) {
      case "synStream":
        return this.#takeStream(frame.streamId, frame.isLast, frame.headerBlock);
      case "synReply":
      case "headers":
        // Read, because the compression of the next ones builds on them.
        await this.#headerReader.read(frame.headerBlock);
        if (frame.isLast) this.#streams.get(frame.streamId)?.peerEnded();
        this.#opening.get(frame.streamId)?.resolve();
        this.#opening.delete(frame.streamId);
        return;
      case "data":
        return this.#takeData(frame.streamId, frame.data, frame.isLast);
      case "rstStream":
        this.#opening.get(frame.streamId)?.reject(new SpdyError(`the stream was refused: status ${frame.status}`));
        this.#opening.delete(frame.streamId);
        return this.#streams.get(frame.streamId)?.peerReset();
      case "ping":
        // The others are answers to what this side asked.
        if (frame.id % 2 !== this.#parity) await this.#send(pingFrame(frame.id));
        return;
      case "goAway":
      case "windowUpdate":
      case "settings":
      case "unknown":
        return;
    }
  }

  async #takeStream(streamId: number, isLast: boolean, headerBlock: Buffer): Promise<void> {
    const headers = await this.#headerReader.read(headerBlock);
    if (streamId % 2 === 0 || streamId <= this.#lastStreamId) throw new SpdyError(`stream ${streamId} out of turn`);
    this.#lastStreamId = streamId;
    if (!this.#onStream || this.#isEnding || this.#streams.size >= openStreamsMax) {
      return this.#send(rstStreamFrame(streamId, rstStatus.refusedStream));
    }
    const stream = this.#makeStream(streamId, headers);
    await this.#send(synReplyFrame(streamId, this.#headerWriter.write(noHeaders)));
    if (isLast) stream.peerEnded();
    this.#onStream(stream);
  }

  #makeStream(id: number, headers: Headers): SpdyStream {
    const stream = new SpdyStream(id, headers, {
      send: (...parts) => this.#send(...parts),
      forget: (streamId) => this.#streams.delete(streamId),
      isClient: this.#parity === 1,
    });
    this.#streams.set(id, stream);
    return stream;
  }

  async #takeData(streamId: number, data: Buffer, isLast: boolean): Promise<void> {
    const stream = this.#streams.get(streamId);
    this.#received += data.length;
    if (this.#parity === 0 && this.#received >= windowUpdateBytes) {
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
    if (this.#parity === 1) return incoming.room();
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
