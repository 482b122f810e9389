import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { ConfigMap } from "../../../gen/typernetes/core/v1/config_map.ts";
import { eventually } from "../../../lib/base/eventually.ts";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { Client } from "../../../lib/client/client.ts";
import type { WatchEvent } from "../../../lib/client/resource-client.ts";
import { fromStatus, toStatus } from "../../../lib/grpc/status.ts";
import { startTestApiserver, type TestApiserver } from "../test-harness.ts";

const clock = new SimulatedClock();
let server: TestApiserver;
let client: Client;
const namespace = "default";

before(async () => {
  server = await startTestApiserver({ clock });
  client = server.client();
  for (let i = 0; i < 10; i++) {
    const labels = { parity: i % 2 === 0 ? "even" : "odd" };
    await client.core.v1.configmaps.create({ metadata: { name: `c${i}`, namespace, labels }, data: { i: String(i) } });
  }
});
after(() => server.close());

const names = (items: readonly ConfigMap[]) => items.map((item) => item.metadata?.name);

test("a list comes in pages of one revision", async () => {
  const { configmaps } = client.core.v1;
  const first = await configmaps.list({ namespace, limit: 4 });
  assert.equal(first.metadata?.remainingItemCount, 6);
  await configmaps.create({ metadata: { name: "c4a", namespace } });
  const second = await configmaps.list({ namespace, limit: 4, continue: first.metadata?.continue });
  const third = await configmaps.list({ namespace, limit: 4, continue: second.metadata?.continue });
  assert.deepEqual(
    names([...first.items, ...second.items, ...third.items]),
    Array.from({ length: 10 }, (_, i) => `c${i}`),
  );
  assert.equal(third.metadata?.continue, undefined);
  assert.equal(second.metadata?.resourceVersion, first.metadata?.resourceVersion);
  await configmaps.delete("c4a", { namespace });
  await assert.rejects(configmaps.list({ namespace, continue: "nonsense" }), { reason: "BadRequest" });
});

test("selectors leave out what they do not match, on every page", async () => {
  const { configmaps } = client.core.v1;
  const first = await configmaps.list({ namespace, labelSelector: "parity=odd", limit: 3 });
  assert.deepEqual(names(first.items), ["c1", "c3", "c5"]);
  assert.equal(first.metadata?.remainingItemCount, undefined);
  const rest = await configmaps.list({
    namespace,
    labelSelector: "parity=odd",
    limit: 3,
    continue: first.metadata?.continue,
  });
  assert.deepEqual(names(rest.items), ["c7", "c9"]);
  assert.deepEqual(names((await configmaps.list({ fieldSelector: "metadata.name=c2" })).items), ["c2"]);
  assert.deepEqual(
    names(
      (await configmaps.list({ labelSelector: "parity notin (odd),!x", fieldSelector: "metadata.name!=c0" })).items,
    ),
    ["c2", "c4", "c6", "c8"],
  );
});

test("a list can be of an older revision, until that is compacted", async () => {
  const { configmaps } = client.core.v1;
  const before = await configmaps.list({ namespace });
  const resourceVersion = before.metadata?.resourceVersion;
  await configmaps.create({ metadata: { name: "later", namespace } });
  const exact = await configmaps.list({ namespace, resourceVersion, resourceVersionMatch: "Exact" });
  assert.deepEqual(names(exact.items), names(before.items));
  const page = await configmaps.list({ namespace, limit: 2 });
  await configmaps.delete("later", { namespace });
  await server.store.compact(await server.store.currentRevision());
  await assert.rejects(configmaps.list({ namespace, resourceVersion, resourceVersionMatch: "Exact" }), {
    reason: "Expired",
  });
  let goesOn: string | undefined;
  await assert.rejects(configmaps.list({ namespace, limit: 2, continue: page.metadata?.continue }), (error) => {
    if (!isStatusError(error, "Expired")) return false;
    assert.match(error.message, /The provided continue parameter is too old/);
    goesOn = fromStatus(toStatus(error)).continueToken;
    return true;
  });
  assert.ok(goesOn);
  const rest = await configmaps.list({ namespace, continue: goesOn });
  assert.deepEqual(names([...page.items, ...rest.items]), names(before.items));
});

test("a revision that is not reached yet is told apart", async () => {
  const { configmaps } = client.core.v1;
  const asked = configmaps.list({ resourceVersion: "99999999" });
  let isOver = false;
  const refused = assert.rejects(asked, { reason: "Timeout", message: /Too large resource version/ });
  const over = refused.finally(() => {
    isOver = true;
  });
  // The server may begin to wait only after some of it.
  await eventually(async () => {
    await clock.advance(1_000);
    return isOver;
  });
  await over;
  assert.ok((await configmaps.list({ resourceVersion: "0" })).items.length > 0);
  await assert.rejects(configmaps.list({ resourceVersionMatch: "Exact" }), { reason: "Invalid" });
  await assert.rejects(configmaps.list({ resourceVersion: "x" }), { reason: "BadRequest" });
});

/** The first `count` events of a watch. */
async function take(watch: AsyncIterable<WatchEvent<ConfigMap>[]>, count: number): Promise<WatchEvent<ConfigMap>[]> {
  const seen: WatchEvent<ConfigMap>[] = [];
  for await (const events of watch) {
    seen.push(...events);
    if (seen.length >= count) break;
  }
  return seen;
}

const brief = (events: WatchEvent<ConfigMap>[]) => events.map(({ type, object }) => `${type} ${object.metadata?.name}`);

test("a watch without a revision begins with what is there", async () => {
  const { configmaps } = client.core.v1;
  const seen = await take(configmaps.watch({ namespace, labelSelector: "parity=even" }), 5);
  assert.deepEqual(
    brief(seen),
    [0, 2, 4, 6, 8].map((i) => `ADDED c${i}`),
  );
});

test("initial events end with a bookmark that says so", async () => {
  const { configmaps } = client.core.v1;
  const options = { sendInitialEvents: true, resourceVersionMatch: "NotOlderThan", allowWatchBookmarks: true };
  const seen = await take(configmaps.watch({ namespace, ...options }), 11);
  const last = seen.at(-1);
  assert.equal(last?.type, "BOOKMARK");
  assert.equal(last?.object.metadata?.annotations?.["k8s.io/initial-events-end"], "true");
  const { metadata } = await configmaps.list({ namespace });
  assert.equal(last?.object.metadata?.resourceVersion, metadata?.resourceVersion);
  const without = configmaps.watch({ sendInitialEvents: true });
  await assert.rejects(take(without, 1), {
    reason: "Invalid",
    message: /sendInitialEvents requires setting resourceVersionMatch/,
  });
});

test("an object that comes into a selection is added, one that leaves it is deleted", async () => {
  const { configmaps } = client.core.v1;
  const { metadata } = await configmaps.list({ namespace });
  const watch = configmaps.watch({ namespace, labelSelector: "mood=good", resourceVersion: metadata?.resourceVersion });
  const seen = take(watch, 3);
  const patch = (mood: string) => configmaps.patch("c3", { metadata: { labels: { mood } } }, { namespace });
  await patch("good");
  await configmaps.patch("c3", { data: { more: "1" } }, { namespace });
  const left = await patch("bad");
  const events = await seen;
  assert.deepEqual(brief(events), ["ADDED c3", "MODIFIED c3", "DELETED c3"]);
  assert.equal(events[2]?.object.metadata?.labels?.["mood"], "good", "the last state that was selected");
  assert.equal(events[2]?.object.metadata?.resourceVersion, left.metadata?.resourceVersion);
});

test("a deleted object is reported with the revision of its deletion", async () => {
  const { configmaps } = client.core.v1;
  const made = await configmaps.create({ metadata: { name: "brief", namespace }, data: { a: "b" } });
  const seen = take(configmaps.watch({ namespace, resourceVersion: made.metadata?.resourceVersion }), 1);
  await configmaps.delete("brief", { namespace });
  const [event] = await seen;
  assert.equal(event?.type, "DELETED");
  assert.deepEqual(event?.object.data, { a: "b" });
  assert.ok(Number(event?.object.metadata?.resourceVersion) > Number(made.metadata?.resourceVersion));
});

test("a watch goes back as far as the store remembers, and no further", async () => {
  const { configmaps } = client.core.v1;
  const { metadata } = await configmaps.list({ namespace });
  await Promise.all(
    Array.from({ length: 3000 }, (_, i) => configmaps.create({ metadata: { name: `m${i}`, namespace } })),
  );
  const seen = await take(configmaps.watch({ namespace, resourceVersion: metadata?.resourceVersion }), 3000);
  assert.equal(new Set(brief(seen)).size, 3000);
  const versions = seen.map(({ object }) => Number(object.metadata?.resourceVersion));
  assert.deepEqual(
    versions,
    [...versions].sort((a, b) => a - b),
  );
  await server.store.compact(await server.store.currentRevision());
  const late = configmaps.watch({ namespace, resourceVersion: metadata?.resourceVersion });
  await assert.rejects(take(late, 1), { reason: "Expired", message: /too old resource version/ });
  await configmaps.deleteCollection({ namespace, listOptions: { fieldSelector: "metadata.name!=c0" } });
});

test("bookmarks come about every minute, and a watch ends when its time is up", async () => {
  const { configmaps } = client.core.v1;
  const { metadata } = await configmaps.list({ namespace });
  const options = { namespace, resourceVersion: metadata?.resourceVersion, timeoutSeconds: 300 };
  const seen: WatchEvent<ConfigMap>[] = [];
  const { pending } = clock;
  const watching = (async () => {
    for await (const events of configmaps.watch({ ...options, allowWatchBookmarks: true })) seen.push(...events);
  })();
  await eventually(() => clock.pending > pending);
  await clock.advance(301_000);
  await watching;
  assert.ok(seen.length >= 3 && seen.length <= 7, `${seen.length} bookmarks in five minutes`);
  assert.ok(seen.every(({ type }) => type === "BOOKMARK"));
  const { metadata: last } = await configmaps.list();
  assert.equal(seen.at(-1)?.object.metadata?.resourceVersion, last?.resourceVersion);
});

test("answers are shared and frozen", async () => {
  const { configmaps } = client.core.v1;
  const one = await configmaps.get("c0", { namespace });
  assert.ok(Object.isFrozen(one.data));
  assert.equal(await configmaps.get("c0", { namespace }), one);
});
