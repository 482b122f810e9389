import assert from "node:assert/strict";
import {
  brief,
  bytes,
  concurrently,
  createMany,
  type Open,
  storeTest,
  text,
  WatchReader,
  withDeadline,
} from "./setting.ts";

/** Watches: order, completeness, `previous`, progress and ends. */
export function testWatch(open: Open): void {
  storeTest("watch delivers what happens after its revision, with what was before", open, async ({ store }) => {
    const old = await store.create("/registry/a/old", bytes("0"));
    const reader = new WatchReader(store, "/registry/a/", old);
    const created = await store.create("/registry/a/1", bytes("1"));
    const updated = await store.update("/registry/a/1", bytes("2"), created);
    await store.create("/registry/b/1", bytes("elsewhere"));
    const deleted = await store.delete("/registry/a/1", updated);
    const again = await store.create("/registry/a/1", bytes("3"));
    const events = await reader.until(again);
    assert.deepEqual(brief(events), ["+/registry/a/1=1", "~/registry/a/1=2<1", "-/registry/a/1<2", "+/registry/a/1=3"]);
    assert.deepEqual(
      events.map(({ revision, previous }) => [revision, previous?.revision, previous?.key]),
      [
        [created, undefined, undefined],
        [updated, created, "/registry/a/1"],
        [deleted, updated, "/registry/a/1"],
        [again, undefined, undefined],
      ],
    );
    await reader.close();
  });

  storeTest("watch from the past replays history, then goes on live without a seam", open, async ({ store }) => {
    const start = await store.currentRevision();
    await createMany(store, "/registry/h/", 40);
    const first = await store.get("/registry/h/0000");
    await store.update("/registry/h/0000", bytes("new"), first?.revision ?? 0);
    const reader = new WatchReader(store, "/registry/h/", start);
    await reader.step();
    const writing = createMany(store, "/registry/h/live-", 40);
    const last = (await writing).at(-1) ?? 0;
    const events = await reader.until(last);
    assert.equal(events.length, 81);
    assert.deepEqual(brief(events.slice(39, 42)), [
      "+/registry/h/0039=value 39",
      "~/registry/h/0000=new<value 0",
      "+/registry/h/live-0000=value 0",
    ]);
    const later = new WatchReader(store, "/registry/h/", events[39]?.revision ?? 0);
    assert.equal((await later.until(last)).length, 41);
    await reader.close();
    await later.close();
  });

  storeTest("a large history is replayed whole", open, async ({ store }) => {
    const start = await store.currentRevision();
    const value = bytes("x".repeat(500));
    const revisions = await concurrently(3000, (index) => store.create(`/registry/big/${index}`, value));
    const last = Math.max(...revisions);
    const reader = new WatchReader(store, "/registry/big/", start);
    assert.equal((await reader.until(last)).length, 3000);
    const nothing = new WatchReader(store, "/registry/elsewhere/", start);
    assert.equal((await nothing.until(last)).length, 0);
    await reader.close();
    await nothing.close();
  });

  storeTest(
    "several watches of many concurrent writers each see every event once, in order",
    open,
    async ({ store }) => {
      const start = await store.currentRevision();
      const readers = ["/registry/m/", "/registry/m/", "/registry/m/1", "/registry/"].map(
        (prefix) => new WatchReader(store, prefix, start),
      );
      const writer = async (name: number) => {
        let revision = await store.create(`/registry/m/${name}`, bytes("0"));
        for (let round = 1; round <= 10; round++) {
          revision = await store.update(`/registry/m/${name}`, bytes(String(round)), revision);
        }
        return revision;
      };
      const last = Math.max(...(await Promise.all(Array.from({ length: 16 }, (_, name) => writer(name)))));
      const seen = await Promise.all(readers.map((reader) => reader.until(last)));
      assert.deepEqual(
        seen.map(({ length }) => length),
        [176, 176, 77, 176],
      );
      const states = new Map<string, string>();
      for (const event of seen[0] ?? []) {
        assert.equal(text(event.previous?.value), states.get(event.key));
        states.set(event.key, text(event.value) ?? "");
      }
      await Promise.all(readers.map((reader) => reader.close()));
    },
  );

  storeTest("an event is only delivered once it can be read", open, async ({ store }) => {
    const reader = new WatchReader(store, "/registry/a/", await store.currentRevision());
    const writes = createMany(store, "/registry/a/", 20);
    while (reader.events.length < 20) {
      await reader.step();
      const last = reader.events.at(-1);
      if (last) assert.ok(((await store.get(last.key))?.revision ?? 0) >= last.revision);
    }
    await writes;
    await reader.close();
  });

  storeTest("a watch without events of its own hears of progress", open, async ({ store }) => {
    const reader = new WatchReader(store, "/registry/quiet/", await store.currentRevision());
    const last = (await createMany(store, "/registry/loud/", 5)).at(-1) ?? 0;
    assert.ok((await store.currentRevision()) >= last);
    await reader.until(last);
    assert.deepEqual(reader.events, []);
    await reader.close();
  });

  storeTest("a consumer that pauses loses nothing", open, async ({ store }) => {
    const reader = new WatchReader(store, "/registry/p/", await store.currentRevision());
    const first = await store.create("/registry/p/first", bytes("1"));
    await reader.until(first);
    const last = (await createMany(store, "/registry/p/", 200)).at(-1) ?? 0;
    assert.equal((await reader.until(last)).length, 201);
    await reader.close();
  });

  storeTest("abort ends a watch quietly, before and while it waits", open, async ({ store }) => {
    const revision = await store.currentRevision();
    const aborted = new WatchReader(store, "/registry/a/", revision, AbortSignal.abort());
    assert.equal(await aborted.step(), false);
    const controller = new AbortController();
    const reader = new WatchReader(store, "/registry/a/", revision, controller.signal);
    const waiting = (async () => {
      while (await reader.step());
    })();
    controller.abort();
    await withDeadline(waiting, "the end of the watch");
    assert.equal(await reader.step(), false);
  });

  storeTest("breaking out of the loop ends a watch", open, async ({ store }) => {
    const revision = await store.currentRevision();
    await store.create("/registry/a/1", bytes("x"));
    for await (const batch of store.watch("/registry/a/", revision)) {
      if (batch.events.length > 0) break;
    }
    assert.equal(await store.count("/registry/a/"), 1);
  });
}
