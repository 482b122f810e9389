import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startTestCluster, type TestCluster } from "../test-cluster.ts";

describe("nodes are cordoned, drained and tainted", () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await startTestCluster();
    await cluster.client.core.v1.nodes.create({ metadata: { name: "n1" } });
    const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", uid: "1", controller: true };
    const spec = { nodeName: "n1", containers: [{ name: "main", image: "x" }] };
    const { pods } = cluster.client.core.v1;
    await pods.create({ metadata: { name: "web-1", namespace: "default", ownerReferences: [owner] }, spec });
    await pods.create({ metadata: { name: "lone", namespace: "default" }, spec });
  });
  after(() => cluster.close());

  const run = (words: string) => cluster.typectl(words.split(" "));

  test("cordon, twice, and back", async () => {
    assert.equal((await run("cordon n1")).stdout, "node/n1 cordoned\n");
    assert.equal((await run("cordon n1")).stdout, "node/n1 already cordoned\n");
    assert.match((await run("get node n1")).stdout, /SchedulingDisabled/);
    assert.equal((await run("uncordon node/n1")).stdout, "node/n1 uncordoned\n");
    assert.equal((await run("cordon n9")).stderr, 'Error from server (NotFound): nodes "n9" not found\n');
  });

  test("taints are set, changed and taken away", async () => {
    assert.equal((await run("taint node n1 a=b:NoSchedule")).stdout, "node/n1 tainted\n");
    assert.equal(
      (await run("taint node n1 a=c:NoSchedule")).stderr,
      "error: node n1 already has a taint(s) with same effect(s) and --overwrite is false\n",
    );
    assert.equal((await run("taint node n1 a=c:NoSchedule --overwrite")).code, 0);
    assert.equal(
      (await run("get node n1 -o jsonpath={.spec.taints}")).stdout,
      '[{"effect":"NoSchedule","key":"a","value":"c"}]',
    );
    assert.equal((await run("taint node n1 a:NoSchedule-")).stdout, "node/n1 untainted\n");
    assert.equal((await run("taint node n1 a-")).stderr, 'error: taint "a" not found\n');
  });

  test("drain refuses to lose a pod that nobody makes again", async () => {
    const { code, stdout, stderr } = await run("drain n1");
    assert.deepEqual([code, stdout], [1, "node/n1 cordoned\n"]);
    const why = "cannot delete Pods that declare no controller (use --force to override): default/lone";
    assert.equal(
      stderr,
      `error: unable to drain node "n1" due to error: ${why}, continuing command...\nThere are pending nodes to be drained:\n n1\n${why}\n`,
    );
  });

  test("drain evicts what it may", async () => {
    const { code, stdout, stderr } = await run("drain n1 --force --grace-period=0 --timeout=90s");
    assert.equal(code, 0, stderr);
    assert.equal(stderr, "Warning: deleting Pods that declare no controller: default/lone\n");
    assert.deepEqual(stdout.trimEnd().split("\n").sort(), [
      "evicting pod default/lone",
      "evicting pod default/web-1",
      "node/n1 already cordoned",
      "node/n1 drained",
      "pod/lone evicted",
      "pod/web-1 evicted",
    ]);
    assert.equal((await run("get pods")).stderr, "No resources found in default namespace.\n");
  });

  test("a node is deleted", async () => {
    assert.equal((await run("delete node n1")).stdout, 'node "n1" deleted\n');
  });
});
