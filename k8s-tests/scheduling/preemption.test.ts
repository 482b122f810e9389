import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { PersistentVolume, Pod, PodSpec } from "../../clients/sdk/index.ts";
import { conditionOf, isReady, sleeping } from "../support/pods.ts";
import { sharedCluster } from "../support/shared-cluster.ts";
import type { Space } from "../support/space.ts";

const labels = { app: "web" };
const host = "kubernetes.io/hostname";
/** The third node has a taint. */
const tainted = "1 node\\(s\\) had untolerated taint \\{example\\.com/reserved: yes\\}";

describe("room that is made, and volumes that decide", { concurrency: 8 }, () => {
  const cluster = sharedCluster(["--nodes", "3"], async ({ client }) => {
    const { priorityclasses } = client.scheduling.v1;
    await priorityclasses.create({ metadata: { name: "low" }, value: 10 });
    await priorityclasses.create({ metadata: { name: "high" }, value: 1000 });
    await priorityclasses.create({ metadata: { name: "polite" }, value: 1000, preemptionPolicy: "Never" });
    const taint = { key: "example.com/reserved", value: "yes", effect: "NoSchedule" };
    await client.core.v1.nodes.patch("node-3", { spec: { taints: [taint] } });
  });
  const core = () => cluster.client.core.v1;
  const pods = () => core().pods;
  const nodes = () => core().nodes;
  const claims = () => core().persistentvolumeclaims;

  /** Gives nodes so much of a resource of the test's own, so that tests do not get in each other's way. */
  async function give(space: Space, amounts: Record<string, string>): Promise<string> {
    const resource = `example.com/${space.namespace}`;
    for (const [node, amount] of Object.entries(amounts)) {
      const status = { capacity: { [resource]: amount }, allocatable: { [resource]: amount } };
      await nodes().patch(node, { status }, { subresource: "status" });
    }
    return resource;
  }

  function create(space: Space, name: string, resource: string, spec: PodSpec, more = {}): Promise<Pod> {
    const [main] = sleeping().containers ?? [];
    const amounts = { [resource]: "1" };
    const containers = [{ ...main, resources: { requests: amounts, limits: amounts } }];
    return space.create(pods(), { metadata: { name, labels, ...more }, spec: { ...sleeping(spec), containers } });
  }

  const untilBound = (space: Space, name: string) =>
    space.untilOne(`${name} is bound`, pods(), name, (pod) => pod?.spec?.nodeName);
  /** For this reason at last: the scheduler may know of the pod before it knows of what the pod wants. */
  const untilRefused = (space: Space, name: string, why: RegExp) =>
    space.untilOne(`${name} is refused: ${why}`, pods(), name, (pod) => {
      const condition = conditionOf(pod, "PodScheduled");
      return condition?.reason === "Unschedulable" && why.test(condition.message ?? "");
    });

  test("a pod of higher priority takes the place of one of lower, which is told why it goes", async () => {
    const space = await cluster.space("preempts");
    const resource = await give(space, { "node-1": "1" });
    await create(space, "low", resource, { priorityClassName: "low" }, { finalizers: ["example.com/hold"] });
    await space.untilOne("low runs", pods(), "low", isReady);
    const high = await create(space, "high", resource, { priorityClassName: "high" });
    const victim = await space.untilOne("low goes", pods(), "low", (pod) => pod?.metadata?.deletionTimestamp && pod);
    const target = conditionOf(victim || undefined, "DisruptionTarget");
    assert.deepEqual(
      [target?.status, target?.reason, target?.message],
      ["True", "PreemptionByScheduler", "default-scheduler: preempting to accommodate a higher priority pod"],
    );
    await space.untilEvent({
      of: "low",
      reason: "Preempted",
      message: `Preempted by pod ${high.metadata?.uid} on node node-1`,
    });
    await space.untilOne("the node is nominated", pods(), "high", (pod) => pod?.status?.nominatedNodeName === "node-1");
    await space.patch(pods(), "low", { metadata: { finalizers: null } });
    assert.equal(await untilBound(space, "high"), "node-1");
  });

  test("of equal priority nobody goes, nor for a pod that does not preempt", async () => {
    const space = await cluster.space("polite");
    const resource = await give(space, { "node-1": "1" });
    await create(space, "low", resource, { priorityClassName: "low" });
    await untilBound(space, "low");
    await create(space, "equal", resource, { priorityClassName: "low" });
    await create(space, "polite", resource, { priorityClassName: "polite" });
    const insufficient = `^0/3 nodes are available: ${tainted}, 2 Insufficient ${resource}\\. no new claims to deallocate, preemption: `;
    await untilRefused(space, "equal", new RegExp(`${insufficient}0/3 nodes are available: `));
    await untilRefused(space, "polite", new RegExp(`${insufficient}not eligible due to preemptionPolicy=Never\\.$`));
    assert.equal((await space.get(pods(), "low")).metadata?.deletionTimestamp, undefined);
  });

  test("victims are chosen so that no disruption budget is broken, and the least important go", async () => {
    const space = await cluster.space("budgets");
    const resource = await give(space, { "node-1": "1", "node-2": "1" });
    const on = (node: string) => ({ priorityClassName: "low", nodeSelector: { [host]: node } });
    await create(space, "guarded", resource, on("node-1"), { labels: { guarded: "yes" } });
    await create(space, "free", resource, { ...on("node-2") });
    await space.until("both run", pods(), (all) => all.length === 2 && all.every(isReady));
    const budgets = cluster.client.policy.v1.poddisruptionbudgets;
    await space.create(budgets, {
      metadata: { name: "guard" },
      spec: { minAvailable: 1, selector: { matchLabels: { guarded: "yes" } } },
    });
    await space.untilOne("the budget counts", budgets, "guard", (it) => it?.status?.currentHealthy === 1);
    await create(space, "high", resource, { priorityClassName: "high" });
    assert.equal(await untilBound(space, "high"), "node-2");
    assert.equal((await space.get(pods(), "guarded")).metadata?.deletionTimestamp, undefined);
    await space.untilGone(pods(), "free");
    // Where there is no other way, the budget is broken, too.
    await create(space, "higher", resource, { priorityClassName: "high" });
    assert.equal(await untilBound(space, "higher"), "node-1");
  });

  test("a taint keeps pods away that do not tolerate it", async () => {
    const space = await cluster.space("taints");
    const resource = await give(space, { "node-3": "2" });
    await create(space, "plain", resource, {});
    await untilRefused(
      space,
      "plain",
      new RegExp(`^0/3 nodes are available: ${tainted}, 2 Insufficient ${resource}\\. `),
    );
    const key = "example.com/reserved";
    await create(space, "equal", resource, { tolerations: [{ key, value: "yes", effect: "NoSchedule" }] });
    await create(space, "exists", resource, { tolerations: [{ key, operator: "Exists" }] });
    for (const name of ["equal", "exists"]) assert.equal(await untilBound(space, name), "node-3");
    assert.equal((await space.get(pods(), "plain")).spec?.nodeName, undefined);
  });

  const claim = (name: string, storageClassName: string, more = {}) => ({
    metadata: { name },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } }, storageClassName, ...more },
  });
  const using = (claimName: string): PodSpec => ({ volumes: [{ name: "data", persistentVolumeClaim: { claimName } }] });

  test("a claim that waits for its first consumer is provisioned on the node that its pod goes to", async () => {
    const space = await cluster.space("first-consumer");
    await space.create(claims(), claim("data", "local-path"));
    await space.untilEvent({
      of: "data",
      reason: "WaitForFirstConsumer",
      message: "waiting for first consumer to be created before binding",
    });
    const resource = await give(space, { "node-2": "2" });
    await create(space, "user", resource, using("data"));
    assert.equal(await untilBound(space, "user"), "node-2");
    const bound = await space.untilOne("it is bound", claims(), "data", (it) =>
      it?.status?.phase === "Bound" ? it : undefined,
    );
    assert.equal(bound.metadata?.annotations?.["volume.kubernetes.io/selected-node"], "node-2");
    // Elsewhere nobody gets at it.
    const elsewhere = sleeping({ ...using("data"), nodeSelector: { [host]: "node-1" } });
    await space.create(pods(), { metadata: { name: "elsewhere" }, spec: elsewhere });
    await untilRefused(
      space,
      "elsewhere",
      /^0\/3 nodes are available: .*1 node\(s\) had volume node affinity conflict/,
    );
  });

  test("pods wait for claims that are not there, or not bound", async () => {
    const space = await cluster.space("unbound");
    await space.create(pods(), { metadata: { name: "lost" }, spec: sleeping(using("gone")) });
    await untilRefused(space, "lost", /^0\/3 nodes are available: persistentvolumeclaim "gone" not found\. /);
    const storageClass = `${space.namespace}-immediate`;
    await cluster.client.storage.v1.storageclasses.create({
      metadata: { name: storageClass },
      provisioner: "kubernetes.io/no-provisioner",
      volumeBindingMode: "Immediate",
    });
    await space.create(claims(), claim("data", storageClass));
    await space.create(pods(), { metadata: { name: "user" }, spec: sleeping(using("data")) });
    await untilRefused(space, "user", /^0\/3 nodes are available: pod has unbound immediate PersistentVolumeClaims\. /);
    const volume: PersistentVolume = {
      metadata: { name: `${space.namespace}-volume` },
      spec: {
        ...{ storageClassName: storageClass, capacity: { storage: "1Mi" }, accessModes: ["ReadWriteOnce"] },
        ...{ persistentVolumeReclaimPolicy: "Retain", hostPath: { path: cluster.dataDir } },
      },
    };
    await core().persistentvolumes.create(volume);
    assert.ok(await untilBound(space, "user"));
    await space.create(claims(), claim("gone", "local-path"));
    assert.ok(await untilBound(space, "lost"));
    await cluster.client.storage.v1.storageclasses.delete(storageClass);
  });

  test("a claim that only one pod may use is not shared", async () => {
    const space = await cluster.space("one-pod");
    await space.create(claims(), claim("data", "local-path", { accessModes: ["ReadWriteOncePod"] }));
    await space.create(pods(), { metadata: { name: "first" }, spec: sleeping(using("data")) });
    const node = await untilBound(space, "first");
    await space.create(pods(), {
      metadata: { name: "second" },
      spec: sleeping({ ...using("data"), nodeSelector: { [host]: node } }),
    });
    await untilRefused(
      space,
      "second",
      /1 node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode/,
    );
    await space.delete(pods(), "first");
    assert.equal(await untilBound(space, "second"), node);
  });
});
