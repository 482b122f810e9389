import assert from "node:assert/strict";
import { brief, bytes, concurrently, createMany, fails, type Open, storeTest, text, WatchReader } from "./setting.ts";

/** What compaction takes away, and what it leaves. */
export function testCompaction(open: Open): void {
  storeTest("compaction forgets the past and keeps what is current", open, async ({ store }) => {
    const a1 = await store.create("/registry/a/1", bytes("one"));
    const b1 = await store.create("/registry/a/2", bytes("stays"));
    const a2 = await store.update("/registry/a/1", bytes("two"), a1);
    const c1 = await store.create("/registry/a/3", bytes("goes"));
    const gone = await store.delete("/registry/a/3", c1);
    await store.compact(gone);
    assert.equal((await store.status()).compactedRevision, gone);
    await fails("Compacted", store.range("/registry/a/", { revision: a1 }));
    await fails("Compacted", store.range("/registry/a/", { revision: gone - 1 }));
    const now = await store.range("/registry/a/");
    assert.deepEqual(
      now.entries.map(({ key, value, revision }) => [key, text(value), revision]),
      [
        ["/registry/a/1", "two", a2],
        ["/registry/a/2", "stays", b1],
      ],
    );
    assert.deepEqual((await store.range("/registry/a/", { revision: gone })).entries, now.entries);
  });

  storeTest("a watch from before the compaction is refused, one from its revision is not", open, async ({ store }) => {
    const first = await store.create("/registry/a/1", bytes("one"));
    const second = await store.update("/registry/a/1", bytes("two"), first);
    await store.compact(second);
    const early = new WatchReader(store, "/registry/a/", first);
    await fails("Compacted", early.step());
    const reader = new WatchReader(store, "/registry/a/", second);
    const third = await store.update("/registry/a/1", bytes("three"), second);
    const events = await reader.until(third);
    assert.deepEqual(brief(events), ["~/registry/a/1=three<two"]);
    await reader.close();
  });

  storeTest("what was before an event is known although it is compacted history", open, async ({ store }) => {
    const first = await store.create("/registry/a/1", bytes("one"));
    const other = await store.create("/registry/a/2", bytes("x"));
    const second = await store.update("/registry/a/1", bytes("two"), first);
    const last = await store.delete("/registry/a/1", second);
    await store.compact(other);
    const reader = new WatchReader(store, "/registry/a/", other);
    assert.deepEqual(brief(await reader.until(last)), ["~/registry/a/1=two<one", "-/registry/a/1<two"]);
    await reader.close();
    const past = await store.range("/registry/a/", { revision: other });
    assert.deepEqual(
      past.entries.map(({ value }) => text(value)),
      ["one", "x"],
    );
  });

  storeTest("a watch that keeps up does not notice compaction", open, async ({ store }) => {
    const reader = new WatchReader(store, "/registry/a/", await store.currentRevision());
    for (let round = 0; round < 5; round++) {
      const revisions = await createMany(store, `/registry/a/${round}-`, 10);
      await reader.until(revisions.at(-1) ?? 0);
      await store.compact(revisions.at(-1) ?? 0);
    }
    assert.equal(reader.events.length, 50);
    await reader.close();
  });

  storeTest("a consumer that fell behind has no gap: it gets every event, or Compacted", open, async ({ store }) => {
    const reader = new WatchReader(store, "/registry/a/", await store.currentRevision());
    const first = await store.create("/registry/a/first", bytes("x"));
    await reader.until(first);
    const value = bytes("y".repeat(2000));
    const last = Math.max(...(await concurrently(1500, (index) => store.create(`/registry/a/${index}`, value))));
    await store.compact(last);
    const outcome = await reader.until(last).then(
      () => "all",
      (error: unknown) => error,
    );
    if (outcome === "all") assert.equal(reader.events.length, 1501);
    else await fails("Compacted", Promise.reject(outcome));
    for (const [index, event] of reader.events.entries()) assert.equal(event.revision, first + index);
    await reader.close();
  });

  storeTest("compaction is idempotent, never goes back, and not into the future", open, async ({ store }) => {
    const revisions = await createMany(store, "/registry/a/", 10);
    const [third = 0, sixth = 0] = [revisions[2], revisions[5]];
    await store.compact(sixth);
    await store.compact(sixth);
    await store.compact(third);
    assert.equal((await store.status()).compactedRevision, sixth);
    await fails("FutureRevision", store.compact((revisions[9] ?? 0) + 1));
    assert.equal((await store.range("/registry/a/", { revision: sixth })).entries.length, 6);
  });

  storeTest("writes, reads and compactions at the same time", open, async ({ store }) => {
    const start = await store.currentRevision();
    const reader = new WatchReader(store, "/registry/", start);
    const writer = async (name: number) => {
      for (let round = 0; round < 15; round++) {
        const created = await store.create(`/registry/x/${name}`, bytes(`${round}`));
        const updated = await store.update(`/registry/x/${name}`, bytes(`${round}!`), created);
        await store.delete(`/registry/x/${name}`, updated);
      }
    };
    const writing = Promise.all(Array.from({ length: 8 }, (_, name) => writer(name)));
    const reading = reader.until(start + 8 * 15 * 3);
    for (let round = 0; round < 5; round++) {
      await store.compact(Math.min(reader.revision, await store.currentRevision()));
      assert.ok((await store.range("/registry/x/")).entries.length <= 8);
    }
    await writing;
    assert.equal((await reading).length, 8 * 15 * 3);
    await reader.close();
    await store.compact(await store.currentRevision());
    assert.equal(await store.count("/registry/"), 0);
  });
}
