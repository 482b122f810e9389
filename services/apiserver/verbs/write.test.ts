import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Client } from "../../../lib/client/client.ts";
import type { PatchType } from "../../../lib/client/resource-client.ts";
import { startTestApiserver, type TestApiserver } from "../test-harness.ts";

let server: TestApiserver;
let client: Client;
const namespace = "default";

before(async () => {
  server = await startTestApiserver();
  client = server.client();
});
after(() => server.close());

const template = { metadata: { labels: { app: "a" } }, spec: { containers: [{ name: "c", image: "i:1" }] } };
const deployment = (name: string) => ({
  metadata: { name, namespace },
  spec: { replicas: 1, selector: { matchLabels: { app: "a" } }, template },
});

test("a stale update is a conflict in Kubernetes' words", async () => {
  const { configmaps } = client.core.v1;
  const first = await configmaps.create({ metadata: { name: "stale", namespace }, data: {} });
  await configmaps.update({ ...first, data: { a: "1" } });
  await assert.rejects(configmaps.update({ ...first, data: { a: "2" } }), {
    reason: "Conflict",
    message:
      'Operation cannot be fulfilled on configmaps "stale": the object has been modified; please apply your changes to the latest version and try again',
  });
});

test("an update without a resource version holds whatever is there", async () => {
  const { configmaps } = client.core.v1;
  await configmaps.create({ metadata: { name: "free", namespace }, data: {} });
  const updated = await configmaps.update({ metadata: { name: "free", namespace }, data: { a: "2" } });
  assert.deepEqual(updated.data, { a: "2" });
});

test("kinds that everyone must see before they change them are not updated without a resource version", async () => {
  const { leases } = client.coordination.v1;
  await leases.create({ metadata: { name: "seen", namespace }, spec: { holderIdentity: "a" } });
  const blind = { metadata: { name: "seen", namespace }, spec: { holderIdentity: "b" } };
  await assert.rejects(leases.update(blind), {
    reason: "Invalid",
    message:
      'Lease.coordination.k8s.io "seen" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
  });
  await leases.patch("seen", { spec: { holderIdentity: "b" } }, { namespace });
});

test("an update that changes nothing writes nothing", async () => {
  const { configmaps } = client.core.v1;
  const made = await configmaps.create({ metadata: { name: "same", namespace }, data: { a: "1" } });
  const again = await configmaps.update({ metadata: { name: "same", namespace }, data: { a: "1" } });
  assert.equal(again.metadata?.resourceVersion, made.metadata?.resourceVersion);
});

test("the generation counts changes of the specification alone, and the status has its own door", async () => {
  const { deployments } = client.apps.v1;
  const made = await deployments.create({ ...deployment("generation"), status: { replicas: 9 } });
  assert.equal(made.metadata?.generation, 1);
  assert.equal(made.status?.replicas, undefined);
  const scaled = await deployments.update({ ...made, spec: { ...made.spec, replicas: 2 } });
  assert.equal(scaled.metadata?.generation, 2);
  const reported = await deployments.updateStatus({ ...scaled, spec: {}, status: { replicas: 2 } });
  assert.deepEqual([reported.metadata?.generation, reported.spec?.replicas, reported.status?.replicas], [2, 2, 2]);
  const labelled = await deployments.update({
    ...reported,
    metadata: { ...reported.metadata, labels: { a: "b" } },
    status: {},
  });
  assert.deepEqual([labelled.metadata?.generation, labelled.status?.replicas], [2, 2]);
});

test("the system's metadata cannot be set by a client", async () => {
  const { configmaps } = client.core.v1;
  const metadata = { name: "forged", namespace, uid: "mine", creationTimestamp: "2001-01-01T00:00:00Z" };
  const made = await configmaps.create({ metadata });
  assert.notEqual(made.metadata?.uid, "mine");
  assert.notEqual(made.metadata?.creationTimestamp, metadata.creationTimestamp);
  await assert.rejects(configmaps.update({ ...made, metadata: { ...made.metadata, uid: "other" } }), {
    reason: "Conflict",
  });
  const withVersion = { metadata: { name: "v", namespace, resourceVersion: "1" } };
  await assert.rejects(configmaps.create(withVersion), { reason: "BadRequest" });
});

test("broken objects are refused with every field", async () => {
  const object = { metadata: { name: "Not A Name", namespace, labels: { "bad key!": "v" } } };
  await assert.rejects(client.core.v1.configmaps.create(object), (error: Error & { reason?: string }) => {
    assert.equal(error.reason, "Invalid");
    assert.match(error.message, /metadata\.name: Invalid value/);
    assert.match(error.message, /metadata\.labels: Invalid value/);
    return true;
  });
});

test("objects that are too large are refused", async () => {
  const object = { metadata: { name: "large", namespace }, data: { a: "x".repeat(1_600_000) } };
  await assert.rejects(client.core.v1.configmaps.create(object), (error: Error & { reason?: string }) => {
    // A kind's own limit may come first.
    return error.reason === "RequestEntityTooLarge" || error.reason === "Invalid";
  });
});

test("generated names are tried again when they are taken", async () => {
  const numbers = [0, 0, 0, 0, 0];
  const random = [...numbers, ...numbers, 0.5, 0.5, 0.5, 0.5, 0.5];
  const other = await startTestApiserver({ random: () => random.shift() ?? Math.random() });
  try {
    const { configmaps } = other.client().core.v1;
    const metadata = { generateName: "taken-", namespace };
    const first = await configmaps.create({ metadata });
    const second = await configmaps.create({ metadata });
    assert.equal(first.metadata?.name, "taken-bbbbb");
    assert.notEqual(second.metadata?.name, first.metadata?.name);
  } finally {
    await other.close();
  }
});

test("a dry run answers what would be, and leaves everything as it is", async () => {
  const { configmaps } = client.core.v1;
  const dryRun = ["All"];
  const made = await configmaps.create({ metadata: { name: "dry", namespace } }, { dryRun });
  assert.ok(made.metadata?.uid);
  await assert.rejects(configmaps.get("dry", { namespace }), { reason: "NotFound" });
  await configmaps.create({ metadata: { name: "wet", namespace }, data: { a: "1" } });
  assert.deepEqual((await configmaps.patch("wet", { data: { a: "2" } }, { namespace, dryRun })).data, { a: "2" });
  await configmaps.delete("wet", { namespace, dryRun });
  assert.deepEqual((await configmaps.get("wet", { namespace })).data, { a: "1" });
});

test("patches of all kinds", async () => {
  const { deployments } = client.apps.v1;
  await deployments.create(deployment("patched"));
  const containers = [{ name: "side", image: "s" }];
  const strategic = await deployments.patch("patched", { spec: { template: { spec: { containers } } } }, { namespace });
  assert.deepEqual(strategic.spec?.template?.spec?.containers?.map((it) => it.name).sort(), ["c", "side"]);
  const merge = await deployments.patch(
    "patched",
    { metadata: { labels: { x: "y" } }, spec: { template: { spec: { containers: [{ name: "only", image: "o" }] } } } },
    { namespace, type: "application/merge-patch+json" },
  );
  assert.deepEqual(
    merge.spec?.template?.spec?.containers?.map((it) => it.name),
    ["only"],
  );
  const json = await deployments.patch("patched", [{ op: "replace", path: "/spec/replicas", value: 5 }], {
    namespace,
    type: "application/json-patch+json",
  });
  assert.equal(json.spec?.replicas, 5);
  const scaled = await deployments.patch(
    "patched",
    { spec: { replicas: 7 } },
    { namespace, subresource: "scale", type: "application/merge-patch+json" },
  );
  assert.equal(scaled.spec?.replicas, 7);
  const status = await deployments.patch(
    "patched",
    { spec: { replicas: 1 }, status: { replicas: 3, readyReplicas: 3 } },
    { namespace, subresource: "status" },
  );
  assert.deepEqual([status.spec?.replicas, status.status?.readyReplicas], [7, 3]);
  await assert.rejects(deployments.patch("patched", "{", { namespace }), { reason: "BadRequest" });
  await assert.rejects(deployments.patch("patched", {}, { namespace, type: "application/apply-patch+yaml" }), {
    reason: "Invalid",
  });
  const stale = { metadata: { resourceVersion: merge.metadata?.resourceVersion, labels: { z: "z" } } };
  await assert.rejects(deployments.patch("patched", stale, { namespace }), { reason: "Conflict" });
  await assert.rejects(
    deployments.patch("patched", { spec: { replicaz: 1 } }, { namespace, fieldValidation: "Strict" }),
    {
      reason: "Invalid",
      message: /: patch: Invalid value: ".*": strict decoding error: unknown field "spec\.replicaz"$/,
    },
  );
});

test("a patch that cannot be applied, or makes no object of the kind, is as invalid as Kubernetes says", async () => {
  const { configmaps } = client.core.v1;
  const { metadata } = await configmaps.create({ metadata: { name: "unpatched", namespace }, data: { a: "b" } });
  const patch = (body: unknown, type = "merge-patch") =>
    configmaps.patch("unpatched", body as object, { namespace, type: `application/${type}+json` as PatchType });
  const rejected = "the server rejected our request due to an error in our request";
  for (const operation of [
    { op: "remove", path: "/data/none" },
    { op: "test", path: "/data/a", value: "c" },
    {},
    null,
  ]) {
    await assert.rejects(patch([operation], "json-patch"), { reason: "Invalid", message: rejected });
  }
  await assert.rejects(patch([{ op: 5, path: "/data/a" }], "json-patch"), {
    reason: "BadRequest",
    message: "error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.op of type string",
  });
  await assert.rejects(patch([], "merge-patch"), {
    reason: "BadRequest",
    message: "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}",
  });
  for (const body of [{ data: 5 }, { kind: "Secret" }, { apiVersion: "v2" }]) {
    await assert.rejects(patch(body), { reason: "Invalid", message: /^ "" is invalid: patch: Invalid value: "\{/ });
  }
  await assert.rejects(patch({ metadata: { uid: "another" } }), {
    reason: "Invalid",
    message: 'ConfigMap "unpatched" is invalid: metadata.uid: Invalid value: "another": field is immutable',
  });
  const ignored = { kind: "Secret", metadata: { creationTimestamp: "2020-01-01T00:00:00Z" } };
  const patched = await patch({ ...ignored, data: { a: null, c: "d" } }, "strategic-merge-patch");
  assert.deepEqual([patched.kind, patched.data], ["ConfigMap", { c: "d" }]);
  assert.equal(patched.metadata?.creationTimestamp, metadata?.creationTimestamp);
  await assert.rejects(configmaps.update({ ...patched, metadata: { ...patched.metadata, uid: "another" } }), {
    reason: "Conflict",
  });
});

test("a patch does not rename or move an object", async () => {
  const { configmaps } = client.core.v1;
  await configmaps.create({ metadata: { name: "stays", namespace } });
  const patch = (metadata: object | null) => configmaps.patch("stays", { metadata }, { namespace });
  await assert.rejects(patch({ name: "goes" }), {
    reason: "BadRequest",
    message: "the name of the object (goes) does not match the name on the URL (stays)",
  });
  await assert.rejects(patch({ namespace: "kube-system" }), {
    reason: "BadRequest",
    message: "the namespace of the object (kube-system) does not match the namespace on the request (default)",
  });
});

test("an owner that is named twice is one", async () => {
  const owner = { apiVersion: "v1", kind: "Node", name: "a", uid: "b", controller: true };
  const metadata = { name: "owned", namespace, ownerReferences: [owner, { ...owner }] };
  const made = await client.core.v1.configmaps.create({ metadata });
  assert.deepEqual(made.metadata?.ownerReferences, [owner]);
});

test("patches that come together all hold", async () => {
  const { configmaps } = client.core.v1;
  await configmaps.create({ metadata: { name: "busy", namespace } });
  const keys = Array.from({ length: 8 }, (_, index) => `k${index}`);
  await Promise.all(keys.map((key) => configmaps.patch("busy", { data: { [key]: "v" } }, { namespace })));
  assert.deepEqual(Object.keys((await configmaps.get("busy", { namespace })).data ?? {}).sort(), keys);
});

test("the scale is read and set by itself", async () => {
  const { deployments } = client.apps.v1;
  const made = await deployments.create(deployment("scaled"));
  const scale = await deployments.getScale("scaled", { namespace });
  assert.deepEqual([scale.spec?.replicas, scale.status?.selector], [1, "app=a"]);
  const set = await deployments.updateScale({ ...scale, spec: { replicas: 4 } });
  assert.equal(set.spec?.replicas, 4);
  assert.equal((await deployments.get("scaled", { namespace })).metadata?.generation, 2);
  await assert.rejects(deployments.updateScale({ ...scale, spec: { replicas: 5 } }), { reason: "Conflict" });
  const negative = { metadata: { name: "scaled", namespace }, spec: { replicas: -1 } };
  await assert.rejects(deployments.updateScale(negative), { reason: "Invalid" });
  assert.ok(made.metadata?.uid);
});

test("one failing request leaves the server up", async () => {
  await assert.rejects(client.core.v1.configmaps.get("", { namespace }), { reason: "BadRequest" });
  await assert.rejects(client.core.v1.configmaps.get("x"), { reason: "BadRequest" });
  await assert.rejects(client.core.v1.configmaps.list({ labelSelector: "a in (" }), { reason: "BadRequest" });
  await assert.rejects(client.core.v1.configmaps.list({ fieldSelector: "data.x=1" }), { reason: "BadRequest" });
  assert.ok(await client.core.v1.configmaps.list());
});
