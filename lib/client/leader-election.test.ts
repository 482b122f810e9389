import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { type Lease, LeaseServiceDefinition } from "../../gen/typernetes/coordination/v1/lease.ts";
import { SimulatedClock } from "../base/simulated-clock.ts";
import { StatusError } from "../base/status-error.ts";
import type { Client } from "./client.ts";
import { FakeKind } from "./fake-api.ts";
import { connectInProcess } from "./fake-api-connection.ts";
import { type LeaderElection, startLeaderElection } from "./leader-election.ts";

describe("leader election", () => {
  let fake: FakeKind<Lease>;
  let clock: SimulatedClock;
  let client: Client;
  const candidates: LeaderElection[] = [];
  let leading: string[];

  beforeEach(() => {
    fake = new FakeKind<Lease>();
    clock = new SimulatedClock();
    client = connectInProcess((router) => fake.serve(router, LeaseServiceDefinition));
    leading = [];
  });
  afterEach(async () => {
    fake.before = () => {};
    await Promise.all(candidates.splice(0).map((candidate) => candidate.stop()));
  });

  const stand = (identity: string, through = client): LeaderElection => {
    const candidate = startLeaderElection({
      leases: through.coordination.v1.leases,
      name: "kube-scheduler",
      identity,
      clock,
      random: () => 0,
      lead: (signal) => {
        leading.push(identity);
        return new Promise((resolve) => {
          signal.addEventListener("abort", () => {
            leading = leading.filter((each) => each !== identity);
            resolve();
          });
        });
      },
    });
    candidates.push(candidate);
    return candidate;
  };
  const lease = () => fake.objects.get("kube-system/kube-scheduler")?.spec;

  test("the first candidate leads at once, and a second only waits", async () => {
    stand("a");
    await clock.advance(0);
    stand("b");
    await clock.advance(60_000);
    assert.deepEqual(leading, ["a"]);
    assert.equal(lease()?.holderIdentity, "a");
    assert.equal(lease()?.leaseDurationSeconds, 15);
    assert.equal(lease()?.leaseTransitions, 0);
    assert.equal(lease()?.acquireTime, "2026-01-01T00:00:00.000000Z");
    assert.equal(lease()?.renewTime, "2026-01-01T00:01:00.000000Z");
  });

  test("who stops gives the lease back, and the next one leads at its next attempt", async () => {
    const a = stand("a");
    await clock.advance(0);
    stand("b");
    await clock.advance(3_000);
    await a.stop();
    assert.equal(lease()?.holderIdentity, "");
    await clock.advance(2_000);
    assert.deepEqual(leading, ["b"]);
    assert.equal(lease()?.leaseTransitions, 1);
  });

  test("who stops while its last renewal is being written gives the lease back all the same", async () => {
    const a = stand("a");
    await clock.advance(0);
    fake.before = (verb) => {
      if (verb !== "update") return;
      fake.before = () => {};
      fake.put({ ...fake.objects.get("kube-system/kube-scheduler") });
    };
    await a.stop();
    assert.equal(lease()?.holderIdentity, "");
    assert.equal(fake.calls["update"], 2);
  });

  test("a leader that dies is replaced when its lease has run out, and not before", async () => {
    fake.create({
      metadata: { name: "kube-scheduler", namespace: "kube-system" },
      spec: { holderIdentity: "dead", leaseDurationSeconds: 15, renewTime: "2020-01-01T00:00:00.000000Z" },
    });
    stand("b");
    await clock.advance(14_000);
    assert.deepEqual(leading, []);
    await clock.advance(4_000);
    assert.deepEqual(leading, ["b"]);
  });

  test("a leader that cannot renew stops leading before another may start, and stands again", async () => {
    stand("a");
    await clock.advance(5_000);
    fake.before = () => {
      throw new StatusError("ServiceUnavailable", "away");
    };
    await clock.advance(8_000);
    assert.deepEqual(leading, ["a"]);
    await clock.advance(3_500);
    assert.deepEqual(leading, []);
    fake.before = () => {};
    await clock.advance(3_000);
    assert.deepEqual(leading, ["a"]);
  });

  test("a leader whose lease was taken by another stops leading", async () => {
    stand("a");
    await clock.advance(1_000);
    const held = fake.objects.get("kube-system/kube-scheduler");
    fake.put({ ...held, spec: { ...held?.spec, holderIdentity: "usurper" } });
    await clock.advance(5_000);
    assert.deepEqual(leading, []);
    assert.equal(lease()?.holderIdentity, "usurper");
  });

  test("never do two lead, whatever fails", async () => {
    let state = 11;
    const random = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    stand("a");
    stand("b");
    stand("c");
    const led = new Set<string>();
    for (let second = 0; second < 600; second++) {
      const bad = random() < 0.6;
      fake.before = () => {
        if (bad && random() < 0.9) throw new StatusError("ServiceUnavailable", "flaky");
      };
      await clock.advance(1_000);
      assert.ok(leading.length <= 1, `${leading} lead together`);
      for (const each of leading) led.add(each);
    }
    assert.ok(led.size > 0);
  });
});
