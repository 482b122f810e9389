import { ChunkQueue } from "../base/chunk-queue.ts";
import { dataFrameHead, rstStatus, rstStreamFrame, windowUpdateFrame } from "./frames.ts";
import type { Headers } from "./header-blocks.ts";

/** What a stream needs of its connection. */
export interface SpdyConnection {
  /** Resolves when the connection takes more; at once when it is gone. */
  send(...parts: Uint8Array[]): Promise<void>;
  forget(streamId: number): void;
  /**
   * At the client's side. Servers reset their streams when all is said, so that what came before is still read; and they
   * close the connection then, so that anything sent to them, such as news of windows, might cut off what they said last.
   */
  readonly isClient: boolean;
}

/** As much goes into one frame; others may send between. */
const frameBytesMax = 32 * 1024;

/** One stream of a SPDY connection. Each side ends its direction by itself. */
export class SpdyStream {
  readonly id: number;
  readonly headers: Headers;
  /** What the peer sends; ends when the peer ends its side, resets the stream, or has gone. */
  readonly incoming = new ChunkQueue();
  readonly #connection: SpdyConnection;
  /** Called when the peer, or its connection, has gone. */
  onReset: () => void = () => {};
  #isEnded = false;
  #isReset = false;

  constructor(id: number, headers: Headers, connection: SpdyConnection) {
    this.id = id;
    this.headers = headers;
    this.#connection = connection;
    // Peers that keep to windows send on only after this.
    this.incoming.onTaken = (bytes) => {
      if (!connection.isClient && !this.incoming.isEnded) void connection.send(windowUpdateFrame(id, bytes));
    };
  }

  /** Whether the peer has reset the stream. */
  get isReset(): boolean {
    return this.#isReset;
  }

  /**
   * Resolves when more may be written. Windows of the peer are not kept: Kubernetes' clients never open them again, but
   * the connection's own back pressure is.
   */
  async write(bytes: Uint8Array): Promise<void> {
    for (let offset = 0; offset < bytes.length && !this.#isEnded; offset += frameBytesMax) {
      const piece = bytes.subarray(offset, offset + frameBytesMax);
      await this.#connection.send(dataFrameHead(this.id, piece.length, false), piece);
    }
  }

  /** Says that nothing more is written. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    void this.#connection.send(dataFrameHead(this.id, 0, true));
    this.#settle();
  }

  /** Ends both directions at once. */
  reset(status: number = rstStatus.cancel): void {
    if (this.#isEnded && this.incoming.isEnded) return;
    this.#isEnded = true;
    void this.#connection.send(rstStreamFrame(this.id, status));
    this.incoming.close();
    this.#settle();
  }

  /** The peer's side is over. */
  peerEnded(): void {
    this.incoming.end();
    this.#settle();
  }

  /** The peer, or its connection, has gone. */
  peerReset(): void {
    if (this.#isReset) return;
    this.#isReset = true;
    this.#isEnded = true;
    if (this.#connection.isClient) this.incoming.end();
    else this.incoming.close();
    this.#settle();
    this.onReset();
  }

  #settle(): void {
    if (this.#isEnded && this.incoming.isEnded) this.#connection.forget(this.id);
  }
}
