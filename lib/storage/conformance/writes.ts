import assert from "node:assert/strict";
import { maxValueBytes } from "../store.ts";
import { bytes, fails, type Open, storeTest, text } from "./setting.ts";

/** Conditions, revisions and errors of single writes, and many writers at once. */
export function testWrites(open: Open): void {
  storeTest("create returns a revision, get returns what was created", open, async ({ store }) => {
    const before = await store.currentRevision();
    assert.ok(before > 0);
    const revision = await store.create("/registry/core/pods/default/a", bytes("one"));
    assert.ok(revision > before);
    const entry = await store.get("/registry/core/pods/default/a");
    assert.deepEqual(
      { ...entry, value: text(entry?.value) },
      { key: "/registry/core/pods/default/a", value: "one", revision },
    );
    assert.equal(await store.currentRevision(), revision);
    assert.equal(await store.get("/registry/core/pods/default/b"), undefined);
  });

  storeTest("each committed write raises the revision by one, a refused one leaves it", open, async ({ store }) => {
    const first = await store.create("/registry/a/1", bytes("x"));
    await fails("Exists", store.create("/registry/a/1", bytes("y")));
    const second = await store.update("/registry/a/1", bytes("z"), first);
    await fails("Conflict", store.update("/registry/a/1", bytes("w"), first));
    await fails("NotFound", store.delete("/registry/a/2", first));
    const third = await store.delete("/registry/a/1", second);
    assert.deepEqual([second, third], [first + 1, first + 2]);
    assert.equal(await store.currentRevision(), third);
  });

  storeTest("create refuses a key that exists, and names it", open, async ({ store }) => {
    await store.create("/registry/a/1", bytes("x"));
    const error = await fails("Exists", store.create("/registry/a/1", bytes("y")));
    assert.equal(error.key, "/registry/a/1");
    assert.equal(text((await store.get("/registry/a/1"))?.value), "x");
  });

  storeTest("update and delete with a stale revision get the current entry", open, async ({ store }) => {
    const first = await store.create("/registry/a/1", bytes("one"));
    const second = await store.update("/registry/a/1", bytes("two"), first);
    const attempts = [
      () => store.update("/registry/a/1", bytes("three"), first),
      () => store.delete("/registry/a/1", first),
    ];
    for (const attempt of attempts) {
      const { current } = await fails("Conflict", attempt());
      assert.equal(current?.key, "/registry/a/1");
      assert.equal(current?.revision, second);
      assert.equal(text(current?.value), "two");
    }
  });

  storeTest("update and delete of a key that is not there are refused", open, async ({ store }) => {
    await fails("NotFound", store.update("/registry/a/1", bytes("x"), 1));
    await fails("NotFound", store.delete("/registry/a/1", 1));
    const revision = await store.create("/registry/a/1", bytes("x"));
    await store.delete("/registry/a/1", revision);
    await fails("NotFound", store.update("/registry/a/1", bytes("y"), revision));
    await fails("NotFound", store.delete("/registry/a/1", revision));
  });

  storeTest("a deleted key can be created again", open, async ({ store }) => {
    const first = await store.create("/registry/a/1", bytes("one"));
    await store.delete("/registry/a/1", first);
    assert.equal(await store.get("/registry/a/1"), undefined);
    const again = await store.create("/registry/a/1", bytes("two"));
    assert.equal(text((await store.get("/registry/a/1"))?.value), "two");
    await fails("Conflict", store.update("/registry/a/1", bytes("x"), first));
    await store.update("/registry/a/1", bytes("three"), again);
  });

  storeTest("values up to the limit are kept byte for byte, larger ones refused", open, async ({ store }) => {
    const binary = Uint8Array.from({ length: 256 }, (_, index) => index);
    await store.create("/registry/a/binary", binary);
    assert.deepEqual(Buffer.from((await store.get("/registry/a/binary"))?.value ?? []), Buffer.from(binary));
    await store.create("/registry/a/empty", new Uint8Array());
    assert.equal((await store.get("/registry/a/empty"))?.value.length, 0);
    // etcd counts the request around the value, too.
    const largest = new Uint8Array(maxValueBytes - 1024).fill(7);
    const revision = await store.create("/registry/a/large", largest);
    assert.deepEqual(Buffer.from((await store.get("/registry/a/large"))?.value ?? []), Buffer.from(largest));
    const tooLarge = new Uint8Array(maxValueBytes + 1);
    await fails("TooLarge", store.create("/registry/a/larger", tooLarge));
    await fails("TooLarge", store.update("/registry/a/large", tooLarge, revision));
    assert.equal(await store.currentRevision(), revision);
  });

  storeTest("keys are UTF-8, in byte order", open, async ({ store }) => {
    const keys = ["/registry/ä", "/registry/z", "/registry/\u{ffe6}", "/registry/\u{1f600}", "/registry/a"];
    for (const key of keys) await store.create(key, bytes(key));
    const { entries } = await store.range("/registry/");
    const byBytes = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    assert.deepEqual(
      entries.map(({ key }) => key),
      byBytes,
    );
    assert.equal((await store.range("/registry/\u{1f600}")).entries.length, 1);
  });

  storeTest("of many writers of one revision, exactly one wins", open, async ({ store }) => {
    let revision = await store.create("/registry/a/counter", bytes("0"));
    for (let round = 1; round <= 5; round++) {
      const attempts = Array.from({ length: 16 }, (_, writer) =>
        store.update("/registry/a/counter", bytes(`${round}.${writer}`), revision).then(
          (won) => ({ won, writer }),
          () => undefined,
        ),
      );
      const winners = (await Promise.all(attempts)).filter((attempt) => attempt !== undefined);
      assert.equal(winners.length, 1);
      const entry = await store.get("/registry/a/counter");
      assert.equal(entry?.revision, winners[0]?.won);
      assert.equal(text(entry?.value), `${round}.${winners[0]?.writer}`);
      revision = entry?.revision ?? 0;
    }
  });

  storeTest("many writers of many keys: every write has a revision of its own", open, async ({ store }) => {
    const before = await store.currentRevision();
    const writer = async (name: number) => {
      const revisions: number[] = [];
      for (let index = 0; index < 20; index++) {
        const key = `/registry/w/${name}-${index}`;
        const created = await store.create(key, bytes("1"));
        const updated = await store.update(key, bytes("2"), created);
        revisions.push(created, updated);
        if (index % 2 === 0) revisions.push(await store.delete(key, updated));
      }
      return revisions;
    };
    const revisions = (await Promise.all(Array.from({ length: 32 }, (_, name) => writer(name)))).flat();
    assert.equal(new Set(revisions).size, 32 * 50);
    assert.equal(Math.max(...revisions), before + 32 * 50);
    assert.equal(await store.count("/registry/w/"), 32 * 10);
  });

  storeTest("of many creators of one key, exactly one wins, also after a removal", open, async ({ store }) => {
    for (let round = 0; round < 3; round++) {
      const attempts = Array.from({ length: 16 }, (_, writer) => store.create("/registry/a/1", bytes(String(writer))));
      const results = await Promise.allSettled(attempts);
      assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
      const entry = await store.get("/registry/a/1");
      await store.delete("/registry/a/1", entry?.revision ?? 0);
    }
  });
}
