import { encodeWatchEvent } from "../../../lib/api/splice.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { CachedObject } from "./cached-object.ts";
import type { Encoding } from "./encoded-objects.ts";

/** What a watch reports. */
export type WatchEventType = "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";

/** What makes other forms of cached objects, and keeps them for a while. */
export interface EntryForms {
  decode(entry: CachedObject): ApiObject;
  encoded(entry: CachedObject, encoding: Encoding, encode: (object: ApiObject) => Uint8Array): Uint8Array;
}

/** One event as a watcher gets it. */
export interface WatchEventMessage {
  type: WatchEventType;
  object: ApiObject;
}

/** An event for the wire and for the process. */
export interface EventFrame {
  /** The `events` field of a watch response with this event. */
  readonly bytes: Uint8Array;
  /** Frozen, as is its object. */
  readonly message: WatchEventMessage;
  readonly type: WatchEventType;
  /** The object in another encoding, made once; absent for bookmarks. */
  encoded?(encoding: Encoding, encode: (object: ApiObject) => Uint8Array): Uint8Array;
  /** Size on the wire, about; for bounds. */
  readonly size: number;
}

/** The frame of an event about a cached object; each form is made once, when it is first asked for. */
export class ObjectFrame implements EventFrame {
  readonly type: WatchEventType;
  readonly #entry: CachedObject;
  readonly #forms: EntryForms;
  #bytes: Uint8Array | undefined;
  #message: WatchEventMessage | undefined;

  constructor(type: WatchEventType, entry: CachedObject, forms: EntryForms) {
    this.type = type;
    this.#entry = entry;
    this.#forms = forms;
  }

  encoded(encoding: Encoding, encode: (object: ApiObject) => Uint8Array): Uint8Array {
    return this.#forms.encoded(this.#entry, encoding, encode);
  }

  get bytes(): Uint8Array {
    this.#bytes ??= encodeWatchEvent(this.type, this.#entry.bytes);
    return this.#bytes;
  }

  get message(): WatchEventMessage {
    this.#message ??= Object.freeze({ type: this.type, object: this.#forms.decode(this.#entry) });
    return this.#message;
  }

  get size(): number {
    return this.#entry.bytes.length + 16;
  }
}

/** A change of one object. Watchers see it as one of three types, by what their selection matched before and after. */
export class CacheEvent {
  readonly revision: number;
  /** The object after the change; absent for a removal. */
  readonly current: CachedObject | undefined;
  /** The object before the change; absent for a creation. */
  readonly previous: CachedObject | undefined;
  /** The last state, at the revision of this change: what a watcher gets when the object leaves its selection. */
  readonly #lastState: () => CachedObject;
  readonly #forms: EntryForms;
  readonly #frames: Partial<Record<WatchEventType, EventFrame>> = {};

  constructor(
    change: { revision: number; current?: CachedObject | undefined; previous?: CachedObject | undefined },
    lastState: () => CachedObject,
    forms: EntryForms,
  ) {
    this.revision = change.revision;
    this.current = change.current;
    this.previous = change.previous;
    this.#lastState = lastState;
    this.#forms = forms;
  }

  /** The frame for a watcher that matched the object before and matches it now as said; undefined when it sees nothing. */
  frameFor(matchedBefore: boolean, matchesNow: boolean): EventFrame | undefined {
    if (matchesNow) return this.#frame(matchedBefore ? "MODIFIED" : "ADDED");
    return matchedBefore ? this.#frame("DELETED") : undefined;
  }

  get size(): number {
    return 64 + (this.current?.bytes.length ?? 0) + (this.previous?.bytes.length ?? 0);
  }

  #frame(type: "ADDED" | "MODIFIED" | "DELETED"): EventFrame {
    let frame = this.#frames[type];
    if (!frame) {
      const entry = type === "DELETED" ? this.#lastState() : (this.current ?? this.#lastState());
      frame = new ObjectFrame(type, entry, this.#forms);
      this.#frames[type] = frame;
    }
    return frame;
  }
}
