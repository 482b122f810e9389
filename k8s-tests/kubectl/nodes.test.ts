import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "../support/wait.ts";
import { deployment, kubectlCluster, sleeper } from "./kubectl-cluster.ts";

const cluster = kubectlCluster((cluster) => cluster.apply(deployment("web", 2)), "--nodes", "2");

test("taint and untaint", async () => {
  const taint = (...args: string[]) => cluster.kubectl("taint", "node", "node-1", ...args);
  assert.equal(await taint("use=special:NoSchedule"), "node/node-1 tainted\n");
  assert.equal(
    await cluster.failure("taint", "node", "node-1", "use=special:NoSchedule"),
    "error: node node-1 already has use taint(s) with same effect(s) and --overwrite is false\n",
  );
  assert.equal(await taint("use=other:NoSchedule", "--overwrite"), "node/node-1 modified\n");
  assert.match(await cluster.kubectl("describe", "node", "node-1"), /^Taints: +use=other:NoSchedule$/m);
  assert.equal(await taint("use-"), "node/node-1 untainted\n");
});

test("cordon keeps pods away, uncordon lets them in again", async () => {
  const status = async () => /^node-2 +(\S+)/m.exec(await cluster.kubectl("get", "nodes"))?.[1];
  assert.equal(await cluster.kubectl("cordon", "node-2"), "node/node-2 cordoned\n");
  assert.equal(await cluster.kubectl("cordon", "node-2"), "node/node-2 already cordoned\n");
  assert.equal(await status(), "Ready,SchedulingDisabled");
  assert.equal(await cluster.kubectl("uncordon", "node-2"), "node/node-2 uncordoned\n");
  assert.equal(await status(), "Ready");
});

test("drain refuses what it would lose, and moves the rest elsewhere", async () => {
  const placed = { ...sleeper("lone"), spec: { ...sleeper("lone").spec, nodeName: "node-2" } };
  await cluster.apply(placed);
  await cluster.awaited("condition=Ready", "pod/lone");
  const refusal = await cluster.failure("drain", "node-2");
  assert.match(refusal, /cannot delete .*Pods.*\(use --force to override\).*: default\/lone/);
  const printed = await cluster.kubectl("drain", "node-2", "--force", "--ignore-daemonsets");
  assert.match(printed, /^node\/node-2 (already )?cordoned\n/);
  assert.match(printed, /^pod\/lone evicted$/m);
  assert.match(printed, /^node\/node-2 (drained|evicted)$/m);
  await waitFor("all replicas are on the other node", async () => {
    const nodes = await cluster.kubectl("get", "pods", "-l", "app=web", "-o", "jsonpath={.items[*].spec.nodeName}");
    return nodes === "node-1 node-1";
  });
  await cluster.kubectl("uncordon", "node-2");
});

test("drain waits as a disruption budget says", async () => {
  await cluster.kubectl("rollout", "status", "deployment/web");
  const budget = ["create", "pdb", "web", "--selector=app=web", "--min-available=2"];
  // Kubernetes 1.25 serves no older form any more.
  if (cluster.minor >= 21) await cluster.kubectl(...budget);
  else
    await cluster.apply({
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name: "web" },
      spec: { minAvailable: 2, selector: { matchLabels: { app: "web" } } },
    });
  await waitFor("the budget is known", async () => (await cluster.field("pdb/web", ".status.currentHealthy")) === "2");
  // It would go on for ever; on a busy machine it takes long to begin.
  let timeoutS = 5;
  await waitFor("it was refused", async () => {
    const { code, stderr } = await cluster.run(["drain", "node-1", `--timeout=${timeoutS}s`]);
    assert.equal(code, 1);
    timeoutS *= 2;
    return /Cannot evict pod as it would violate the pod's disruption budget\./.test(stderr);
  });
});
