import type { WebSocket } from "ws";
import { ChunkQueue } from "../../../../../lib/base/chunk-queue.ts";
import { MessageSocket } from "./message-socket.ts";

/** A message of this channel ends another one, which it names. */
const closeSignal = 255;

/** How channels are written into messages: a byte before the bytes, or a digit before base64. */
export type ChannelForm = "binary" | "base64";

/** Numbered channels over one WebSocket: Kubernetes' `channel.k8s.io`. */
export class Channels {
  readonly #socket: MessageSocket;
  readonly #form: ChannelForm;
  readonly #incoming = new Map<number, ChunkQueue>();

  /** What comes on other channels than those of `incoming` is dropped. `takesClose`: whether clients may end them one by one. */
  constructor(webSocket: WebSocket, form: ChannelForm, incoming: readonly number[], takesClose = false) {
    this.#form = form;
    for (const channel of incoming) this.#incoming.set(channel, new ChunkQueue());
    this.#socket = new MessageSocket(webSocket, (message) => this.#receive(message, takesClose));
    void this.#socket.closed.then(() => {
      for (const queue of this.#incoming.values()) queue.close();
    });
  }

  get closed(): Promise<void> {
    return this.#socket.closed;
  }

  /** What the client sends on a channel. */
  incoming(channel: number): ChunkQueue | undefined {
    return this.#incoming.get(channel);
  }

  send(channel: number, bytes: Uint8Array): Promise<void> {
    if (this.#form === "base64") return this.#socket.send(`${channel}${Buffer.from(bytes).toString("base64")}`);
    return this.#socket.send(Buffer.concat([Buffer.of(channel), bytes]));
  }

  /** Closes the connection after what was sent. */
  end(): void {
    for (const queue of this.#incoming.values()) queue.close();
    this.#socket.end();
  }

  #receive(message: Buffer, takesClose: boolean): Promise<void> | undefined {
    const first = message[0];
    if (first === undefined) return undefined;
    if (takesClose && first === closeSignal) {
      this.#incoming.get(message[1] ?? -1)?.end();
      return undefined;
    }
    const isText = this.#form === "base64";
    const queue = this.#incoming.get(isText ? first - 0x30 : first);
    const rest = message.subarray(1);
    queue?.push(isText ? Buffer.from(rest.toString("latin1"), "base64") : rest);
    return queue?.isFull ? queue.room() : undefined;
  }
}
