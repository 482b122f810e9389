import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { eventually } from "../../lib/base/eventually.ts";
import type { Client } from "../../lib/client/client.ts";
import { openEtcdStore } from "../../lib/storage/etcd/etcd-store.ts";
import { startTestEtcd, type TestEtcd } from "../../lib/storage/etcd/test-server.ts";
import type { Store } from "../../lib/storage/store.ts";
import { startTestApiserver, type TestApiserver } from "./test-harness.ts";

const namespace = "default";
const hasEtcd = existsSync("/usr/bin/etcd") || process.env["CI"] !== undefined;

describe("two apiservers on one etcd", { skip: hasEtcd ? false : "no etcd is installed" }, () => {
  let etcd: TestEtcd;
  const stores: Store[] = [];
  const servers: TestApiserver[] = [];
  let one: Client;
  let other: Client;

  before(async () => {
    etcd = await startTestEtcd();
    for (let i = 0; i < 2; i++) {
      const store = await openEtcdStore({ endpoints: [etcd.endpoint] });
      stores.push(store);
      servers.push(await startTestApiserver({ store }));
    }
    [one, other] = servers.map((server) => server.client()) as [Client, Client];
  });
  after(async () => {
    for (const server of servers) await server.close();
    for (const store of stores) await store.close();
    await etcd?.stop();
  });

  test("what one has written the other reads at once", async () => {
    for (let i = 0; i < 20; i++) {
      const made = await one.core.v1.configmaps.create({ metadata: { name: `c${i}`, namespace } });
      assert.deepEqual(await other.core.v1.configmaps.get(`c${i}`, { namespace }), made);
      const listed = await other.core.v1.configmaps.list({ namespace });
      assert.equal(listed.items.length, i + 1);
    }
  });

  test("updates through both of one object never lose one another", async () => {
    await one.core.v1.configmaps.create({ metadata: { name: "shared", namespace } });
    const patches = Array.from({ length: 20 }, (_, i) =>
      (i % 2 === 0 ? one : other).core.v1.configmaps.patch("shared", { data: { [`k${i}`]: "v" } }, { namespace }),
    );
    await Promise.all(patches);
    const { data } = await one.core.v1.configmaps.get("shared", { namespace });
    assert.equal(Object.keys(data ?? {}).length, 20);
  });

  test("services made through both get different addresses", async () => {
    const ports = [{ port: 80 }];
    const made = await Promise.all(
      Array.from({ length: 40 }, (_, i) => {
        const object = { metadata: { name: `s${i}`, namespace }, spec: { ports } };
        return (i % 2 === 0 ? one : other).core.v1.services.create(object);
      }),
    );
    assert.equal(new Set(made.map((service) => service.spec?.clusterIP)).size, 40);
  });

  test("a watch at one reports what is written through the other", async () => {
    const { metadata } = await one.core.v1.configmaps.list({ namespace });
    const watch = one.core.v1.configmaps.watch({ namespace, resourceVersion: metadata?.resourceVersion });
    const first = watch[Symbol.asyncIterator]();
    const event = first.next();
    const made = await other.core.v1.configmaps.create({ metadata: { name: "seen", namespace } });
    assert.deepEqual((await event).value?.[0], { type: "ADDED", object: made });
    await first.return?.();
  });

  test("while etcd is away requests fail with a reason, and afterwards everything goes on", async () => {
    const { configmaps } = one.core.v1;
    const { metadata } = await configmaps.list({ namespace });
    const watch = configmaps.watch({ namespace, resourceVersion: metadata?.resourceVersion })[Symbol.asyncIterator]();
    const event = watch.next();
    await etcd.kill();
    const object = { metadata: { name: "after", namespace } };
    await assert.rejects(configmaps.create(object), { reason: "ServiceUnavailable" });
    await assert.rejects(configmaps.list(), { reason: "ServiceUnavailable" });
    await etcd.start();
    // The answer to a write may be lost while etcd comes back, but not the write.
    const written = () => configmaps.get("after", { namespace });
    const made = await eventually(() => configmaps.create(object).catch(written));
    assert.deepEqual((await event).value?.[0]?.object, made);
    // The other server may not have found etcd again yet.
    const seen = await eventually(() => other.core.v1.configmaps.get("after", { namespace }));
    assert.deepEqual(seen, made);
    await watch.return?.();
  });
});
