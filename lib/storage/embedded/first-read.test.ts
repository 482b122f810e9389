import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Store } from "../store.ts";
import { openEmbeddedStore } from "./embedded-store.ts";
import { FirstRead } from "./first-read.ts";

const entries = () => ["/a/1", "/a/2", "/a/3", "/b/1"].map((key) => ({ key, value: Buffer.from(key), revision: 7 }));
const keysOf = (page: { entries: { key: string }[] } | undefined) => page?.entries.map(({ key }) => key);

test("pages are handed out in order, each once; whatever else is asked is left to others", () => {
  const first = new FirstRead(9, entries());
  assert.equal(first.page("/a/", { revision: 9 }), undefined);
  assert.equal(first.page("/", { revision: 8 }), undefined);
  const page = first.page("/", { revision: 9, limit: 3 });
  assert.deepEqual(keysOf(page), ["/a/1", "/a/2", "/a/3"]);
  assert.deepEqual([page?.more, page?.remaining, page?.revision], [true, 1, 9]);
  assert.equal(first.page("/", { revision: 9, limit: 3 }), undefined);
  assert.equal(first.page("/", { revision: 9, limit: 3, after: "/a/2" }), undefined);
  const last = first.page("/", { revision: 9, limit: 3, after: "/a/3" });
  assert.deepEqual([keysOf(last), last?.more], [["/b/1"], false]);
  assert.equal(first.page("/", { revision: 9, after: "/b/1" }), undefined);
});

test("a large store is read apart when it is opened, and answers as it would otherwise, also after changes", async () => {
  const directory = mkdtempSync(join(tmpdir(), "typernetes-store-"));
  const all = async (store: Store) => {
    const keys: string[] = [];
    let page = await store.range("/", { limit: 3 });
    for (;;) {
      keys.push(...page.entries.map(({ key, value }) => `${key}=${Buffer.from(value)}`));
      if (!page.more) return { keys, revision: page.revision };
      page = await store.range("/", { limit: 3, revision: page.revision, after: page.entries.at(-1)?.key ?? "" });
      await store.create(`/new/${keys.length}-${page.revision}`, Buffer.from("later"));
    }
  };
  try {
    const before = await openEmbeddedStore({ directory });
    const one = await before.create("/x/1", Buffer.from("old"));
    for (let number = 2; number < 9; number++) await before.create(`/x/${number}`, Buffer.from(`v${number}`));
    await before.update("/x/1", Buffer.from("new"), one);
    await before.delete("/x/5", (await before.get("/x/5"))?.revision ?? 0);
    const { entries, revision } = await before.range("/");
    await before.close();
    const store = await openEmbeddedStore({ directory, readApartBytesMin: 0 });
    try {
      const expected = entries.map(({ key, value }) => `${key}=${Buffer.from(value)}`);
      assert.deepEqual(await all(store), { keys: expected, revision });
      const later = await store.range("/");
      assert.ok(later.revision > revision);
      assert.ok(later.entries.length > expected.length);
    } finally {
      await store.close();
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
