import assert from "node:assert/strict";
import { test } from "node:test";
import { eventuallyHolds, startTestCluster } from "../testing/test-cluster.ts";
import { createTtlController } from "../ttl/controller.ts";
import { createNodeIpamController } from "./controller.ts";

test("nodes without a range for their pods get one of their own, and all are told how long to keep things", async (t) => {
  const cluster = await startTestCluster([
    createTtlController,
    (context) => createNodeIpamController(context, "10.8.0.0/22"),
  ]);
  t.after(() => cluster.close());
  const { nodes } = cluster.client.core.v1;
  await nodes.create({ metadata: { name: "own" }, spec: { podCIDR: "10.8.0.0/24", podCIDRs: ["10.8.0.0/24"] } });
  await cluster.settle();
  await Promise.all(["a", "b"].map((name) => nodes.create({ metadata: { name } })));
  await eventuallyHolds(async () => {
    const { items } = await nodes.list();
    const ranges = items.map(({ spec }) => spec?.podCIDR).sort();
    assert.deepEqual(ranges, ["10.8.0.0/24", "10.8.1.0/24", "10.8.2.0/24"]);
    for (const { metadata } of items) assert.equal(metadata?.annotations?.["node.alpha.kubernetes.io/ttl"], "0");
  });
});

test("nodes of a cluster of two families get a range of each", async (t) => {
  const cluster = await startTestCluster([(context) => createNodeIpamController(context, "10.8.0.0/22,fd00:8::/56")]);
  t.after(() => cluster.close());
  const { nodes } = cluster.client.core.v1;
  for (const name of ["a", "b"]) await nodes.create({ metadata: { name } });
  await eventuallyHolds(async () => {
    const ranges = (await nodes.list()).items.map(({ spec }) => spec?.podCIDRs).sort();
    assert.deepEqual(ranges, [
      ["10.8.0.0/24", "fd00:8::/64"],
      ["10.8.1.0/24", "fd00:8:0:1::/64"],
    ]);
  });
});
