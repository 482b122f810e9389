import assert from "node:assert/strict";
import { StoreError, type WriteOptions } from "../store.ts";
import { brief, bytes, concurrently, type Open, storeTest, text, WatchReader } from "./setting.ts";

/** Keys with a time to live. */
export function testLeases(open: Open): void {
  storeTest("a key with a time to live goes, as an ordinary removal", open, async ({ store }) => {
    const start = await store.currentRevision();
    const reader = new WatchReader(store, "/registry/e/", start);
    await store.create("/registry/e/stays", bytes("y"));
    const revision = await store.create("/registry/e/short", bytes("x"), { ttlSeconds: 1 });
    // On a machine that is busy it may have gone already.
    assert.ok([revision, undefined].includes((await store.get("/registry/e/short"))?.revision));
    while (reader.events.length < 3) await reader.step();
    assert.deepEqual(brief(reader.events), ["+/registry/e/stays=y", "+/registry/e/short=x", "-/registry/e/short<x"]);
    assert.equal(await store.get("/registry/e/short"), undefined);
    assert.equal(await store.count("/registry/e/"), 1);
    await reader.close();
  });

  storeTest("an update renews, sets or lifts the time to live", open, async ({ store }) => {
    const reader = new WatchReader(store, "/registry/e/", await store.currentRevision());
    let ttlSeconds = 1;
    /** Makes a key that is to go soon, and updates it before it goes. */
    const updated = async (key: string, options?: WriteOptions): Promise<void> => {
      const created = await store.create(key, bytes("1"), { ttlSeconds });
      try {
        await store.update(key, bytes("2"), created, options);
      } catch (error) {
        // On a machine that is busy it went before.
        if (!(error instanceof StoreError && error.code === "NotFound")) throw error;
        ttlSeconds *= 2;
        await updated(key, options);
      }
    };
    await updated("/registry/e/lifted");
    await updated("/registry/e/renewed", { ttlSeconds: 3600 });
    const set = await store.create("/registry/e/set", bytes("1"));
    await store.update("/registry/e/set", bytes("2"), set, { ttlSeconds: 1 });
    // Given its time after the others, so theirs have passed when this one's has.
    await store.create("/registry/e/witness", bytes("1"), { ttlSeconds: ttlSeconds + 1 });
    const hasGone = (key: string) => reader.events.some((event) => event.key === key && !event.value);
    while (!hasGone("/registry/e/set") || !hasGone("/registry/e/witness")) await reader.step();
    const { entries } = await store.range("/registry/e/");
    assert.deepEqual(
      entries.map(({ key, value }) => [key, text(value)]),
      [
        ["/registry/e/lifted", "2"],
        ["/registry/e/renewed", "2"],
      ],
    );
    await reader.close();
  });

  storeTest("many keys with a time to live all go", open, async ({ store }) => {
    const reader = new WatchReader(store, "/registry/e/", await store.currentRevision());
    await concurrently(600, (index) => store.create(`/registry/e/${index}`, bytes("x"), { ttlSeconds: 1 }));
    while (reader.events.length < 1200) await reader.step();
    assert.equal(await store.count("/registry/e/"), 0);
    await reader.close();
  });
}
