import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { DeviceClaim, ResourceClaim } from "../../../gen/typernetes/resource/v1/resource_claim.ts";
import { eventually } from "../../../lib/base/eventually.ts";
import { deviceClaim, deviceClass, devicesWith, exact, nodeSlice, oneRequest } from "../testing/devices.ts";
import { startTestScheduler, type TestScheduler } from "../testing/test-scheduler.ts";

const namespace = "default";
const waitMsMax = 60_000;
let cluster: TestScheduler;

beforeEach(async () => {
  cluster = await startTestScheduler([], (client) => client.resource.v1.deviceclasses.create(deviceClass("gpu")));
});

afterEach(() => cluster.close());

function createClaim(name: string, devices?: DeviceClaim): Promise<ResourceClaim> {
  return cluster.client.resource.v1.resourceclaims.create(deviceClaim(name, devices));
}

/** A pod that uses claims. */
function createPod(name: string, claims: readonly string[], cpu = "100m"): Promise<Pod> {
  const resourceClaims = claims.map((claim) => ({ name: claim, resourceClaimName: claim }));
  return cluster.createPod(name, { cpu }, { resourceClaims });
}

function getClaim(name: string): Promise<ResourceClaim> {
  return cluster.client.resource.v1.resourceclaims.get(name, { namespace });
}

/** The devices of a claim, and who uses it. */
async function held(name: string): Promise<{ devices: string[]; users: string[] }> {
  const { allocation, reservedFor = [] } = (await getClaim(name)).status ?? {};
  return {
    devices: (allocation?.devices?.results ?? []).map(({ pool, device }) => `${pool}/${device}`),
    users: reservedFor.map((user) => `${user.resource}/${user.name}`),
  };
}

/** Takes a claim's devices away, as is done when nobody uses them any more. */
async function deallocate(name: string): Promise<void> {
  const { status: _, ...claim } = await getClaim(name);
  await cluster.client.resource.v1.resourceclaims.updateStatus({ ...claim, status: {} });
}

async function offer(node: string, ...devices: string[]): Promise<void> {
  const offered = devicesWith("model", Object.fromEntries(devices.map((device) => [device, "x"])));
  await cluster.client.resource.v1.resourceslices.create(nodeSlice(node, offered));
}

async function waitsBecause(pod: string, message: RegExp): Promise<void> {
  await eventually(async () => message.test(await cluster.refusal(pod)), waitMsMax);
}

test("a pod goes where its claim can have devices; the claim says which, and who uses them", async () => {
  for (const name of ["a", "b"]) await cluster.createNode(name);
  await offer("b", "gpu-0");
  await createClaim("c");
  await createPod("p", ["c"]);
  assert.equal(await cluster.isPlaced("p"), "b");
  const { metadata, status } = await getClaim("c");
  assert.deepEqual(metadata?.finalizers, ["resource.kubernetes.io/delete-protection"]);
  assert.deepEqual(status?.allocation?.nodeSelector?.nodeSelectorTerms?.[0]?.matchFields?.[0]?.values, ["b"]);
  assert.deepEqual(await held("c"), { devices: ["b/gpu-0"], users: ["pods/p"] });
});

test("a pod waits for its claim, the claim's class, and devices, and says so", async () => {
  await cluster.createNode("n");
  await createPod("p", ["c"]);
  await waitsBecause("p", /resourceclaim.resource.k8s.io "c" not found/);
  await createClaim("c", oneRequest({ deviceClassName: "later" }));
  await cluster.clock.advance(10_000);
  await waitsBecause("p", /request r: device class later does not exist/);
  await cluster.client.resource.v1.deviceclasses.create(deviceClass("later"));
  await cluster.clock.advance(10_000);
  await waitsBecause("p", /1 cannot allocate all claims/);
  await offer("n", "gpu-0");
  assert.equal(await cluster.isPlaced("p"), "n");
});

test("each claim has devices of its own, and who comes too late waits until some are given back", async () => {
  await cluster.createNode("n");
  await offer("n", "gpu-0", "gpu-1");
  const names = ["one", "two", "three"];
  for (const name of names) await createClaim(name);
  await Promise.all(names.map((name) => createPod(name, [name])));
  const placed = await eventually(async () => {
    const pods = await Promise.all(names.map((name) => cluster.get(name)));
    const bound = pods.filter(({ spec }) => spec?.nodeName).map(({ metadata }) => metadata?.name ?? "");
    return bound.length === 2 && bound;
  }, waitMsMax);
  const late = names.find((name) => !placed.includes(name)) ?? "";
  await waitsBecause(late, /cannot allocate all claims/);
  const devices = await Promise.all(placed.map(async (name) => (await held(name)).devices));
  assert.deepEqual(devices.flat().sort(), ["n/gpu-0", "n/gpu-1"]);
  await cluster.remove(placed[0] ?? "");
  await deallocate(placed[0] ?? "");
  assert.equal(await cluster.isPlaced(late), "n");
});

test("pods that share a claim go to the same node, and all use it", async () => {
  for (const name of ["a", "b"]) {
    await cluster.createNode(name);
    await offer(name, "gpu-0");
  }
  await createClaim("shared");
  const pods = ["p", "q", "r"];
  await Promise.all(pods.map((name) => createPod(name, ["shared"])));
  const nodes = await Promise.all(pods.map((name) => cluster.isPlaced(name)));
  assert.equal(new Set(nodes).size, 1);
  assert.deepEqual((await held("shared")).users.sort(), ["pods/p", "pods/q", "pods/r"]);
});

test("devices on a node that cannot take the pod are given up for others", async () => {
  await cluster.createNode("full", { cpu: "100m" });
  await offer("full", "gpu-0");
  await createClaim("c");
  await createPod("first", ["c"]);
  assert.equal(await cluster.isPlaced("first"), "full");
  await cluster.remove("first");
  const claim = await getClaim("c");
  const status = { ...claim.status, reservedFor: [] };
  await cluster.client.resource.v1.resourceclaims.updateStatus({ ...claim, status });
  await cluster.createNode("roomy", { cpu: "4" });
  await offer("roomy", "gpu-0");
  await createPod("second", ["c"], "2");
  assert.equal(await cluster.isPlaced("second"), "roomy");
  assert.deepEqual(await held("c"), { devices: ["roomy/gpu-0"], users: ["pods/second"] });
});

test("a pod would rather have the better alternative", async () => {
  for (const name of ["a", "b", "c"]) await cluster.createNode(name);
  await offer("a", "gpu-0");
  await offer("b", "gpu-0", "gpu-1");
  await offer("c", "gpu-0");
  const firstAvailable = [
    { name: "two", ...exact({ count: 2 }) },
    { name: "one", ...exact() },
  ];
  await createClaim("c", { requests: [{ name: "r", firstAvailable }] });
  await createPod("p", ["c"]);
  assert.equal(await cluster.isPlaced("p"), "b");
  assert.equal((await getClaim("c")).status?.allocation?.devices?.results?.[0]?.request, "r/two");
});

test("a claim that was made for a pod is used once the pod's status names it, and by this pod alone", async () => {
  await cluster.createNode("n");
  await offer("n", "gpu-0", "gpu-1");
  const resourceClaims = [{ name: "gpu", resourceClaimTemplateName: "template" }];
  const pod = await cluster.createPod("p", { cpu: "100m" }, { resourceClaims });
  await waitsBecause("p", /pod "default\/p": ResourceClaim not created yet/);
  const { uid } = pod.metadata ?? {};
  const ownerReferences = [{ apiVersion: "v1", kind: "Pod", name: "p", uid, controller: true }];
  await createClaim("of-nobody");
  const nameIt = (resourceClaimName: string) => {
    const status = { resourceClaimStatuses: [{ name: "gpu", resourceClaimName }] };
    return cluster.client.core.v1.pods.patch("p", { status }, { namespace, subresource: "status" });
  };
  await nameIt("of-nobody");
  await cluster.clock.advance(10_000);
  await waitsBecause("p", /ResourceClaim default\/of-nobody was not created for pod default\/p \(pod is not owner\)/);
  const claim = deviceClaim("own");
  await cluster.client.resource.v1.resourceclaims.create({
    ...claim,
    metadata: { ...claim.metadata, ownerReferences },
  });
  await nameIt("own");
  assert.equal(await cluster.isPlaced("p"), "n");
  assert.deepEqual((await held("own")).users, ["pods/p"]);
});

test("a pod that goes while it is bound leaves its devices to others", async () => {
  await cluster.createNode("n");
  await offer("n", "gpu-0");
  await createClaim("c");
  await createPod("p", ["c"]);
  await cluster.remove("p");
  await cluster.settle();
  if ((await held("c")).devices.length > 0) await deallocate("c");
  await createClaim("d");
  await createPod("q", ["d"]);
  assert.equal(await cluster.isPlaced("q"), "n");
  assert.deepEqual((await held("d")).users, ["pods/q"]);
});
