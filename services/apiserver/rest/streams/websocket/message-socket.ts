import type { RawData, WebSocket } from "ws";

/** So much may be on its way to a client before who sends has to wait. */
const bufferedBytesMax = 256 * 1024;
/** How long the client has to close the connection when all is said and sent; ws itself ends one that does not read. */
const lingerMs = 1_000;
/** How often a client is asked for a sign of life while it is not read from. */
const probeIntervalMs = 400;

/** A WebSocket with back pressure both ways. Sending to a client that has gone resolves at once. */
export class MessageSocket {
  readonly #webSocket: WebSocket;
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>;
  /** Resolves when the last message has left, or never will. */
  #sent: Promise<void> = Promise.resolve();

  /** What `onMessage` answers is awaited before the next messages are read from the connection. */
  constructor(webSocket: WebSocket, onMessage: (message: Buffer) => Promise<void> | undefined) {
    this.#webSocket = webSocket;
    this.closed = new Promise((resolve) => webSocket.once("close", () => resolve()));
    webSocket.on("error", () => webSocket.terminate());
    webSocket.on("message", (data) => {
      const wait = onMessage(bytesOf(data));
      if (!wait) return;
      webSocket.pause();
      // A connection that is not read from does not tell of its end; one that is written to does.
      const timer = setInterval(() => webSocket.ping(undefined, undefined, () => {}), probeIntervalMs);
      void wait.then(() => {
        clearInterval(timer);
        webSocket.resume();
      });
    });
  }

  send(message: Buffer | string): Promise<void> {
    const webSocket = this.#webSocket;
    if (webSocket.readyState !== webSocket.OPEN) return Promise.resolve();
    this.#sent = new Promise((resolve) => {
      webSocket.send(message, { binary: typeof message !== "string" }, () => resolve());
    });
    return webSocket.bufferedAmount < bufferedBytesMax ? Promise.resolve() : this.#sent;
  }

  /** Closes after what was sent; at the latest a second after that has left. */
  end(code = 1000, reason = ""): void {
    const webSocket = this.#webSocket;
    webSocket.resume();
    webSocket.close(code, reason);
    // A slow client has not lost what was said at last.
    void this.#sent.then(() => {
      const timer = setTimeout(() => webSocket.terminate(), lingerMs);
      void this.closed.then(() => clearTimeout(timer));
    });
  }
}

function bytesOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
