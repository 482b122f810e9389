import { connect, type TLSSocket } from "node:tls";

/** Where a load goes. */
export interface Target {
  port: number;
  ca: string;
  cert?: string;
  key?: string;
}

/** Opens a connection that speaks HTTP/1.1. */
export function openConnection({ port, ca, cert, key }: Target): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const identity = cert && key && { cert, key };
    const socket = connect({ host: "127.0.0.1", port, ca, ...identity, ALPNProtocols: ["http/1.1"] });
    socket.setNoDelay(true);
    socket.once("error", reject);
    socket.once("secureConnect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}

/** One request, ready to be sent. */
export function requestBytes(method: string, path: string, body = ""): Buffer {
  const length = body ? `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` : "";
  return Buffer.from(
    `${method} ${path} HTTP/1.1\r\nhost: localhost\r\naccept: application/json\r\n${length}\r\n${body}`,
  );
}

/** A connection that sends one request after the other; it costs little, so that servers are measured and not clients. */
export class LoadConnection {
  readonly #socket: TLSSocket;
  #status = 0;
  #headEnds = false;
  #head = "";
  /** Bytes of the body that are to come; undefined: chunks. */
  #left: number | undefined = 0;
  #tail = "";
  #bytes = 0;
  #done: ((bytes: number) => void) | undefined;
  #fail: (error: Error) => void = () => {};

  private constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(closed()));
  }

  static async open(target: Target): Promise<LoadConnection> {
    return new LoadConnection(await openConnection(target));
  }

  /** Resolves with the bytes of the answer. Rejects when it is no success, and when the connection is closed. */
  exchange(request: Buffer): Promise<number> {
    return new Promise((resolve, reject) => {
      if (!this.#socket.writable) return reject(closed());
      this.#headEnds = false;
      this.#head = "";
      this.#tail = "";
      this.#bytes = 0;
      this.#done = (bytes) => (this.#status < 300 ? resolve(bytes) : reject(new Error(this.#head)));
      this.#fail = reject;
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#fail = () => {};
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#bytes += chunk.length;
    let body = chunk.length;
    if (!this.#headEnds) {
      this.#head += chunk.toString("latin1");
      const end = this.#head.indexOf("\r\n\r\n");
      if (end < 0) return;
      body = this.#head.length - end - 4;
      this.#headEnds = true;
      this.#status = Number(this.#head.slice(9, 12));
      const length = /content-length: (\d+)/i.exec(this.#head.slice(0, end));
      this.#left = length ? Number(length[1]) : undefined;
    }
    if (this.#left === undefined) {
      this.#tail = (this.#tail + chunk.subarray(-7).toString("latin1")).slice(-7);
      if (this.#tail.endsWith("\r\n0\r\n\r\n")) this.#done?.(this.#bytes);
      return;
    }
    this.#left -= body;
    if (this.#left <= 0) this.#done?.(this.#bytes);
  }
}

function closed(): Error {
  return new Error("the server closed the connection");
}
