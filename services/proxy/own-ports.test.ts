import assert from "node:assert/strict";
import { test } from "node:test";
import { SimulatedClock } from "../../lib/base/simulated-clock.ts";
import { OwnPorts } from "./own-ports.ts";
import { ProxyHealth } from "./proxy-health.ts";

const relay = "127.0.0.1";

test("the proxy tells its mode, its figures, and whether it works and the node takes traffic", async (t) => {
  const clock = new SimulatedClock();
  const health = new ProxyHealth(clock, 60_000);
  const ports = new OwnPorts({ relay });
  t.after(() => ports.close());
  await ports.open({ mode: "userspace", health, metrics: health.text });
  const places = new Map(ports.relays().map(({ port, endpoints }) => [port, endpoints[0]?.port]));
  const get = async (port: number, path: string) => {
    const answer = await fetch(`http://${relay}:${places.get(port)}${path}`);
    return { status: answer.status, text: await answer.text() };
  };
  assert.deepEqual(await get(10_249, "/proxyMode"), { status: 200, text: "userspace" });
  assert.deepEqual(await get(10_249, "/healthz"), { status: 200, text: "ok" });
  assert.equal((await get(10_249, "/")).status, 404);
  const both = async () => [(await get(10_256, "/healthz")).status, (await get(10_256, "/livez")).status];
  await health.during(async () => {});
  assert.deepEqual(await both(), [200, 200]);
  const { nodeEligible, lastUpdated } = JSON.parse((await get(10_256, "/healthz")).text);
  assert.equal(nodeEligible, true);
  assert.equal(Date.parse(lastUpdated), Math.trunc(clock.now() / 1000) * 1000);
  health.nodeIs({ spec: { taints: [{ key: "ToBeDeletedByClusterAutoscaler" }] } });
  assert.deepEqual(await both(), [503, 200]);
  health.nodeIs({});
  health.changed();
  await assert.rejects(health.during(() => Promise.reject(new Error("nft refuses"))));
  await clock.advance(59_000);
  assert.deepEqual(await both(), [200, 200]);
  await clock.advance(2_000);
  assert.deepEqual(await both(), [503, 503]);
  await health.during(async () => {});
  assert.deepEqual(await both(), [200, 200]);
  const { text } = await get(10_249, "/metrics");
  assert.match(text, /^kubeproxy_sync_proxy_rules_failures_total 1$/m);
  assert.match(text, /^kubeproxy_proxy_healthz_total\{code="503"\} 2$/m);
});

test("of two proxies in one network the first has the ports, and the other says so", async (t) => {
  const health = new ProxyHealth(new SimulatedClock(), 60_000);
  const warnings: string[] = [];
  // Anybody else on this machine may have them already.
  for (let number = 0; number < 2; number++) {
    const ports = new OwnPorts({ warn: (message) => warnings.push(message) });
    t.after(() => ports.close());
    await ports.open({ mode: "userspace", health, metrics: health.text });
    assert.deepEqual(ports.relays(), []);
  }
  assert.match(warnings.sort().join(), /port 10249 of the proxy: .*EADDRINUSE.*port 10256 of the proxy: .*EADDRINUSE/);
});
