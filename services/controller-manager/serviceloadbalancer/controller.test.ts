import assert from "node:assert/strict";
import { test } from "node:test";
import { eventuallyHolds, startTestCluster } from "../testing/test-cluster.ts";
import { poolAddresses } from "./address-pool.ts";
import { createServiceLoadBalancerController } from "./controller.ts";

const namespace = "default";

test("a pool is a range of either notation", () => {
  assert.deepEqual(poolAddresses("10.0.0.254-10.0.1.1"), ["10.0.0.254", "10.0.0.255", "10.0.1.0", "10.0.1.1"]);
  assert.deepEqual(poolAddresses("10.0.0.9/30"), ["10.0.0.8", "10.0.0.9", "10.0.0.10", "10.0.0.11"]);
  assert.deepEqual(poolAddresses("fd00::fffe/127,10.0.0.9,fd00::1-fd00::2"), [
    "fd00::fffe",
    "fd00::ffff",
    "10.0.0.9",
    "fd00::1",
    "fd00::2",
  ]);
  assert.deepEqual(poolAddresses(""), []);
  assert.throws(() => poolAddresses("pool"), RangeError);
});

test("load balancers get addresses of the pool while there are any, and give them back", async (t) => {
  const cluster = await startTestCluster([
    (context) => createServiceLoadBalancerController(context, "203.0.113.1-203.0.113.2"),
  ]);
  t.after(() => cluster.close());
  const { services } = cluster.client.core.v1;
  const create = (name: string, spec = {}) =>
    services.create({ metadata: { name, namespace }, spec: { type: "LoadBalancer", ports: [{ port: 80 }], ...spec } });
  const has = (name: string, ip: string | undefined) =>
    eventuallyHolds(async () =>
      assert.equal((await services.get(name, { namespace })).status?.loadBalancer?.ingress?.[0]?.ip, ip),
    );
  await create("wishing", { loadBalancerIP: "203.0.113.2" });
  await has("wishing", "203.0.113.2");
  await create("first");
  await has("first", "203.0.113.1");
  await create("elsewhere", { loadBalancerClass: "example.com/lb" });
  await create("late");
  await cluster.settle();
  await has("late", undefined);
  await has("elsewhere", undefined);
  await services.patch("first", { spec: { type: "ClusterIP" } }, { namespace });
  await has("first", undefined);
  await services.delete("wishing", { namespace });
  await eventuallyHolds(async () =>
    assert.ok((await services.get("late", { namespace })).status?.loadBalancer?.ingress),
  );
});
