import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Deployment } from "../../../gen/typernetes/apps/v1/deployment.ts";
import type { ReplicaSet } from "../../../gen/typernetes/apps/v1/replica_set.ts";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import { createReplicaSetController } from "../replicaset/controller.ts";
import { eventuallyHolds, startTestCluster, type TestCluster } from "../testing/test-cluster.ts";
import { byRevision, revisionOf } from "./annotations.ts";
import { createDeploymentController } from "./controller.ts";

const namespace = "default";
const clock = new SimulatedClock();
let cluster: TestCluster;

before(async () => {
  cluster = await startTestCluster([createDeploymentController, createReplicaSetController], { clock });
  cluster.runPods((pod) => pod.spec?.containers?.[0]?.image !== "broken");
});
after(() => cluster.close());

function deployment(name: string, changes: Deployment["spec"] = {}): Deployment {
  const labels = { app: name };
  return {
    metadata: { name, namespace },
    spec: {
      replicas: 3,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "c", image: "v1" }] } },
      ...changes,
    },
  };
}

function get(name: string): Promise<Deployment> {
  return cluster.client.apps.v1.deployments.get(name, { namespace });
}

function condition(of: Deployment | ReplicaSet, type: string) {
  return of.status?.conditions?.find((it) => it.type === type);
}

async function complete(name: string, replicas: number): Promise<Deployment> {
  await eventuallyHolds(async () => {
    const found = await get(name);
    const { observedGeneration, availableReplicas = 0, updatedReplicas = 0, replicas: all = 0 } = found.status ?? {};
    assert.equal(observedGeneration, found.metadata?.generation);
    assert.deepEqual([availableReplicas, updatedReplicas, all], [replicas, replicas, replicas]);
    assert.equal(condition(found, "Progressing")?.reason, "NewReplicaSetAvailable");
  });
  return get(name);
}

async function start(name: string, changes: Deployment["spec"] = {}): Promise<Deployment> {
  await cluster.client.apps.v1.deployments.create(deployment(name, changes));
  return complete(name, changes.replicas ?? 3);
}

function patch(name: string, spec: object): Promise<Deployment> {
  return cluster.client.apps.v1.deployments.patch(name, { spec }, { namespace });
}

function setImage(name: string, image: string): Promise<Deployment> {
  return patch(name, { template: { spec: { containers: [{ name: "c", image }] } } });
}

/** By revision. */
async function setsOf(name: string): Promise<ReplicaSet[]> {
  const { items } = await cluster.client.apps.v1.replicasets.list({ namespace, labelSelector: `app=${name}` });
  return [...items].sort(byRevision);
}

async function sizesOf(name: string): Promise<number[]> {
  return (await setsOf(name)).map((set) => set.spec?.replicas ?? 0);
}

function reasonBecomes(name: string, reason: string): Promise<void> {
  return eventuallyHolds(async () => assert.equal(condition(await get(name), "Progressing")?.reason, reason));
}

test("creates a replica set and becomes available", async () => {
  const web = await start("web");
  assert.equal(web.metadata?.annotations?.["deployment.kubernetes.io/revision"], "1");
  assert.equal(condition(web, "Available")?.status, "True");
  const [set] = await setsOf("web");
  assert.match(set?.metadata?.name ?? "", /^web-[bcdfghjklmnpqrstvwxz2456789]+$/);
  assert.equal(set?.spec?.selector?.matchLabels?.["pod-template-hash"], set?.metadata?.labels?.["pod-template-hash"]);
  await eventuallyHolds(async () => {
    const fieldSelector = "involvedObject.name=web,reason=ScalingReplicaSet";
    const { items } = await cluster.client.core.v1.events.list({ namespace, fieldSelector });
    assert.deepEqual(
      items.map((event) => event.message),
      [`Scaled up replica set ${set?.metadata?.name} from 0 to 3`],
    );
  });
});

test("rolls to a new template and keeps the old replica set as history", async () => {
  await start("roll");
  await setImage("roll", "v2");
  await complete("roll", 3);
  assert.deepEqual(await sizesOf("roll"), [0, 3]);
});

test("never has more or fewer pods than surge and unavailability allow", async () => {
  await start("bounds", {
    replicas: 5,
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "20%", maxUnavailable: 0 } },
  });
  const watching = new AbortController();
  const { deployments, replicasets } = cluster.client.apps.v1;
  const { signal } = watching;
  /** How many pods the replica sets together are to have; pods on their way out may be there a little longer. */
  const wanted: number[] = [];
  const available: number[] = [];
  const watchSets = async () => {
    const sizes = new Map<string | undefined, number>();
    for await (const events of replicasets.watch({ namespace, labelSelector: "app=bounds", signal }))
      for (const { object } of events) {
        sizes.set(object.metadata?.name, object.spec?.replicas ?? 0);
        wanted.push([...sizes.values()].reduce((sum, size) => sum + size, 0));
      }
  };
  const watchDeployment = async () => {
    for await (const events of deployments.watch({ namespace, fieldSelector: "metadata.name=bounds", signal }))
      for (const { object } of events) available.push(object.status?.availableReplicas ?? 0);
  };
  const watches = [watchSets(), watchDeployment()].map((watch) => watch.catch(() => {}));
  await setImage("bounds", "v2");
  await complete("bounds", 5);
  watching.abort();
  await Promise.all(watches);
  assert.ok(wanted.includes(6), "the rollout was seen");
  for (const count of wanted) assert.ok(count <= 6, `${count} pods`);
  for (const count of available) assert.ok(count >= 5, `${count} available`);
});

test("takes the old replica set again when the template goes back", async () => {
  await start("back");
  await setImage("back", "v2");
  await complete("back", 3);
  await setImage("back", "v1");
  const found = await complete("back", 3);
  assert.equal(revisionOf(found), 3n);
  const sets = await setsOf("back");
  assert.equal(sets.length, 2);
  assert.equal(sets[1]?.metadata?.annotations?.["deployment.kubernetes.io/revision-history"], "1");
});

test("a broken template is stopped by the progress deadline, and a rollback succeeds", async () => {
  const strategy = { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
  await start("stuck", { progressDeadlineSeconds: 60, strategy });
  await setImage("stuck", "broken");
  await reasonBecomes("stuck", "ReplicaSetUpdated");
  await cluster.pass(58_000);
  await cluster.settle();
  assert.equal(condition(await get("stuck"), "Progressing")?.status, "True");
  await cluster.pass(3_000);
  await reasonBecomes("stuck", "ProgressDeadlineExceeded");
  const found = await get("stuck");
  assert.equal(condition(found, "Progressing")?.status, "False");
  assert.deepEqual([found.status?.availableReplicas, found.status?.unavailableReplicas], [3, 1]);
  assert.equal(condition(found, "Available")?.status, "True");
  await setImage("stuck", "v1");
  await complete("stuck", 3);
  assert.deepEqual(await sizesOf("stuck"), [0, 3]);
});

test("no deadline runs while paused", async () => {
  await start("halted", { progressDeadlineSeconds: 10 });
  await setImage("halted", "broken");
  await patch("halted", { paused: true });
  await reasonBecomes("halted", "DeploymentPaused");
  await cluster.pass(60_000);
  await cluster.settle();
  assert.equal(condition(await get("halted"), "Progressing")?.reason, "DeploymentPaused");
  await patch("halted", { paused: false });
  await cluster.pass(12_000);
  await reasonBecomes("halted", "ProgressDeadlineExceeded");
});

test("a deployment without a deadline has no Progressing condition", async () => {
  await cluster.client.apps.v1.deployments.create(deployment("endless", { progressDeadlineSeconds: 2_147_483_647 }));
  await eventuallyHolds(async () => assert.equal((await get("endless")).status?.availableReplicas, 3));
  await cluster.settle();
  assert.equal(condition(await get("endless"), "Progressing"), undefined);
});

test("scales by its scale subresource", async () => {
  await start("scale");
  const { deployments } = cluster.client.apps.v1;
  const scale = await deployments.getScale("scale", { namespace });
  await deployments.updateScale({ ...scale, spec: { replicas: 6 } });
  await complete("scale", 6);
  await patch("scale", { replicas: 0 });
  await complete("scale", 0);
});

test("scales old and new in proportion in the middle of a rollout", async () => {
  const strategy = { type: "RollingUpdate", rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } };
  await start("share", { replicas: 10, strategy });
  await setImage("share", "broken");
  await eventuallyHolds(async () => assert.deepEqual(await sizesOf("share"), [8, 5]));
  await cluster.settle();
  await patch("share", { replicas: 15 });
  await eventuallyHolds(async () => assert.deepEqual(await sizesOf("share"), [11, 7]));
  await cluster.settle();
  assert.deepEqual(await sizesOf("share"), [11, 7]);
});

test("paused deployment scales, but does not roll until it is resumed", async () => {
  await start("paused");
  await patch("paused", { paused: true });
  await setImage("paused", "v2");
  await patch("paused", { replicas: 4 });
  await reasonBecomes("paused", "DeploymentPaused");
  await eventuallyHolds(async () => assert.deepEqual(await sizesOf("paused"), [4]));
  await patch("paused", { paused: false });
  await complete("paused", 4);
  assert.equal((await setsOf("paused")).length, 2);
});

test("Recreate ends all old pods first", async () => {
  await start("recreate", { strategy: { type: "Recreate" } });
  const images: string[][] = [];
  const watching = new AbortController();
  const { pods } = cluster.client.core.v1;
  const live = new Map<string, string>();
  const watch = (async () => {
    for await (const events of pods.watch({ namespace, labelSelector: "app=recreate", signal: watching.signal })) {
      for (const { type, object } of events) {
        const { name = "" } = object.metadata ?? {};
        if (type === "DELETED") live.delete(name);
        else live.set(name, object.spec?.containers?.[0]?.image ?? "");
        images.push([...new Set(live.values())]);
      }
    }
  })().catch(() => {});
  await setImage("recreate", "v2");
  await complete("recreate", 3);
  watching.abort();
  await watch;
  assert.ok(images.length > 0);
  for (const together of images) assert.ok(together.length <= 1, together.join(" and "));
});

test("keeps no more history than it is told to", async () => {
  await start("history", { revisionHistoryLimit: 1 });
  for (const image of ["v2", "v3", "v4"]) {
    await setImage("history", image);
    await complete("history", 3);
  }
  await eventuallyHolds(async () => assert.equal((await setsOf("history")).length, 2));
});

test("a replica set of the same name that is somebody else's makes another hash", async () => {
  await start("clash");
  const [set] = await setsOf("clash");
  const { deployments, replicasets } = cluster.client.apps.v1;
  await deployments.delete("clash", { namespace, propagationPolicy: "Background" });
  // Else the controller might make the set anew.
  await cluster.settle();
  const name = set?.metadata?.name ?? "";
  const labels = { app: "other" };
  await replicasets.delete(name, { namespace });
  await replicasets.create({
    metadata: { name, namespace },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: { ...set?.spec?.template, metadata: { labels } },
    },
  });
  await cluster.settle();
  const found = await start("clash");
  assert.equal(found.status?.collisionCount, 1);
});

test("says why it cannot make its replica set", async () => {
  const name = "n".repeat(250);
  const { deployments } = cluster.client.apps.v1;
  const long = deployment("long");
  await deployments.create({ ...long, metadata: { name, namespace } });
  await reasonBecomes(name, "ReplicaSetCreateError");
  assert.match(
    condition(await get(name), "Progressing")?.message ?? "",
    /^Failed to create new replica set "n+-\w+": /,
  );
  await deployments.delete(name, { namespace });
});

test("makes nothing in a namespace that is being deleted, and does not call it an error", async () => {
  const { client } = cluster;
  await client.core.v1.namespaces.create({ metadata: { name: "closing" } });
  const { deployments, replicasets } = client.apps.v1;
  await deployments.create({
    ...deployment("late", { replicas: 0 }),
    metadata: { name: "late", namespace: "closing" },
  });
  await eventuallyHolds(async () => assert.equal((await replicasets.list({ namespace: "closing" })).items.length, 1));
  await client.core.v1.namespaces.delete("closing");
  const spec = { template: { spec: { containers: [{ name: "c", image: "v2" }] } } };
  await deployments.patch("late", { spec }, { namespace: "closing" });
  await cluster.settle();
  assert.equal((await replicasets.list({ namespace: "closing" })).items.length, 1);
  const found = await deployments.get("late", { namespace: "closing" });
  assert.notEqual(condition(found, "Progressing")?.reason, "ReplicaSetCreateError");
});

test("deployments at rest write nothing", () => cluster.settle());
