import { encodeWatchBatch } from "../../../lib/api/splice.ts";
import { deepFreeze } from "../../../lib/base/plain-data.ts";
import { EncodedMessage } from "../../../lib/grpc/router.ts";
import type { EventFrame, WatchEventMessage } from "./cache-event.ts";

/** What a watch streams: any kind's watch response. */
export interface WatchResponse {
  events: WatchEventMessage[];
}

/** Events on their way to a door, which may have its own form for them. */
export class WatchMessage extends EncodedMessage<WatchResponse> {
  readonly frames: readonly EventFrame[];
  readonly #forms = new Map<string, Uint8Array>();

  constructor(frames: readonly EventFrame[]) {
    super(
      () => encodeWatchBatch(frames.map((frame) => frame.bytes)),
      () => deepFreeze({ events: frames.map((frame) => frame.message) }),
    );
    this.frames = frames;
  }

  /** The events in a form of that name, made once for all who get this message. */
  inForm(name: string, encode: (frames: readonly EventFrame[]) => Uint8Array): Uint8Array {
    let bytes = this.#forms.get(name);
    if (!bytes) {
      bytes = encode(this.frames);
      this.#forms.set(name, bytes);
    }
    return bytes;
  }
}

/** Events that some watchers get together; shared by all of them, encoded once. */
export class Delivery {
  readonly frames: readonly EventFrame[];
  /** Nothing the watcher selected is missing up to this revision. */
  readonly revision: number;
  #message: WatchMessage | undefined;

  constructor(frames: readonly EventFrame[], revision: number) {
    this.frames = frames;
    this.revision = revision;
  }

  get message(): WatchMessage {
    this.#message ??= new WatchMessage(this.frames);
    return this.#message;
  }

  get size(): number {
    let size = 0;
    for (const frame of this.frames) size += frame.size;
    return size;
  }
}
