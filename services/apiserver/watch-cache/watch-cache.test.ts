import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type { ConfigMap } from "../../../gen/typernetes/core/v1/config_map.ts";
import type { EncodedMessage } from "../../../lib/grpc/router.ts";
import { startTestApiserver } from "../test-harness.ts";

import { CacheEvent, type EntryForms, type WatchEventType } from "./cache-event.ts";
import { CachedObject } from "./cached-object.ts";
import { DecodedObjects } from "./decoded-objects.ts";
import { Delivery, type WatchResponse } from "./delivery.ts";
import { EventLog } from "./event-log.ts";
import { WatchIndex } from "./watch-index.ts";
import { Watcher } from "./watcher.ts";

const prefix = "/registry/core/things/";
const forms: EntryForms = {
  decode: (entry) => ({ metadata: { name: entry.name } }),
  encoded: (entry) => Buffer.from(entry.name),
};

function entryOf(name: string, revision: number, node = ""): CachedObject {
  const entry = new CachedObject(`${prefix}default/${name}`, prefix.length, revision, new Uint8Array(100));
  entry.index = { labels: {}, fields: { "spec.nodeName": node, "metadata.name": name } };
  return entry;
}

function eventOf(current: CachedObject | undefined, previous?: CachedObject): CacheEvent {
  const revision = current?.revision ?? (previous?.revision ?? 0) + 1;
  return new CacheEvent({ revision, current, previous }, () => previous ?? current!, forms);
}

function seenBy(message: EncodedMessage<WatchResponse> | undefined): [WatchEventType, string | undefined][] {
  return (message?.value.events ?? []).map(({ type, object }) => [type, object.metadata?.name]);
}

test("an event is judged only for those who watch its node, before or after", async () => {
  const judged: string[] = [];
  const index = new WatchIndex((entry) => entry.index!);
  const selectionOf = (node: string) => ({
    key: node,
    fieldValues: [["spec.nodeName", node]] as const,
    matches: ({ fields }: { fields: Readonly<Record<string, string>> }) => {
      judged.push(node);
      return fields["spec.nodeName"] === node;
    },
  });
  const watchers = new Map<string, Watcher>();
  for (const node of ["a", "b", "c"]) {
    const selection = selectionOf(node);
    const watcher = new Watcher((ended) => index.remove(selection, ended));
    index.add(selection, watcher);
    watchers.set(node, watcher);
  }
  const before = entryOf("p", 1, "a");
  index.distribute([eventOf(entryOf("p", 2, "b"), before)], 2);
  assert.ok(!judged.includes("c"));
  assert.deepEqual(seenBy((await watchers.get("a")?.next())?.value), [["DELETED", "p"]]);
  assert.deepEqual(seenBy((await watchers.get("b")?.next())?.value), [["ADDED", "p"]]);
  for (const watcher of watchers.values()) watcher.end();
  assert.equal(index.watcherCount, 0);
});

test("watchers of the same selection share one encoding", async () => {
  const index = new WatchIndex((entry) => entry.index!);
  const selection = { key: "", fieldValues: [] };
  const watchers = [1, 2, 3].map(() => new Watcher(() => {}));
  for (const watcher of watchers) index.add(selection, watcher);
  index.distribute([eventOf(entryOf("p", 1))], 1);
  const messages = await Promise.all(watchers.map(async (watcher) => (await watcher.next()).value));
  assert.equal(messages[0], messages[1]);
  assert.equal(messages[1]?.bytes, messages[2]?.bytes);
});

test("a watcher that does not listen is cut off, and the others are not", async () => {
  let ended = 0;
  const slow = new Watcher(() => ended++);
  const frames = Array.from({ length: 100 }, (_, i) => eventOf(entryOf(`p${i}`, i + 1)).frameFor(false, true)!);
  for (let i = 0; i < 300; i++) slow.deliver(new Delivery(frames, 1));
  assert.equal(ended, 1);
  assert.equal((await slow.next()).done, true);
});

test("what waits comes as one message", async () => {
  const watcher = new Watcher(() => {});
  for (const name of ["a", "b", "c"]) {
    watcher.deliver(new Delivery([eventOf(entryOf(name, 1)).frameFor(false, true)!], 1));
  }
  assert.deepEqual(seenBy((await watcher.next()).value), [
    ["ADDED", "a"],
    ["ADDED", "b"],
    ["ADDED", "c"],
  ]);
});

test("the log knows how far back it reaches", () => {
  const log = new EventLog(10, { maxEvents: 4, maxBytes: 1e6 });
  for (let revision = 11; revision <= 15; revision++) log.append(eventOf(entryOf("p", revision)));
  assert.equal(log.after(10), undefined);
  assert.equal(log.completeAfter, 13);
  assert.deepEqual(
    log.after(13)?.map((event) => event.revision),
    [14, 15],
  );
  assert.deepEqual(log.after(15), []);
});

test("decoded objects stay within their budget, and the used ones longest", () => {
  let decodes = 0;
  const objects = new DecodedObjects(250);
  const count = (entry: CachedObject) => {
    decodes++;
    return forms.decode(entry);
  };
  const [a, b, c] = [entryOf("a", 1), entryOf("b", 1), entryOf("c", 1)];
  const first = objects.get(a, count);
  objects.get(b, count);
  assert.equal(objects.get(a, count), first);
  objects.get(c, count);
  b.decoded = undefined;
  a.decoded = undefined;
  assert.equal(objects.get(a, count), first);
  objects.get(b, count);
  assert.equal(decodes, 4);
});

test("a cache that starts over on the same store has the same objects in the same order", async () => {
  const first = await startTestApiserver();
  try {
    const { configmaps } = first.client().core.v1;
    const names = ["b", "a", "c"];
    for (const name of names) await configmaps.create({ metadata: { name, namespace: "default" } });
    const second = await startTestApiserver({ store: first.store });
    await second.settle();
    const before = await configmaps.list();
    const after = await second.client().core.v1.configmaps.list();
    assert.deepEqual(after, before);
    const resumed = second
      .client()
      .core.v1.configmaps.watch({ resourceVersion: before.items[1]?.metadata?.resourceVersion });
    const seen: ConfigMap[] = [];
    for await (const events of resumed) {
      seen.push(...events.map(({ object }) => object));
      if (seen.length === 2) break;
    }
    assert.deepEqual(
      seen.map((object) => object.metadata?.name),
      ["a", "c"],
      "what came after b",
    );
    await turn();
    await second.close();
  } finally {
    await first.close();
  }
});
