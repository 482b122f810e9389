import assert from "node:assert/strict";
import { BlockList } from "node:net";
import { test } from "node:test";
import { createMetrics } from "../../lib/observe/metrics.ts";
import { startHttpDoor } from "./http-door.ts";
import { startTestDns } from "./test-dns.ts";

test("monitors see queries counted, and that the server is well", async () => {
  const dns = await startTestDns({ httpPort: 0 });
  try {
    await dns.ask("nobody.default.svc.cluster.local", "A");
    const get = async (path: string) => {
      const answer = await fetch(`http://127.0.0.1:${dns.httpPort}${path}`);
      return { status: answer.status, text: await answer.text() };
    };
    assert.deepEqual(await get("/health"), { status: 200, text: "OK" });
    assert.deepEqual(await get("/ready"), { status: 200, text: "OK" });
    assert.match((await get("/metrics")).text, /^dns_queries_total [1-9]/m);
    assert.equal((await get("/")).status, 404);
  } finally {
    await dns.close();
  }
});

test("only those who may ask for names may look", async () => {
  const clients = new BlockList();
  clients.addSubnet("192.0.2.0", 24);
  const metrics = createMetrics("dns");
  const door = await startHttpDoor({ address: "127.0.0.1", port: 0, clients }, { metrics, isReady: () => true });
  try {
    await assert.rejects(fetch(`http://127.0.0.1:${door.port}/metrics`));
    clients.addAddress("127.0.0.1");
    assert.equal((await fetch(`http://127.0.0.1:${door.port}/metrics`)).status, 200);
  } finally {
    await door.close();
  }
});

test("who does not know the cluster's names yet is healthy, but not ready", async () => {
  let isReady = false;
  const door = await startHttpDoor(
    { address: "127.0.0.1", port: 0 },
    { metrics: createMetrics("dns"), isReady: () => isReady },
  );
  try {
    const status = async (path: string, method = "GET") =>
      (await fetch(`http://127.0.0.1:${door.port}${path}`, { method })).status;
    assert.deepEqual([await status("/health"), await status("/ready")], [200, 503]);
    isReady = true;
    assert.equal(await status("/ready"), 200);
    assert.equal(await status("/metrics", "POST"), 405);
  } finally {
    await door.close();
  }
});
