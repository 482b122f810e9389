import { connect, type TLSSocket } from "node:tls";
import type { Admittance } from "./door-client.ts";

const connectMsMax = 30_000;

/** A connection on which anything can be said. */
export class RawConnection {
  readonly #socket: TLSSocket;
  #received = "";

  private constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.on("error", () => {});
    // Every write waits for the end, too.
    socket.setMaxListeners(0);
    socket.on("data", (chunk: Buffer) => {
      if (this.#received.length < 100_000) this.#received += chunk.toString("latin1");
    });
  }

  /** Rejects when the server lets nobody in for half a minute. */
  static open({ host, port, ca, cert, key }: Admittance, protocol: "h2" | "http/1.1"): Promise<RawConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, ca, cert, key, ALPNProtocols: [protocol] });
      const late = setTimeout(() => socket.destroy(new Error("nobody is let in")), connectMsMax);
      socket.once("error", reject);
      socket.once("secureConnect", () => {
        clearTimeout(late);
        resolve(new RawConnection(socket));
      });
    });
  }

  get received(): string {
    return this.#received;
  }

  /** Resolves when it is on its way, or nobody takes it. */
  write(bytes: Uint8Array | string): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket.destroyed || this.#socket.writableEnded) return resolve();
      this.#socket.once("close", () => resolve());
      this.#socket.write(bytes, () => resolve());
    });
  }

  /** Resolves with what has come when that has `text` in it, the server has closed, or after a time. */
  until(text: string, ms: number): Promise<string> {
    return new Promise((resolve) => {
      const look = () => {
        if (this.#received.includes(text) || this.#socket.destroyed) done();
      };
      const timer = setTimeout(() => done(), ms);
      const done = () => {
        clearTimeout(timer);
        this.#socket.off("data", look).off("close", look);
        resolve(this.#received);
      };
      this.#socket.on("data", look).on("close", look);
      look();
    });
  }

  /** Goes without a word. */
  drop(): void {
    this.#socket.destroy();
  }

  /** Says that nothing more comes; the rest is up to the server, for a second. */
  end(): void {
    this.#socket.end();
    setTimeout(() => this.#socket.destroy(), 1000).unref();
  }
}
