import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { administrator, type RestClient, startTestRestServer, type TestRestServer } from "./test-rest-server.ts";

let server: TestRestServer;
let admin: RestClient;
const pods = "/api/v1/namespaces/default/pods";
const deployments = "/apis/apps/v1/namespaces/default/deployments";
const mergePatch = { "content-type": "application/merge-patch+json" };

before(async () => {
  server = await startTestRestServer();
  admin = await server.client(administrator);
});
after(() => server.close());

async function createPod(name: string, more: object = {}) {
  const spec = { containers: [{ name: "main", image: "nginx" }], ...more };
  const created = await admin.send("POST", pods, { body: { metadata: { name }, spec } });
  assert.equal(created.status, 201, created.text);
}

test("a status is read, replaced and patched by itself", async () => {
  await createPod("status");
  const { json } = await admin.get(`${pods}/status/status`);
  const replaced = await admin.send("PUT", `${pods}/status/status`, {
    body: { ...json, status: { phase: "Running" } },
  });
  assert.deepEqual([replaced.status, replaced.json["status"]?.["phase"]], [200, "Running"]);
  const body = JSON.stringify({ status: { message: "patched" } });
  const patched = await admin.send("PATCH", `${pods}/status/status`, { body, headers: mergePatch });
  assert.equal(patched.json["status"]?.["message"], "patched");
});

test("a scale is read, replaced and patched as a scale", async () => {
  const labels = { app: "scaled" };
  const template = { metadata: { labels }, spec: { containers: [{ name: "main", image: "nginx" }] } };
  const spec = { replicas: 1, selector: { matchLabels: labels }, template };
  assert.equal((await admin.send("POST", deployments, { body: { metadata: { name: "scaled" }, spec } })).status, 201);
  const scale = (await admin.get(`${deployments}/scaled/scale`)).json;
  assert.deepEqual([scale["kind"], scale["spec"]?.["replicas"]], ["Scale", 1]);
  const replaced = await admin.send("PUT", `${deployments}/scaled/scale`, {
    body: { ...scale, spec: { replicas: 2 } },
  });
  assert.deepEqual([replaced.json["kind"], replaced.json["spec"]?.["replicas"]], ["Scale", 2]);
  const body = JSON.stringify({ spec: { replicas: 3 } });
  const patched = await admin.send("PATCH", `${deployments}/scaled/scale`, { body, headers: mergePatch });
  assert.deepEqual([patched.json["kind"], patched.json["spec"]?.["replicas"]], ["Scale", 3]);
});

test("pods are bound and evicted, answered by a status", async () => {
  await createPod("bound");
  const binding = {
    apiVersion: "v1",
    kind: "Binding",
    metadata: { name: "bound" },
    target: { kind: "Node", name: "n" },
  };
  const bound = await admin.send("POST", `${pods}/bound/binding`, { body: binding });
  assert.deepEqual(bound.json, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 });
  assert.equal((await admin.send("POST", `${pods}/bound/binding`, { body: binding })).status, 409);
  const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "bound", namespace: "default" } };
  const evicted = await admin.send("POST", `${pods}/bound/eviction`, { body: eviction });
  assert.deepEqual([evicted.status, evicted.json["status"]], [201, "Success"]);
  assert.ok((await admin.get(`${pods}/bound`)).json["metadata"]?.["deletionTimestamp"]);
});

test("what an object has no part of is not found, and parts have their own methods", async () => {
  await createPod("parts");
  assert.equal((await admin.get(`${pods}/parts/nonsense`)).status, 404);
  assert.equal((await admin.get(`${pods}/parts/__proto__`)).status, 404);
  assert.equal((await admin.send("DELETE", `${pods}/parts/status`)).status, 405);
  assert.equal((await admin.get(`${pods}/parts/eviction`)).status, 405);
  assert.equal((await admin.get(`${pods}/parts/status/more`)).status, 404);
});

test("certificates are approved, and ephemeral containers added", async () => {
  await createPod("debugged");
  const { json } = await admin.get(`${pods}/debugged/ephemeralcontainers`);
  const ephemeralContainers = [{ name: "debug", image: "busybox", terminationMessagePolicy: "File" }];
  const body = { ...json, spec: { ...json["spec"], ephemeralContainers } };
  const added = await admin.send("PUT", `${pods}/debugged/ephemeralcontainers`, { body });
  assert.deepEqual([added.status, added.json["spec"]?.["ephemeralContainers"]?.[0]?.["name"]], [200, "debug"]);
});
