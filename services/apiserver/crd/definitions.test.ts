import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eventually } from "../../../lib/base/eventually.ts";
import type { Client } from "../../../lib/client/client.ts";
import { startTestApiserver, type TestApiserver } from "../test-harness.ts";
import { customClient, define, definitionOf } from "./test-definitions.ts";

const schema = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        replicas: { type: "integer", default: 1, minimum: 0 },
        image: { type: "string" },
      },
    },
    status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
  },
};

let server: TestApiserver;
let client: Client;

before(async () => {
  server = await startTestApiserver();
  client = server.client();
});
after(() => server.close());

test("objects of a new kind go through all verbs", async () => {
  await define(client, definitionOf("crontabs", "CronTab", schema));
  const crontabs = customClient(client, "crontabs");
  const made = await crontabs.create({ kind: "CronTab", metadata: { name: "one" }, spec: { image: "a" } });
  assert.equal(made.apiVersion, "stable.example.com/v1");
  assert.deepEqual(made.spec, { image: "a", replicas: 1 });
  assert.equal(made.metadata.generation, 1);
  assert.deepEqual(await crontabs.get("one"), made);
  const updated = await crontabs.update({ ...made, spec: { image: "b", replicas: 2 } });
  assert.equal(updated.metadata.generation, 2);
  const patched = await crontabs.merge("one", { spec: { replicas: 3 } });
  assert.deepEqual(patched.spec, { image: "b", replicas: 3 });
  const list = await crontabs.list();
  assert.equal(list.kind, "CronTabList");
  assert.deepEqual(JSON.stringify(list.items), JSON.stringify([patched]));
  await crontabs.delete("one");
  await assert.rejects(crontabs.get("one"), { reason: "NotFound" });
});

test("a watch tells of custom objects", async () => {
  await define(client, definitionOf("watches", "Watched", schema));
  const watched = customClient(client, "watches");
  const end = new AbortController();
  const seen: string[] = [];
  const following = (async () => {
    for await (const { events } of watched.watch({}, end.signal))
      for (const { type, object } of events ?? [])
        seen.push(`${type} ${(object as { metadata: { name: string } }).metadata.name}`);
  })().catch(() => {});
  await watched.create({ kind: "Watched", metadata: { name: "a" } });
  await watched.delete("a");
  await eventually(() => seen.length === 2);
  end.abort();
  await following;
  assert.deepEqual(seen, ["ADDED a", "DELETED a"]);
});
