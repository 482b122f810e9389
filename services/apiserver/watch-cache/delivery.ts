import { encodeWatchBatch } from "../../../lib/api/splice.ts";
import { deepFreeze } from "../../../lib/base/plain-data.ts";
import { EncodedMessage } from "../../../lib/grpc/router.ts";
import type { EventFrame, WatchEventMessage } from "./cache-event.ts";

/** What a watch streams: any kind's watch response. */
export interface WatchResponse {
  events: WatchEventMessage[];
}

/** Events that some watchers get together; shared by all of them, encoded once. */
export class Delivery {
  readonly frames: readonly EventFrame[];
  /** Nothing the watcher selected is missing up to this revision. */
  readonly revision: number;
  #message: EncodedMessage<WatchResponse> | undefined;

  constructor(frames: readonly EventFrame[], revision: number) {
    this.frames = frames;
    this.revision = revision;
  }

  get message(): EncodedMessage<WatchResponse> {
    this.#message ??= encodeFrames(this.frames);
    return this.#message;
  }

  get size(): number {
    let size = 0;
    for (const frame of this.frames) size += frame.size;
    return size;
  }
}

/** One message with all the frames. */
export function encodeFrames(frames: readonly EventFrame[]): EncodedMessage<WatchResponse> {
  return new EncodedMessage<WatchResponse>(
    () => encodeWatchBatch(frames.map((frame) => frame.bytes)),
    () => deepFreeze({ events: frames.map((frame) => frame.message) }),
  );
}
