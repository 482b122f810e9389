import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { freePort } from "../../lib/base/test-port.ts";
import { HealthCheckPorts } from "./health-check-ports.ts";

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
  const port = await freePort();
  const taken = createServer().listen(port);
  await once(taken, "listening");
  const warnings: string[] = [];
  const ports = new HealthCheckPorts((message) => warnings.push(message));
  const check = { namespace: "default", name: "web", port, localEndpoints: 1 };
  try {
    await ports.update([check]);
    await ports.update([check]);
    assert.equal(warnings.length, 1);
    taken.close();
    await once(taken, "close");
    await ports.update([check]);
    assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 200);
  } finally {
    await ports.close();
  }
});
