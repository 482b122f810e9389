import assert from "node:assert/strict";
import { brief, bytes, createMany, fails, type Open, storeTest, text, WatchReader, withDeadline } from "./setting.ts";

/** What outlives the store's closing, and what ends with it. */
export function testLifetime(open: Open): void {
  storeTest("close ends watches and refuses further work", open, async ({ store }) => {
    const reader = new WatchReader(store, "/registry/", await store.currentRevision());
    const waiting = (async () => {
      while (await reader.step());
    })();
    await store.create("/registry/a/1", bytes("x"));
    await store.close();
    await withDeadline(waiting, "the end of the watch");
    await fails("Closed", store.get("/registry/a/1"));
    await fails("Closed", store.range("/registry/a/"));
    await fails("Closed", store.create("/registry/a/2", bytes("x")));
    await fails("Closed", store.currentRevision());
    await store.close();
  });

  storeTest("writes under way when the store closes are kept or refused", open, async ({ store, reopen }) => {
    const writes = Array.from({ length: 50 }, (_, index) => store.create(`/registry/a/${index}`, bytes("x")));
    const [results] = await Promise.all([Promise.allSettled(writes), store.close()]);
    if (!reopen) return;
    const again = await reopen();
    for (const [index, { status }] of results.entries()) {
      if (status === "fulfilled") assert.ok(await again.get(`/registry/a/${index}`), `write ${index} was acknowledged`);
    }
  });

  storeTest("data, history and the compacted revision outlive a restart", open, async ({ store, reopen }) => {
    if (!reopen) return;
    const revisions = await createMany(store, "/registry/a/", 10);
    const [second = 0, fifth = 0] = [revisions[1], revisions[4]];
    const updated = await store.update("/registry/a/0001", bytes("new"), second);
    await store.compact(fifth);
    const again = await reopen();
    assert.equal(await again.currentRevision(), updated);
    assert.equal((await again.status()).compactedRevision, fifth);
    await fails("Compacted", again.range("/registry/a/", { revision: second }));
    const past = await again.range("/registry/a/", { revision: fifth });
    assert.deepEqual([past.entries.length, text(past.entries[1]?.value)], [5, "value 1"]);
    const reader = new WatchReader(again, "/registry/a/000", updated - 2);
    const next = await again.create("/registry/a/0000-new", bytes("x"));
    assert.ok(next > updated);
    assert.deepEqual(brief(await reader.until(next)), [
      "+/registry/a/0009=value 9",
      "~/registry/a/0001=new<value 1",
      "+/registry/a/0000-new=x",
    ]);
    await reader.close();
  });

  storeTest(
    "the revision goes on after a restart though the last writes were removals",
    open,
    async ({ store, reopen }) => {
      if (!reopen) return;
      const created = await store.create("/registry/a/1", bytes("x"));
      const deleted = await store.delete("/registry/a/1", created);
      await store.compact(deleted);
      const again = await reopen();
      assert.equal(await again.currentRevision(), deleted);
      assert.equal(await again.create("/registry/a/1", bytes("y")), deleted + 1);
    },
  );

  storeTest("a time to live goes on over a restart", open, async ({ store, reopen }) => {
    if (!reopen) return;
    const start = await store.create("/registry/e/1", bytes("x"), { ttlSeconds: 1 });
    const again = await reopen();
    const reader = new WatchReader(again, "/registry/e/", start);
    while (reader.events.length < 1) await reader.step();
    assert.deepEqual(brief(reader.events), ["-/registry/e/1<x"]);
    await reader.close();
  });
}
