import assert from "node:assert/strict";
import { test } from "node:test";
import type { OpenedStore } from "../conformance.ts";
import { type Store, StoreError, type StoreErrorCode, type StoreEvent, type WatchBatch } from "../store.ts";

export type Open = () => Promise<OpenedStore>;

/** A test on a store of its own, which is cleaned up also when the test fails. */
export function storeTest(name: string, open: Open, body: (opened: OpenedStore) => Promise<void>): void {
  test(name, { timeout: 300_000 }, async () => {
    const opened = await open();
    try {
      await body(opened);
    } finally {
      await opened.cleanup();
    }
  });
}

export function bytes(text: string): Uint8Array {
  return Buffer.from(text);
}

export function text(value: Uint8Array | undefined): string | undefined {
  return value && Buffer.from(value).toString();
}

/** Asserts that `work` fails with a StoreError of `code`, and returns that. */
export async function fails(code: StoreErrorCode, work: Promise<unknown>): Promise<StoreError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof StoreError, `expected a StoreError ${code}, got ${String(error)}`);
  assert.equal(error.code, code);
  return error;
}

/** Creates `count` keys under `prefix`, one after the other, and returns their revisions. */
export async function createMany(store: Store, prefix: string, count: number): Promise<number[]> {
  const revisions: number[] = [];
  for (let index = 0; index < count; index++) {
    const key = `${prefix}${String(index).padStart(4, "0")}`;
    revisions.push(await store.create(key, bytes(`value ${index}`)));
  }
  return revisions;
}

/** Runs `count` calls of `work`, a bounded number at a time. */
export async function concurrently<T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> {
  const results = new Array<T>(count);
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < count; index = next++) results[index] = await work(index);
  };
  await Promise.all(Array.from({ length: 64 }, worker));
  return results;
}

/** Reads a watch batch by batch. */
export class WatchReader {
  readonly events: StoreEvent[] = [];
  /** Up to where the watch says that nothing is missing. */
  revision: number;
  readonly #iterator: AsyncIterator<WatchBatch>;

  constructor(store: Store, prefix: string, fromRevision: number, signal?: AbortSignal) {
    this.revision = fromRevision;
    this.#iterator = store.watch(prefix, fromRevision, signal)[Symbol.asyncIterator]();
  }

  /** Reads one batch; false when the watch has ended. */
  async step(): Promise<boolean> {
    const { done, value } = await withDeadline(this.#iterator.next(), "a watch batch");
    if (done) return false;
    assert.ok(value.revision >= this.revision, `watch went back from ${this.revision} to ${value.revision}`);
    for (const event of value.events) {
      const last = this.events.at(-1)?.revision ?? 0;
      assert.ok(event.revision > last, `event ${event.revision} came after ${last}`);
      assert.ok(event.revision <= value.revision);
      this.events.push(event);
    }
    this.revision = value.revision;
    return true;
  }

  /** Reads until the watch has got to `revision`. */
  async until(revision: number): Promise<StoreEvent[]> {
    while (this.revision < revision) assert.ok(await this.step(), `the watch ended before revision ${revision}`);
    return this.events;
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}

/** Events as short texts: `+key=value`, `~key=value<before`, `-key<before`. */
export function brief(events: readonly StoreEvent[]): string[] {
  return events.map(({ key, value, previous }) => {
    const sign = value ? (previous ? "~" : "+") : "-";
    const before = previous ? `<${text(previous.value)}` : "";
    return value ? `${sign}${key}=${text(value)}${before}` : `${sign}${key}${before}`;
  });
}

export async function withDeadline<T>(work: Promise<T>, what: string, ms = 60_000): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not come within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
