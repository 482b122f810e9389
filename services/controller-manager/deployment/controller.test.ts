import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Deployment } from "../../../gen/typernetes/apps/v1/deployment.ts";
import { createReplicaSetController } from "../replicaset/controller.ts";
import { startTestCluster, type TestCluster } from "../testing/test-cluster.ts";
import { createDeploymentController } from "./controller.ts";

const namespace = "default";
let cluster: TestCluster;

before(async () => {
  cluster = await startTestCluster([createDeploymentController, createReplicaSetController]);
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

async function complete(name: string, replicas: number): Promise<Deployment> {
  return cluster.eventually(async () => {
    const found = await cluster.client.apps.v1.deployments.get(name, { namespace });
    assert.equal(found.status?.observedGeneration, found.metadata?.generation);
    assert.equal(found.status?.availableReplicas, replicas);
    assert.equal(found.status?.updatedReplicas, replicas);
    assert.equal(found.status?.replicas, replicas);
    assert.equal(found.status?.conditions?.find((it) => it.type === "Progressing")?.reason, "NewReplicaSetAvailable");
    return found;
  });
}

async function setImage(name: string, image: string): Promise<void> {
  const patch = { spec: { template: { spec: { containers: [{ name: "c", image }] } } } };
  await cluster.client.apps.v1.deployments.patch(name, patch, { namespace });
}

async function setsOf(name: string) {
  const { items } = await cluster.client.apps.v1.replicasets.list({ namespace, labelSelector: `app=${name}` });
  return items.sort(
    (left, right) =>
      Number(left.metadata?.annotations?.["deployment.kubernetes.io/revision"]) -
      Number(right.metadata?.annotations?.["deployment.kubernetes.io/revision"]),
  );
}

test("deployment creates its replica set and becomes available", async () => {
  await cluster.client.apps.v1.deployments.create(deployment("web"));
  const web = await complete("web", 3);
  assert.equal(web.metadata?.annotations?.["deployment.kubernetes.io/revision"], "1");
  assert.equal(web.status?.conditions?.find((it) => it.type === "Available")?.status, "True");
  const [set] = await setsOf("web");
  assert.match(set?.metadata?.name ?? "", /^web-[bcdfghjklmnpqrstvwxz2456789]+$/);
  assert.equal(set?.spec?.selector?.matchLabels?.["pod-template-hash"], set?.metadata?.labels?.["pod-template-hash"]);
});

test("deployment rolls to a new template and keeps the old replica set as history", async () => {
  await cluster.client.apps.v1.deployments.create(deployment("roll"));
  await complete("roll", 3);
  await setImage("roll", "v2");
  await complete("roll", 3);
  const sets = await setsOf("roll");
  assert.deepEqual(
    sets.map((set) => set.spec?.replicas),
    [0, 3],
  );
});

test("deployment takes the old replica set again when the template goes back", async () => {
  await cluster.client.apps.v1.deployments.create(deployment("back"));
  await complete("back", 3);
  await setImage("back", "v2");
  await complete("back", 3);
  await setImage("back", "v1");
  const found = await complete("back", 3);
  assert.equal(found.metadata?.annotations?.["deployment.kubernetes.io/revision"], "3");
  const sets = await setsOf("back");
  assert.equal(sets.length, 2);
  assert.equal(sets[1]?.metadata?.annotations?.["deployment.kubernetes.io/revision-history"], "1");
});

test("deployment keeps enough pods available while a broken template cannot start", async () => {
  await cluster.client.apps.v1.deployments.create(
    deployment("stuck", {
      progressDeadlineSeconds: 2,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    }),
  );
  await complete("stuck", 3);
  await setImage("stuck", "broken");
  const found = await cluster.eventually(async () => {
    const now = await cluster.client.apps.v1.deployments.get("stuck", { namespace });
    assert.equal(now.status?.conditions?.find((it) => it.type === "Progressing")?.reason, "ProgressDeadlineExceeded");
    return now;
  });
  assert.equal(found.status?.availableReplicas, 3);
  assert.equal(found.status?.unavailableReplicas, 1);
});

test("deployment scales, and proportionally while paused", async () => {
  await cluster.client.apps.v1.deployments.create(deployment("scale"));
  await complete("scale", 3);
  const scale = await cluster.client.apps.v1.deployments.getScale("scale", { namespace });
  await cluster.client.apps.v1.deployments.updateScale({ ...scale, spec: { replicas: 6 } });
  await complete("scale", 6);
  await cluster.client.apps.v1.deployments.patch("scale", { spec: { replicas: 1 } }, { namespace });
  await complete("scale", 1);
});

test("paused deployment does not roll until it is resumed", async () => {
  await cluster.client.apps.v1.deployments.create(deployment("paused"));
  await complete("paused", 3);
  await cluster.client.apps.v1.deployments.patch("paused", { spec: { paused: true } }, { namespace });
  await setImage("paused", "v2");
  await cluster.eventually(async () => {
    const found = await cluster.client.apps.v1.deployments.get("paused", { namespace });
    assert.equal(found.status?.conditions?.find((it) => it.type === "Progressing")?.reason, "DeploymentPaused");
    assert.equal(found.status?.observedGeneration, found.metadata?.generation);
  });
  assert.equal((await setsOf("paused")).length, 1);
  await cluster.client.apps.v1.deployments.patch("paused", { spec: { paused: false } }, { namespace });
  await complete("paused", 3);
  assert.equal((await setsOf("paused")).length, 2);
});

test("deployment that recreates ends all old pods first", async () => {
  await cluster.client.apps.v1.deployments.create(deployment("recreate", { strategy: { type: "Recreate" } }));
  await complete("recreate", 3);
  await setImage("recreate", "v2");
  await complete("recreate", 3);
  const { items } = await cluster.client.core.v1.pods.list({ namespace, labelSelector: "app=recreate" });
  assert.deepEqual(new Set(items.map((pod) => pod.spec?.containers?.[0]?.image)), new Set(["v2"]));
});

test("deployment keeps no more history than it is told to", async () => {
  await cluster.client.apps.v1.deployments.create(deployment("history", { revisionHistoryLimit: 1 }));
  await complete("history", 3);
  for (const image of ["v2", "v3", "v4"]) {
    await setImage("history", image);
    await complete("history", 3);
  }
  await cluster.eventually(async () => assert.equal((await setsOf("history")).length, 2));
});
