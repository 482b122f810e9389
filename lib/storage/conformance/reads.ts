import assert from "node:assert/strict";
import { bytes, createMany, fails, type Open, storeTest, text } from "./setting.ts";

/** Ranges, pages, counts, and reads of the past. */
export function testReads(open: Open): void {
  storeTest("range gives the keys under a prefix, in order, and no others", open, async ({ store }) => {
    const keys = [
      "/registry/core/pods/a/2",
      "/registry/core/pods/a/1",
      "/registry/core/pods/ab/1",
      "/registry/core/pod/a",
    ];
    for (const key of keys) await store.create(key, bytes(key));
    const all = await store.range("/registry/core/pods/a/");
    assert.deepEqual(
      all.entries.map(({ key, value }) => [key, text(value)]),
      [
        ["/registry/core/pods/a/1", "/registry/core/pods/a/1"],
        ["/registry/core/pods/a/2", "/registry/core/pods/a/2"],
      ],
    );
    assert.equal(all.more, false);
    assert.equal(all.remaining, 0);
    assert.equal(all.revision, await store.currentRevision());
    assert.deepEqual((await store.range("/registry/core/none/")).entries, []);
  });

  storeTest("range in pages: limit, after, more and remaining", open, async ({ store }) => {
    await createMany(store, "/registry/p/", 10);
    await store.create("/registry/q/1", bytes("no part of it"));
    const first = await store.range("/registry/p/", { limit: 4 });
    assert.deepEqual([first.entries.length, first.more, first.remaining], [4, true, 6]);
    const second = await store.range("/registry/p/", { limit: 4, after: first.entries[3]?.key ?? "" });
    assert.deepEqual([second.entries[0]?.key, second.more, second.remaining], ["/registry/p/0004", true, 2]);
    const last = await store.range("/registry/p/", { limit: 4, after: second.entries[3]?.key ?? "" });
    assert.deepEqual([last.entries.length, last.more, last.remaining], [2, false, 0]);
    const exact = await store.range("/registry/p/", { limit: 10 });
    assert.deepEqual([exact.entries.length, exact.more, exact.remaining], [10, false, 0]);
    const beyond = await store.range("/registry/p/", { limit: 4, after: "/registry/p/9999" });
    assert.deepEqual([beyond.entries.length, beyond.more, beyond.remaining], [0, false, 0]);
    const between = await store.range("/registry/p/", { limit: 1, after: "/registry/p/0004x" });
    assert.deepEqual([between.entries[0]?.key, between.remaining], ["/registry/p/0005", 4]);
  });

  storeTest("pages at the first page's revision are one snapshot while writes go on", open, async ({ store }) => {
    const revisions = await createMany(store, "/registry/s/", 30);
    const seen: string[] = [];
    let page = await store.range("/registry/s/", { limit: 7 });
    const { revision } = page;
    for (let round = 0; ; round++) {
      assert.equal(page.revision, revision);
      seen.push(...page.entries.map(({ key, value }) => `${key}=${text(value)}`));
      assert.equal(page.remaining, 30 - seen.length);
      if (!page.more) break;
      await store.update(
        `/registry/s/${String(29 - round).padStart(4, "0")}`,
        bytes("new"),
        revisions[29 - round] ?? 0,
      );
      await store.delete(`/registry/s/${String(20 - round).padStart(4, "0")}`, revisions[20 - round] ?? 0);
      await store.create(`/registry/s/${String(10 + round).padStart(4, "0")}-new`, bytes("new"));
      page = await store.range("/registry/s/", { limit: 7, revision, after: page.entries.at(-1)?.key ?? "" });
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 30 }, (_, index) => `/registry/s/${String(index).padStart(4, "0")}=value ${index}`),
    );
  });

  storeTest("a range in the past sees every state that was", open, async ({ store }) => {
    const states = new Map<number, string[]>();
    const note = async (revision: number) => {
      const { entries } = await store.range("/registry/t/");
      states.set(
        revision,
        entries.map((entry) => `${entry.key}=${text(entry.value)}@${entry.revision}`),
      );
      return revision;
    };
    const a1 = await note(await store.create("/registry/t/a", bytes("1")));
    const b1 = await note(await store.create("/registry/t/b", bytes("1")));
    const a2 = await note(await store.update("/registry/t/a", bytes("2"), a1));
    await note(await store.delete("/registry/t/b", b1));
    await note(await store.create("/registry/t/b", bytes("2")));
    await note(await store.delete("/registry/t/a", a2));
    for (const [revision, expected] of states) {
      const { entries, revision: readAt } = await store.range("/registry/t/", { revision });
      assert.equal(readAt, revision);
      assert.deepEqual(
        entries.map((entry) => `${entry.key}=${text(entry.value)}@${entry.revision}`),
        expected,
        `at revision ${revision}`,
      );
    }
  });

  storeTest("a revision that is not yet reached is refused", open, async ({ store }) => {
    const revision = await store.create("/registry/a/1", bytes("x"));
    await fails("FutureRevision", store.range("/registry/a/", { revision: revision + 1 }));
  });

  storeTest("count counts what is there now", open, async ({ store }) => {
    assert.equal(await store.count("/registry/c/"), 0);
    const revisions = await createMany(store, "/registry/c/", 12);
    await store.create("/registry/d/1", bytes("x"));
    assert.equal(await store.count("/registry/c/"), 12);
    await store.delete("/registry/c/0003", revisions[3] ?? 0);
    assert.equal(await store.count("/registry/c/"), 11);
    assert.equal(await store.count("/registry/"), 12);
  });

  storeTest("a read sees every write acknowledged before it", open, async ({ store }) => {
    const reader = async (name: number) => {
      let revision = await store.create(`/registry/l/${name}`, bytes("0"));
      for (let round = 1; round <= 10; round++) {
        revision = await store.update(`/registry/l/${name}`, bytes(String(round)), revision);
        assert.equal((await store.get(`/registry/l/${name}`))?.revision, revision);
        const { entries, revision: readAt } = await store.range(`/registry/l/${name}`);
        assert.equal(entries[0]?.revision, revision);
        assert.ok(readAt >= revision);
        assert.ok((await store.currentRevision()) >= readAt);
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, name) => reader(name + 10)));
  });

  storeTest("status tells the backend, its revisions and its size", open, async ({ store }) => {
    const revision = await store.create("/registry/a/1", bytes("x"));
    const status = await store.status();
    assert.equal(status.revision, revision);
    assert.ok(status.compactedRevision < revision);
    assert.ok(status.sizeBytes > 0);
    assert.notEqual(status.version, "");
    assert.ok(["embedded", "etcd"].includes(status.backend));
  });
}
