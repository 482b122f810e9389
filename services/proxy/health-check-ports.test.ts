import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { HealthCheckPorts } from "./health-check-ports.ts";

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, "listening");
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  server.close();
  await once(server, "close");
  return address.port;
}

test("a health check port answers by the number of local endpoints and closes with its service", async () => {
  const ports = new HealthCheckPorts();
  const port = await freePort();
  const check = { namespace: "default", name: "web", port, localEndpoints: 2 };
  try {
    await ports.update([check]);
    const good = await fetch(`http://127.0.0.1:${port}/healthz`);
    assert.equal(good.status, 200);
    assert.equal(good.headers.get("x-load-balancing-endpoint-weight"), "2");
    const service = { namespace: "default", name: "web" };
    assert.deepEqual(await good.json(), { service, localEndpoints: 2, serviceProxyHealthy: true });
    await ports.update([{ ...check, localEndpoints: 0 }]);
    assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 503);
    await ports.update([]);
    await assert.rejects(fetch(`http://127.0.0.1:${port}/`));
  } finally {
    await ports.close();
  }
});

test("a port that is taken is told once and taken when it is free", async () => {
  const taken = createServer().listen(0);
  await once(taken, "listening");
  const address = taken.address();
  assert.ok(address !== null && typeof address === "object");
  const warnings: string[] = [];
  const ports = new HealthCheckPorts((message) => warnings.push(message));
  const check = { namespace: "default", name: "web", port: address.port, localEndpoints: 1 };
  try {
    await ports.update([check]);
    await ports.update([check]);
    assert.equal(warnings.length, 1);
    taken.close();
    await once(taken, "close");
    await ports.update([check]);
    assert.equal((await fetch(`http://127.0.0.1:${address.port}/`)).status, 200);
  } finally {
    await ports.close();
  }
});
