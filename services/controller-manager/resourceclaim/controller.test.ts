import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Pod, PodSpec } from "../../../gen/typernetes/core/v1/pod.ts";
import type { ResourceClaim } from "../../../gen/typernetes/resource/v1/resource_claim.ts";
import { eventually } from "../../../lib/base/eventually.ts";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { startTestCluster, type TestCluster } from "../testing/test-cluster.ts";
import { createResourceClaimController } from "./controller.ts";

const namespace = "default";
const waitMsMax = 60_000;
const devices = { requests: [{ name: "r", exactly: { deviceClassName: "gpu" } }] };
const result = { request: "r", driver: "gpu.example.com", pool: "p", device: "d" };
const allocation = { devices: { results: [result] } };
const finalizers = ["resource.kubernetes.io/delete-protection"];
const clock = new SimulatedClock();
let cluster: TestCluster;

before(async () => {
  cluster = await startTestCluster([createResourceClaimController], { clock });
  const spec = { metadata: { labels: { from: "template" }, annotations: { note: "x" } }, spec: { devices } };
  await cluster.client.resource.v1.resourceclaimtemplates.create({ metadata: { name: "template", namespace }, spec });
});
after(() => cluster.close());

function createPod(name: string, claim: object, spec: PodSpec = {}): Promise<Pod> {
  const containers = [{ name: "c", image: "i" }];
  const resourceClaims = [{ name: "gpu", ...claim }];
  return cluster.client.core.v1.pods.create({
    metadata: { name, namespace },
    spec: { containers, resourceClaims, ...spec },
  });
}

const ofTemplate = { resourceClaimTemplateName: "template" };

/** Resolves with the name of the claim that was made for a pod, once the pod's status says so. */
function madeFor(pod: string): Promise<string> {
  return eventually(async () => {
    const { status } = await cluster.client.core.v1.pods.get(pod, { namespace });
    return status?.resourceClaimStatuses?.[0]?.resourceClaimName;
  }, waitMsMax);
}

function getClaim(name: string): Promise<ResourceClaim> {
  return cluster.client.resource.v1.resourceclaims.get(name, { namespace });
}

/** Gives a claim devices, for pods to use. */
async function allocate(name: string, users: readonly Pod[] = []): Promise<void> {
  const { resourceclaims } = cluster.client.resource.v1;
  const claim = await getClaim(name);
  const held = await resourceclaims.update({ ...claim, metadata: { ...claim.metadata, finalizers } });
  const reservedFor = users.map(({ metadata }) => ({ resource: "pods", name: metadata?.name, uid: metadata?.uid }));
  await resourceclaims.updateStatus({ ...held, status: { allocation, ...(users.length > 0 && { reservedFor }) } });
}

function users(name: string): Promise<string> {
  return getClaim(name).then(({ status }) => (status?.reservedFor ?? []).map((user) => user.name).join());
}

function goes(name: string): Promise<unknown> {
  return eventually(
    () =>
      getClaim(name).then(
        () => false,
        (error) => isStatusError(error, "NotFound"),
      ),
    waitMsMax,
  );
}

async function createClaim(name: string): Promise<void> {
  await cluster.client.resource.v1.resourceclaims.create({ metadata: { name, namespace }, spec: { devices } });
}

async function finish(name: string): Promise<void> {
  const status = { phase: "Succeeded" };
  await cluster.client.core.v1.pods.patch(name, { status }, { namespace, subresource: "status" });
}

async function remove(name: string): Promise<void> {
  await cluster.client.core.v1.pods.delete(name, { namespace, gracePeriodSeconds: 0 });
}

test("a pod with a template gets a claim of its own, named in its status, and again when it is lost", async () => {
  const pod = await createPod("p", ofTemplate);
  const name = await madeFor("p");
  const { metadata, spec } = await getClaim(name);
  assert.match(name, /^p-gpu-/);
  assert.deepEqual(metadata?.labels, { from: "template" });
  assert.deepEqual(metadata?.annotations, { note: "x", "resource.kubernetes.io/pod-claim-name": "gpu" });
  const owner = { apiVersion: "v1", kind: "Pod", name: "p", uid: pod.metadata?.uid };
  assert.deepEqual(metadata?.ownerReferences, [{ ...owner, controller: true, blockOwnerDeletion: true }]);
  assert.equal(spec?.devices?.requests?.[0]?.exactly?.deviceClassName, "gpu");
  await cluster.client.resource.v1.resourceclaims.delete(name, { namespace });
  await eventually(async () => (await madeFor("p")) !== name, waitMsMax);
  await getClaim(await madeFor("p"));
});

test("a pod whose template is missing is told so, and gets its claim when the template comes", async () => {
  await createPod("early", { resourceClaimTemplateName: "late" });
  const fieldSelector = "involvedObject.name=early,reason=FailedResourceClaimCreation";
  const told = await eventually(async () => {
    const { items } = await cluster.client.core.v1.events.list({ namespace, fieldSelector });
    return items[0]?.message;
  }, waitMsMax);
  assert.match(told, /^PodResourceClaim gpu: .*"late" not found/);
  await cluster.client.resource.v1.resourceclaimtemplates.create({
    metadata: { name: "late", namespace },
    spec: { spec: { devices } },
  });
  await eventually(async () => {
    await clock.advance(1_000);
    const { status } = await cluster.client.core.v1.pods.get("early", { namespace });
    return status?.resourceClaimStatuses?.[0]?.resourceClaimName;
  }, waitMsMax);
});

test("the claim that was made for a pod goes when the pod has run to its end", async () => {
  const pod = await createPod("ends", ofTemplate);
  const name = await madeFor("ends");
  await allocate(name, [pod]);
  await finish("ends");
  await goes(name);
});

test("who is done with a claim uses it no more; after the last one its devices are free", async () => {
  await createClaim("shared");
  const shared = { resourceClaimName: "shared" };
  const pods = [await createPod("first", shared), await createPod("second", shared), await createPod("third", shared)];
  await allocate("shared", pods);
  await finish("first");
  await eventually(async () => (await users("shared")) === "second,third", waitMsMax);
  await remove("second");
  await eventually(async () => (await users("shared")) === "third", waitMsMax);
  await remove("third");
  const claim = await eventually(async () => {
    const newest = await getClaim("shared");
    return newest.status?.allocation || newest.metadata?.finalizers ? undefined : newest;
  }, waitMsMax);
  assert.equal(claim.status?.reservedFor, undefined);
});

test("a claim that has devices and no user goes when it is deleted, and one with users stays", async () => {
  await createClaim("unused");
  await allocate("unused");
  await cluster.client.resource.v1.resourceclaims.delete("unused", { namespace });
  await goes("unused");
  await createClaim("used");
  await allocate("used", [await createPod("user", { resourceClaimName: "used" })]);
  await cluster.client.resource.v1.resourceclaims.delete("used", { namespace });
  await cluster.settle();
  assert.equal(await users("used"), "user");
  await remove("user");
  await goes("used");
});

test("a pod that was put on its node by hand uses its claim, too", async () => {
  await createClaim("by-hand");
  await allocate("by-hand");
  await createPod("placed", { resourceClaimName: "by-hand" }, { nodeName: "n" });
  await eventually(async () => (await users("by-hand")) === "placed", waitMsMax);
});
