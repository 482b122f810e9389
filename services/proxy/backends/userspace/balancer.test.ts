import assert from "node:assert/strict";
import { test } from "node:test";
import { SimulatedClock } from "../../../../lib/base/simulated-clock.ts";
import { Balancer } from "./balancer.ts";

const endpoints = [1, 2, 3].map((port) => ({ ip: "127.0.0.1", port }));

function balancerOf(clock: SimulatedClock, affinitySeconds?: number): Balancer {
  const balancer = new Balancer(clock);
  balancer.update({ endpoints, affinitySeconds });
  return balancer;
}

test("endpoints take their turns", () => {
  const balancer = balancerOf(new SimulatedClock());
  const picks = Array.from({ length: 6 }, () => balancer.pick("a")?.port);
  assert.deepEqual(picks.slice(0, 3).sort(), [1, 2, 3]);
  assert.deepEqual(picks.slice(3), picks.slice(0, 3));
});

test("with affinity a client's time starts anew with each connection", async () => {
  const clock = new SimulatedClock();
  const balancer = balancerOf(clock, 10);
  const first = balancer.pick("a");
  for (let round = 0; round < 5; round++) {
    await clock.advance(9_000);
    assert.equal(balancer.pick("a"), first);
    balancer.pick("b");
  }
  await clock.advance(11_000);
  assert.notEqual(balancer.pick("a"), first);
});

test("with affinity only clients of removed endpoints move", () => {
  const balancer = balancerOf(new SimulatedClock(), 10);
  const kept = ["a", "b", "c"].map((client) => balancer.pick(client));
  const remaining = endpoints.slice(1).map((endpoint) => ({ ...endpoint }));
  balancer.update({ endpoints: remaining, affinitySeconds: 10 });
  for (const [index, client] of ["a", "b", "c"].entries()) {
    const pick = balancer.pick(client);
    if (kept[index]?.port === 1) assert.notEqual(pick?.port, 1);
    else assert.equal(pick?.port, kept[index]?.port);
  }
});

test("after a failure another endpoint is the client's", () => {
  const balancer = balancerOf(new SimulatedClock(), 10);
  const first = balancer.pick("a");
  const second = balancer.pickAfterFailure("a");
  assert.notEqual(second, first);
  assert.equal(balancer.pick("a"), second);
});

test("without endpoints there is no pick", () => {
  const balancer = balancerOf(new SimulatedClock(), 10);
  balancer.pick("a");
  balancer.update({ endpoints: [], affinitySeconds: 10 });
  assert.equal(balancer.pick("a"), undefined);
});

test("clients outside the source ranges have no endpoint", () => {
  const balancer = new Balancer(new SimulatedClock());
  balancer.update({ endpoints, sourceRanges: ["10.1.0.0/16", "fd00::/8"] });
  for (const client of ["10.1.2.3", "fd00::1"]) assert.ok(balancer.pick(client));
  for (const client of ["10.2.0.1", "fe80::1"]) assert.equal(balancer.pick(client), undefined);
  balancer.update({ endpoints });
  assert.ok(balancer.pick("10.2.0.1"));
});
