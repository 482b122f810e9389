import {
  type RangeOptions,
  type Store,
  type StoreEntry,
  StoreError,
  type StoreEvent,
  type WatchBatch,
  type WriteOptions,
} from "../../../lib/storage/store.ts";
import type { EncryptionRules } from "./encryption-configuration.ts";
import { encryptedPrefix, plain, type Transformer } from "./transformer.ts";

const firstByte = encryptedPrefix.charCodeAt(0);
const pageEntries = 500;
/** What removes itself after a while need not be written anew, and would no longer do so. */
const shortLived = ["/registry/masterleases/", "/registry/core/events/"];

/** A store whose values are kept encrypted, as the rules say. Who uses it sees them as they are. */
export class EncryptingStore implements Store {
  readonly #store: Store;
  readonly #rules: EncryptionRules;

  constructor(store: Store, rules: EncryptionRules) {
    this.#store = store;
    this.#rules = rules;
  }

  async get(key: string): Promise<StoreEntry | undefined> {
    const entry = await this.#store.get(key);
    return entry && this.#shown(entry);
  }

  async range(prefix: string, options?: RangeOptions) {
    const result = await this.#store.range(prefix, options);
    return { ...result, entries: result.entries.map((entry) => this.#shown(entry)) };
  }

  count(prefix: string): Promise<number> {
    return this.#store.count(prefix);
  }

  create(key: string, value: Uint8Array, options?: WriteOptions): Promise<number> {
    return this.#store.create(key, this.#hidden(key, value), options);
  }

  async update(key: string, value: Uint8Array, expectedRevision: number, options?: WriteOptions): Promise<number> {
    return this.#showConflict(this.#store.update(key, this.#hidden(key, value), expectedRevision, options));
  }

  delete(key: string, expectedRevision: number): Promise<number> {
    return this.#showConflict(this.#store.delete(key, expectedRevision));
  }

  async *watch(prefix: string, fromRevision: number, signal?: AbortSignal): AsyncGenerator<WatchBatch> {
    for await (const { events, revision } of this.#store.watch(prefix, fromRevision, signal)) {
      yield { events: events.map((event) => this.#shownEvent(event)), revision };
    }
  }

  currentRevision(): Promise<number> {
    return this.#store.currentRevision();
  }

  knownRevision(): number | undefined {
    return this.#store.knownRevision?.();
  }

  compact(revision: number): Promise<void> {
    return this.#store.compact(revision);
  }

  status() {
    return this.#store.status();
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  /**
   * Writes anew what was kept otherwise than it would be now: so a key is no longer needed once another one writes. Answers
   * how many values those were. What somebody else changes meanwhile is written anew by that.
   */
  async rewrite(prefix: string, signal: AbortSignal): Promise<number> {
    let rewritten = 0;
    let page = await this.#store.range(prefix, { limit: pageEntries });
    for (;;) {
      for (const entry of page.entries) {
        if (signal.aborted) return rewritten;
        if (await this.#rewriteOne(entry)) rewritten++;
      }
      const last = page.entries.at(-1);
      if (!page.more || !last) return rewritten;
      page = await this.#store.range(prefix, { limit: pageEntries, after: last.key });
    }
  }

  async #rewriteOne(entry: StoreEntry): Promise<boolean> {
    const { key, value, revision } = entry;
    const [writer] = this.#rules.for(key) ?? [];
    if (!writer || readerOf([writer], value) || shortLived.some((prefix) => key.startsWith(prefix))) return false;
    try {
      await this.update(key, this.#shown(entry).value, revision);
      return true;
    } catch (error) {
      if (error instanceof StoreError && (error.code === "Conflict" || error.code === "NotFound")) return false;
      throw error;
    }
  }

  #hidden(key: string, value: Uint8Array): Uint8Array {
    const [writer] = this.#rules.for(key) ?? [];
    return writer ? writer.toStore(key, value) : value;
  }

  #shown(entry: StoreEntry): StoreEntry {
    const value = this.#plain(entry.key, entry.value);
    return value === entry.value ? entry : { ...entry, value };
  }

  #plain(key: string, stored: Uint8Array): Uint8Array {
    const transformers = this.#rules.for(key) ?? (isEncrypted(stored) ? [] : [plain]);
    const reader = readerOf(transformers, stored);
    if (!reader) throw new StoreError("Damaged", `no key of the encryption configuration reads ${key}`, { key });
    try {
      return reader.fromStore(key, stored);
    } catch (error) {
      throw new StoreError("Damaged", `${key} cannot be decrypted: it was changed, or another key has the same name`, {
        key,
        cause: error,
      });
    }
  }

  #shownEvent(event: StoreEvent): StoreEvent {
    const { key, value, previous } = event;
    return {
      ...event,
      ...(value && { value: this.#plain(key, value) }),
      ...(previous && { previous: this.#shown(previous) }),
    };
  }

  async #showConflict<T>(writing: Promise<T>): Promise<T> {
    try {
      return await writing;
    } catch (error) {
      if (!(error instanceof StoreError) || !error.current) throw error;
      const { code, message, key, current } = error;
      throw new StoreError(code, message, { ...(key !== undefined && { key }), current: this.#shown(current) });
    }
  }
}

/** The transformer that wrote a value, if it is one of these. */
function readerOf(transformers: readonly Transformer[], stored: Uint8Array): Transformer | undefined {
  if (!isEncrypted(stored)) return transformers.find((one) => one.prefix === "");
  const head = Buffer.from(stored.buffer, stored.byteOffset, Math.min(stored.byteLength, 512)).toString("latin1");
  return transformers.find(({ prefix }) => prefix !== "" && head.startsWith(prefix));
}

/** No object's own encoding begins like that. */
function isEncrypted(stored: Uint8Array): boolean {
  if (stored[0] !== firstByte) return false;
  const head = Buffer.from(stored.buffer, stored.byteOffset, Math.min(stored.byteLength, encryptedPrefix.length));
  return head.toString("latin1") === encryptedPrefix;
}
