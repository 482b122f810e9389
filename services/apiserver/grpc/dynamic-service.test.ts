import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DynamicServiceDefinition, type WatchResponse } from "../../../gen/typernetes/dynamic/v1/dynamic.ts";
import type { Client } from "../../../lib/client/client.ts";
import { startTestApiserver, type TestApiserver } from "../test-harness.ts";

const namespace = "default";
const configmaps = { resource: "configmaps" };
let server: TestApiserver;
let client: Client;

before(async () => {
  server = await startTestApiserver();
  client = server.client();
});
after(() => server.close());

const call = (method: keyof typeof DynamicServiceDefinition.methods, request: object) =>
  client.call(DynamicServiceDefinition, method, request) as Promise<{ object?: unknown; warnings?: string[] }>;

function configMap(name: string, more: object = {}): object {
  return JSON.parse(JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace }, ...more }));
}

test("an object goes through all verbs as JSON", async () => {
  const { object: created } = await call("create", {
    type: { kind: "ConfigMap" },
    object: configMap("verbs", { data: { a: "1" } }),
  });
  const path = { type: configmaps, namespace, name: "verbs" };
  assert.deepEqual((await call("get", path)).object, created);
  const object = { ...(created as object), data: { a: "2" } };
  await call("update", { type: configmaps, object });
  const patch = Buffer.from(JSON.stringify({ data: { b: "3" } }));
  const patched = await call("patch", { ...path, patchType: "application/merge-patch+json", patch });
  assert.deepEqual((patched.object as { data?: unknown }).data, { a: "2", b: "3" });
  const typed = await client.core.v1.configmaps.get("verbs", { namespace });
  assert.equal(JSON.stringify(typed), JSON.stringify(patched.object));
  await call("delete", path);
  await assert.rejects(call("get", path), { reason: "NotFound" });
});

test("lists and collections are JSON, too", async () => {
  for (const name of ["one", "two"])
    await call("create", {
      type: configmaps,
      object: configMap(name, { metadata: { name, namespace, labels: { set: "x" } } }),
    });
  const request = { type: configmaps, namespace, options: { labelSelector: "set=x" } };
  const list = await client.call(DynamicServiceDefinition, "list", request);
  assert.equal(list.kind, "ConfigMapList");
  assert.ok(list.metadata?.resourceVersion);
  const names = (list.items ?? []).map((item) => (item as { metadata: { name: string } }).metadata.name);
  assert.deepEqual(names.sort(), ["one", "two"]);
  await call("deleteCollection", { type: configmaps, namespace, listOptions: { labelSelector: "set=x" } });
  const left = await client.call(DynamicServiceDefinition, "list", request);
  assert.equal(left.items?.length ?? 0, 0);
});

test("a watch tells of changes, and why it ends", async () => {
  const { metadata } = await client.call(DynamicServiceDefinition, "list", { type: configmaps, namespace });
  const options = { resourceVersion: metadata?.resourceVersion };
  const watch = client.stream(DynamicServiceDefinition, "watch", { type: configmaps, namespace, options });
  const iterator: AsyncIterator<WatchResponse> = watch[Symbol.asyncIterator]();
  const first = iterator.next();
  await call("create", { type: configmaps, object: configMap("watched", { data: { a: "b" } }) });
  const { value } = await first;
  assert.equal(value.events[0].type, "ADDED");
  assert.deepEqual(value.events[0].object.data, { a: "b" });
  await iterator.return?.();

  const stale = client.stream(DynamicServiceDefinition, "watch", {
    type: configmaps,
    options: { resourceVersion: "not-a-number" },
  });
  await assert.rejects(stale[Symbol.asyncIterator]().next(), { code: 400 });
});

test("unknown fields are a warning, an error or nothing, as asked", async () => {
  const object = configMap("fields", { spec: 1 });
  const warned = await call("create", { type: configmaps, object, options: { dryRun: ["All"] } });
  assert.deepEqual(warned.warnings, ['unknown field "spec"']);
  const ignored = { dryRun: ["All"], fieldValidation: "Ignore" };
  assert.equal((await call("create", { type: configmaps, object, options: ignored })).warnings, undefined);
  const strict = call("create", { type: configmaps, object, options: { fieldValidation: "Strict" } });
  await assert.rejects(strict, { reason: "BadRequest", message: /strict decoding error: unknown field "spec"/ });
  const wrong = call("create", { type: configmaps, object, options: { fieldValidation: "Loose" } });
  await assert.rejects(wrong, { reason: "BadRequest", message: /invalid fieldValidation "Loose"/ });
});

test("a version is found by preference; what nobody serves is not found", async () => {
  const scaler = { group: "autoscaling", kind: "HorizontalPodAutoscaler" };
  const { apiVersion } = await client.call(DynamicServiceDefinition, "list", { type: scaler });
  assert.equal(apiVersion, "autoscaling/v2");
  const missing = [{ resource: "sandwiches" }, { group: "example.com", kind: "Pod" }, { version: "v9", kind: "Pod" }];
  for (const type of missing) {
    await assert.rejects(call("list", { type }), {
      reason: "NotFound",
      message: "the server could not find the requested resource",
    });
  }
  await assert.rejects(call("list", {}), { reason: "BadRequest" });
  await assert.rejects(call("list", { type: { kind: "Binding" } }), { reason: "MethodNotAllowed" });
});

test("the object has to be of the kind that the request names", async () => {
  const object = { ...(configMap("other") as object), kind: "Secret" };
  await assert.rejects(call("create", { type: configmaps, object }), { reason: "BadRequest", message: /kind/ });
  await assert.rejects(call("create", { type: configmaps }), { message: "the request has no object" });
});

test("subresources are reached by name", async () => {
  const type = { group: "apps", resource: "deployments" };
  const labels = { app: "scaled" };
  const template = { metadata: { labels }, spec: { containers: [{ name: "c", image: "i" }] } };
  const metadata = { name: "scaled", namespace };
  await client.apps.v1.deployments.create({ metadata, spec: { selector: { matchLabels: labels }, template } });
  const { object: scale } = await call("get", { type, namespace, name: "scaled", subresource: "scale" });
  assert.equal((scale as { spec: { replicas: number } }).spec.replicas, 1);
  await call("update", { type, object: { metadata, spec: { replicas: 3 } }, subresource: "scale" });
  assert.equal((await client.apps.v1.deployments.get("scaled", { namespace })).spec?.replicas, 3);
  const status = {
    ...((await call("get", { type, namespace, name: "scaled" })).object as object),
    status: { replicas: 2 },
  };
  const { object: updated } = await call("update", { type, object: status, subresource: "status" });
  assert.equal((updated as { status: { replicas: number } }).status.replicas, 2);
  const unknown = call("get", { type, namespace, name: "scaled", subresource: "shadow" });
  await assert.rejects(unknown, { reason: "NotFound" });
});
