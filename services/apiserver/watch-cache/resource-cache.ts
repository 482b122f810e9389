import { spliceResourceVersion } from "../../../lib/api/splice.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { StoreEvent } from "../../../lib/storage/store.ts";
import { decodeObject } from "../codec.ts";
import type { ResourceInfo } from "../resource-info.ts";
import { CacheEvent } from "./cache-event.ts";
import { CachedObject, type IndexedFields } from "./cached-object.ts";
import type { DecodedObjects } from "./decoded-objects.ts";
import { Delivery } from "./delivery.ts";
import type { EncodedObjects, Encoding } from "./encoded-objects.ts";
import { EventLog } from "./event-log.ts";
import { OrderedEntries } from "./ordered-entries.ts";
import type { Selection } from "./selection.ts";
import { frameFor, WatchIndex } from "./watch-index.ts";
import { Watcher } from "./watcher.ts";

const recentEvents = { maxEvents: 2048, maxBytes: 4 * 1024 * 1024 };
const noLabels: Readonly<Record<string, string>> = Object.freeze({});

/** All objects of one kind as of the newest revision that the store has reported, and those who watch them. */
export class ResourceCache {
  #info: ResourceInfo;
  readonly #decoded: DecodedObjects;
  readonly #encoded: EncodedObjects;
  readonly #byKey = new Map<string, CachedObject>();
  #ordered = new OrderedEntries<CachedObject>();
  readonly #log: EventLog;
  readonly #watches: WatchIndex;
  #version = 0;
  #changedAt = 0;

  constructor(info: ResourceInfo, decoded: DecodedObjects, encoded: EncodedObjects) {
    this.#info = info;
    this.#decoded = decoded;
    this.#encoded = encoded;
    this.#log = new EventLog(0, recentEvents);
    this.#watches = new WatchIndex(this.indexOf);
  }

  get info(): ResourceInfo {
    return this.#info;
  }

  /** From now on objects are read by another form; what was made of them is made anew, and who watches must come again. */
  reform(info: ResourceInfo, revision: number): void {
    this.#info = info;
    for (const entry of this.#ordered) {
      this.#forget(entry);
      entry.decoded = undefined;
      entry.index = undefined;
    }
    this.#version++;
    this.#log.reset(revision);
    this.#watches.endAll();
  }

  get size(): number {
    return this.#ordered.size;
  }

  /** Another number after every change; for what is derived from the objects. */
  get version(): number {
    return this.#version;
  }

  /** Nothing has changed after this revision, as far as the cache has got. */
  get changedAt(): number {
    return this.#changedAt;
  }

  get watcherCount(): number {
    return this.#watches.watcherCount;
  }

  get(key: string): CachedObject | undefined {
    return this.#byKey.get(key);
  }

  /** The objects of a namespace (of all when absent) whose key comes after `after`, in key order; the caller's own array. */
  snapshot(namespace: string | undefined, after?: string): CachedObject[] {
    const prefix = namespace === undefined ? this.info.keyPrefix : `${this.info.keyPrefix}${namespace}/`;
    // "0" is the character after "/".
    return this.#ordered.slice(after === undefined ? prefix : `${after}\0`, `${prefix.slice(0, -1)}0`);
  }

  /** Frozen. */
  decode = (entry: CachedObject): ApiObject => this.#decoded.get(entry, this.#decodeEntry);

  /** An object in another encoding than the store's, made once and kept for a while. */
  encoded(entry: CachedObject, encoding: Encoding, encode: (object: ApiObject) => Uint8Array): Uint8Array {
    return this.#encoded.get(entry, encoding, () =>
      encode(this.#decoded.peek(entry) ?? this.info.type.decode(entry.bytes)),
    );
  }

  /** Labels and selectable fields. */
  indexOf = (entry: CachedObject): IndexedFields => {
    entry.index ??= this.#makeIndex(entry);
    return entry.index;
  };

  /** Replaces everything with what the store has at `revision`, in key order; who watches must come again. */
  load(entries: CachedObject[], revision: number): void {
    for (const entry of this.#ordered) this.#forget(entry);
    this.#byKey.clear();
    this.#ordered = new OrderedEntries(entries);
    for (const entry of entries) this.#byKey.set(entry.key, entry);
    this.#version++;
    this.#changedAt = revision;
    this.#log.reset(revision);
    this.#watches.endAll();
  }

  /** Takes in changes, in revision order, and hands them to the watchers. */
  apply(changes: readonly StoreEvent[], revision: number): void {
    const events: CacheEvent[] = [];
    for (const change of changes) {
      const event = this.#applyOne(change);
      if (!event) continue;
      events.push(event);
      this.#version++;
      this.#changedAt = event.revision;
      this.#log.append(event);
    }
    this.#watches.distribute(events, revision);
  }

  /** A watch of what `selection` matches, from the revision that the cache has reached on; `onEnd` is called at its end. */
  watch(selection: Selection, onEnd: () => void): Watcher {
    const watcher = new Watcher((ended) => {
      this.#watches.remove(selection, ended);
      onEnd();
    });
    this.#watches.add(selection, watcher);
    return watcher;
  }

  /** Whether memory reaches back to `revision`. */
  remembers(revision: number): boolean {
    return revision >= this.#log.completeAfter;
  }

  /** What a watch of `selection` missed after `revision`; undefined when memory does not reach back that far. */
  missedSince(selection: Selection, revision: number, now: number): Delivery | undefined {
    const events = this.#log.after(revision);
    return events && this.#deliveryOf(events, selection, now);
  }

  /** Changes read from the store's history, as a watch of `selection` sees them. */
  deliveryOfHistory(changes: readonly StoreEvent[], selection: Selection, revision: number): Delivery {
    const events = changes.map((change) =>
      this.#event(change, change.previous && this.entryOf(change.key, change.previous.revision, change.previous.value)),
    );
    return this.#deliveryOf(events, selection, revision);
  }

  /** Ends all watches: quietly, or with `failure`. */
  endWatches(failure?: unknown): void {
    this.#watches.endAll(failure);
  }

  #deliveryOf(events: readonly CacheEvent[], selection: Selection, revision: number): Delivery {
    const frames = events
      .map((event) => frameFor(event, selection, this.indexOf))
      .filter((frame) => frame !== undefined);
    return new Delivery(frames, revision);
  }

  #applyOne(change: StoreEvent): CacheEvent | undefined {
    const previous = this.#byKey.get(change.key);
    if (previous && previous.revision >= change.revision) return undefined;
    if (!previous && !change.value) return undefined;
    const event = this.#event(change, previous);
    if (previous) this.#forget(previous);
    if (event.current) {
      this.#byKey.set(change.key, event.current);
      this.#ordered.set(event.current);
    } else {
      this.#byKey.delete(change.key);
      this.#ordered.delete(change.key);
    }
    return event;
  }

  #forget(entry: CachedObject): void {
    this.#decoded.forget(entry);
    this.#encoded.forget(entry);
  }

  #event(change: StoreEvent, previous: CachedObject | undefined): CacheEvent {
    const current = change.value && this.entryOf(change.key, change.revision, change.value);
    const lastState = () => {
      const { key, bytes } = previous ?? current!;
      return this.entryOf(key, change.revision, bytes);
    };
    return new CacheEvent({ revision: change.revision, current, previous }, lastState, this);
  }

  /** The cached form of a stored value. */
  entryOf(key: string, revision: number, bytes: Uint8Array): CachedObject {
    return new CachedObject(key, this.info.keyPrefix.length, revision, spliceResourceVersion(bytes, revision));
  }

  #decodeEntry = (entry: CachedObject): ApiObject => decodeObject(this.info, entry.bytes);

  #makeIndex(entry: CachedObject): IndexedFields {
    const object = this.decode(entry);
    const fields: Record<string, string> = { "metadata.name": entry.name };
    if (this.info.schema.namespaced) fields["metadata.namespace"] = entry.namespace;
    for (const [path, read] of Object.entries(this.info.strategy.selectableFields)) fields[path] = read(object);
    return { labels: object.metadata?.labels ?? noLabels, fields };
  }
}
