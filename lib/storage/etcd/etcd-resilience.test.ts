import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Etcd3 } from "etcd3";
import { eventually } from "../../base/eventually.ts";
import { brief, WatchReader } from "../conformance/setting.ts";
import { type Store, StoreError, type StoreEvent } from "../store.ts";
import { type EtcdStoreOptions, openEtcdStore } from "./etcd-store.ts";
import { makeTestCertificates } from "./test-certificates.ts";
import { startTestEtcd, type TestEtcd, type TestEtcdOptions } from "./test-server.ts";

async function etcdFor(context: TestContext, options?: TestEtcdOptions): Promise<TestEtcd> {
  const etcd = await startTestEtcd(options);
  context.after(() => etcd.stop());
  return etcd;
}

async function storeFor(context: TestContext, options: EtcdStoreOptions): Promise<Store> {
  const store = await openEtcdStore({ progressIntervalMs: 100, requestTimeoutMs: 20_000, ...options });
  context.after(() => store.close());
  return store;
}

async function refused(code: string, work: Promise<unknown>): Promise<StoreError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof StoreError, `expected ${code}, got ${String(error)}`);
  assert.equal(error.code, code);
  return error;
}

/** A way to etcd that can be cut. */
async function startProxy(context: TestContext, endpoint: string) {
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((inside) => {
    if (isCut) return void inside.destroy();
    const outside = connect(Number(new URL(endpoint).port), "127.0.0.1");
    for (const [socket, other] of [
      [inside, outside],
      [outside, inside],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  const cut = () => {
    isCut = true;
    for (const socket of sockets) socket.destroy();
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => {
    cut();
    server.close();
  });
  const address = server.address();
  assert.ok(typeof address === "object" && address);
  const heal = () => {
    isCut = false;
  };
  return { endpoint: `http://127.0.0.1:${address.port}`, cut, heal };
}

/** Writes one key again and again, through failures, and notes what was acknowledged. */
async function writeThrough(
  store: Store,
  key: string,
  rounds: number,
  acknowledged: Map<string, number>,
): Promise<void> {
  for (let round = 0; round < rounds; ) {
    try {
      const entry = await store.get(key);
      const value = Buffer.from(`${round}`);
      const revision = entry ? await store.update(key, value, entry.revision) : await store.create(key, value);
      acknowledged.set(key, revision);
      round++;
    } catch (error) {
      assert.ok(error instanceof StoreError);
      assert.ok(["Unavailable", "Conflict", "Exists"].includes(error.code), error.message);
      await sleep(20);
    }
  }
}

/** Every event follows on the one before it of its key. */
function assertUnbroken(events: readonly StoreEvent[]): void {
  const newest = new Map<string, number>();
  for (const { key, revision, previous } of events) {
    assert.equal(previous?.revision, newest.get(key), `${key} at ${revision}`);
    newest.set(key, revision);
  }
}

describe("etcd store through failures", () => {
  test("etcd killed and restarted under load: no write is lost, no event lost or repeated", {
    timeout: 300_000,
  }, async (context) => {
    const etcd = await etcdFor(context);
    const store = await storeFor(context, { endpoints: [etcd.endpoint], requestTimeoutMs: 20_000 });
    const start = await store.currentRevision();
    const reader = new WatchReader(store, "/registry/", start);
    const acknowledged = new Map<string, number>();
    const keys = Array.from({ length: 8 }, (_, index) => `/registry/r/${index}`);
    const writing = Promise.all(keys.map((key) => writeThrough(store, key, 120, acknowledged)));
    for (let restart = 0; restart < 3; restart++) {
      await reader.until(start + (restart + 1) * 150);
      await etcd.kill();
      await etcd.start();
    }
    await writing;
    const events = await reader.until(await store.currentRevision());
    assertUnbroken(events);
    for (const [key, revision] of acknowledged) {
      assert.equal((await store.get(key))?.revision, revision);
      assert.equal(events.filter((event) => event.key === key).at(-1)?.revision, revision);
    }
    await reader.close();
  });

  test("a connection that was cut comes back where the watch was", async (context) => {
    const etcd = await etcdFor(context);
    const direct = await storeFor(context, { endpoints: [etcd.endpoint] });
    const proxy = await startProxy(context, etcd.endpoint);
    const store = await storeFor(context, { endpoints: [proxy.endpoint] });
    const reader = new WatchReader(store, "/registry/", await store.currentRevision());
    const first = await store.create("/registry/a/1", Buffer.from("1"));
    await reader.until(first);
    proxy.cut();
    const second = await direct.update("/registry/a/1", Buffer.from("2"), first);
    await refused("Unavailable", store.get("/registry/a/1"));
    proxy.heal();
    const third = await direct.delete("/registry/a/1", second);
    assert.deepEqual(brief(await reader.until(third)), ["+/registry/a/1=1", "~/registry/a/1=2<1", "-/registry/a/1<2"]);
    await reader.close();
  });

  test("what was compacted while the connection was cut ends watches with Compacted; new ones work", async (context) => {
    const etcd = await etcdFor(context);
    const direct = await storeFor(context, { endpoints: [etcd.endpoint] });
    const proxy = await startProxy(context, etcd.endpoint);
    const store = await storeFor(context, { endpoints: [proxy.endpoint] });
    const reader = new WatchReader(store, "/registry/", await store.currentRevision());
    const first = await store.create("/registry/a/1", Buffer.from("1"));
    await reader.until(first);
    proxy.cut();
    const second = await direct.update("/registry/a/1", Buffer.from("2"), first);
    const third = await direct.update("/registry/a/1", Buffer.from("3"), second);
    await direct.compact(third);
    proxy.heal();
    await refused("Compacted", reader.until(third));
    const { revision } = await direct.range("/registry/");
    const again = new WatchReader(store, "/registry/", revision);
    const fourth = await direct.update("/registry/a/1", Buffer.from("4"), third);
    assert.deepEqual(brief(await again.until(fourth)), ["~/registry/a/1=4<3"]);
    await again.close();
  });

  test("an etcd that is not there is reported with its address", async (context) => {
    const error = await refused(
      "Unavailable",
      openEtcdStore({ endpoints: ["http://127.0.0.1:1"], requestTimeoutMs: 2_000 }),
    );
    assert.match(error.message, /http:\/\/127\.0\.0\.1:1/);
    const etcd = await etcdFor(context);
    const store = await storeFor(context, { endpoints: [etcd.endpoint] });
    await etcd.kill();
    assert.ok(
      (await refused("Unavailable", store.create("/registry/a", Buffer.from("x")))).message.includes(etcd.endpoint),
    );
  });

  test("an etcd that hangs is given up at the deadline", async (context) => {
    const etcd = await etcdFor(context);
    const store = await eventually(() => storeFor(context, { endpoints: [etcd.endpoint], requestTimeoutMs: 300 }));
    process.kill(etcd.pid ?? 0, "SIGSTOP");
    await refused("Unavailable", store.create("/registry/a", Buffer.from("x")));
    await refused("Unavailable", store.range("/registry/"));
    process.kill(etcd.pid ?? 0, "SIGCONT");
  });

  test("through an etcd that stands still no call ends for another's deadline, and no write is lost or doubled", {
    timeout: 300_000,
  }, async (context) => {
    const etcd = await etcdFor(context);
    const store = await eventually(() => storeFor(context, { endpoints: [etcd.endpoint], requestTimeoutMs: 2_000 }));
    const start = await store.currentRevision();
    const reader = new WatchReader(store, "/registry/", start);
    const acknowledged = new Map<string, number>();
    const failures: unknown[] = [];
    const calls: Promise<unknown>[] = [];
    const pid = etcd.pid ?? 0;
    process.kill(pid, "SIGSTOP");
    // One after the other, so that their deadlines pass at different times.
    for (let call = 0; failures.length < 120; call++) {
      const key = `/registry/s/${call}`;
      const write = store.create(key, Buffer.from("x")).then((revision) => acknowledged.set(key, revision));
      const read = store.get(key);
      calls.push(...[write, read].map((work) => work.catch((error) => failures.push(error))));
      await sleep(50);
    }
    process.kill(pid, "SIGCONT");
    await eventually(() => store.get("/registry/s/0").then(() => true));
    await Promise.all(calls);
    for (const error of failures) {
      assert.ok(error instanceof StoreError && error.code === "Unavailable", String(error));
      assert.doesNotMatch(error.message, /Channel closed/);
    }
    // Another key each time: one whose time is up may have been made all the same.
    let tries = 0;
    const last = await eventually(() => store.create(`/registry/s/last-${++tries}`, Buffer.from("x")));
    const events = await reader.until(last);
    assertUnbroken(events);
    assert.equal(new Set(events.map(({ key }) => key)).size, events.length);
    for (const [key, revision] of acknowledged)
      assert.equal((await eventually(() => store.get(key)))?.revision, revision);
    await reader.close();
  });
});

describe("etcd store and its watches", () => {
  test("revisions written by others outside the store's keys do not hold up progress", async (context) => {
    const etcd = await etcdFor(context);
    const store = await storeFor(context, { endpoints: [etcd.endpoint] });
    const other = new Etcd3({ hosts: etcd.endpoint });
    context.after(() => other.close());
    const reader = new WatchReader(store, "/registry/", await store.currentRevision());
    await other.put("/elsewhere").value("x");
    await other.put("/registrx").value("x");
    await reader.until(await store.currentRevision());
    assert.deepEqual(reader.events, []);
    assert.equal(await store.count("/registry/"), 0);
    await reader.close();
  });

  test("a consumer too slow for the bounded buffer is cut off, others go on", async (context) => {
    const etcd = await etcdFor(context);
    const store = await storeFor(context, { endpoints: [etcd.endpoint], watchEventsMax: 50 });
    const start = await store.currentRevision();
    const slow = new WatchReader(store, "/registry/", start);
    const quick = new WatchReader(store, "/registry/", start);
    const first = await store.create("/registry/first", Buffer.from("x"));
    await Promise.all([slow.until(first), quick.until(first)]);
    for (let index = 0; index < 200; index++) {
      await quick.until(await store.create(`/registry/${index}`, Buffer.from("x")));
    }
    assert.equal(quick.events.length, 201);
    await refused("Compacted", slow.step());
    await quick.close();
  });

  test("a transaction of others with several keys arrives whole", async (context) => {
    const etcd = await etcdFor(context);
    const store = await storeFor(context, { endpoints: [etcd.endpoint] });
    const other = new Etcd3({ hosts: etcd.endpoint });
    context.after(() => other.close());
    const batches: StoreEvent[][] = [];
    const iterator = store.watch("/registry/", await store.currentRevision())[Symbol.asyncIterator]();
    for (let index = 0; index < 5; index++) await store.create(`/registry/${index}`, Buffer.from("x"));
    await other.delete().prefix("/registry/");
    while (batches.flat().length < 10) batches.push((await iterator.next()).value?.events ?? []);
    await iterator.return?.();
    const removals = batches.map((events) => events.filter(({ value }) => !value).length).filter((count) => count > 0);
    assert.deepEqual(removals, [5]);
  });

  test("TLS with a client certificate", async (context) => {
    const directory = mkdtempSync(join(tmpdir(), "typernetes-tls-"));
    context.after(() => rmSync(directory, { recursive: true, force: true }));
    const { ca, cert, key } = await makeTestCertificates();
    const files = { ca: join(directory, "ca.crt"), cert: join(directory, "tls.crt"), key: join(directory, "tls.key") };
    writeFileSync(files.ca, ca);
    writeFileSync(files.cert, cert);
    writeFileSync(files.key, key);
    const etcd = await etcdFor(context, { tls: files });
    const store = await storeFor(context, { endpoints: [etcd.endpoint], tls: { ca, cert, key } });
    const revision = await store.create("/registry/a", Buffer.from("secret"));
    assert.equal((await store.get("/registry/a"))?.revision, revision);
    const stranger = openEtcdStore({ endpoints: [etcd.endpoint], tls: { ca }, requestTimeoutMs: 2_000 });
    assert.ok((await refused("Unavailable", stranger)).message.includes(etcd.endpoint));
  });
});
