import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { administrator, type RestClient, startTestRestServer, type TestRestServer } from "./test-rest-server.ts";

let server: TestRestServer;
let admin: RestClient;
const configMaps = "/api/v1/namespaces/default/configmaps";
const pods = "/api/v1/namespaces/default/pods";

before(async () => {
  server = await startTestRestServer();
  admin = await server.client(administrator);
});
after(() => server.close());

function configMap(name: string, more: object = {}) {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { a: "b" }, ...more };
}

function pod(name: string) {
  const containers = [{ name: "main", image: "nginx" }];
  return { apiVersion: "v1", kind: "Pod", metadata: { name, labels: { app: name } }, spec: { containers } };
}

test("an object is created, read, replaced, patched and deleted", async () => {
  const created = await admin.send("POST", configMaps, { body: configMap("whole") });
  assert.equal(created.status, 201);
  assert.equal(created.headers["content-type"], "application/json");
  assert.equal(created.headers["cache-control"], "no-cache, private");
  assert.match(created.headers["audit-id"]?.toString() ?? "", /^[0-9a-f-]{36}$/);
  assert.match(created.text, /^\{"kind":"ConfigMap","apiVersion":"v1","metadata":\{"name":"whole",.*\}\n$/);
  const read = await admin.get(`${configMaps}/whole`);
  assert.equal(read.text, created.text);
  const replaced = await admin.send("PUT", `${configMaps}/whole`, { body: configMap("whole", { data: { a: "c" } }) });
  assert.deepEqual([replaced.status, replaced.json["data"]], [200, { a: "c" }]);
  const patched = await admin.send("PATCH", `${configMaps}/whole`, {
    body: JSON.stringify({ data: { d: "e" } }),
    headers: { "content-type": "application/merge-patch+json" },
  });
  assert.deepEqual([patched.status, patched.json["data"]], [200, { a: "c", d: "e" }]);
  const deleted = await admin.send("DELETE", `${configMaps}/whole`);
  const uid = created.json["metadata"]?.["uid"];
  assert.deepEqual(deleted.json, {
    ...{ kind: "Status", apiVersion: "v1", metadata: {}, status: "Success" },
    details: { name: "whole", kind: "configmaps", uid },
  });
});

test("failures are told as Kubernetes tells them", async () => {
  const missing = await admin.get(`${configMaps}/missing`);
  assert.deepEqual(missing.json, {
    ...{ kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure" },
    ...{ message: 'configmaps "missing" not found', reason: "NotFound" },
    ...{ details: { name: "missing", kind: "configmaps" }, code: 404 },
  });
  await admin.send("POST", configMaps, { body: configMap("twice") });
  const twice = await admin.send("POST", configMaps, { body: configMap("twice") });
  assert.deepEqual([twice.status, twice.json["reason"]], [409, "AlreadyExists"]);
  const invalid = await admin.send("POST", configMaps, { body: configMap("Not_A_Name") });
  assert.equal(invalid.status, 422);
  assert.equal(invalid.json["details"]?.["causes"]?.[0]?.["field"], "metadata.name");
  const stale = { metadata: { name: "twice", resourceVersion: "1" } };
  assert.equal((await admin.send("PUT", `${configMaps}/twice`, { body: configMap("twice", stale) })).status, 409);
});

test("what is not served, and methods that it does not have, are told apart", async () => {
  const unknown = await admin.get("/api/v1/namespaces/default/nonsense");
  assert.equal(unknown.json["message"], "the server could not find the requested resource");
  assert.deepEqual(unknown.json["details"], {});
  assert.equal((await admin.get("/apis/none.example/v1/things")).text, "404 page not found\n");
  assert.equal((await admin.get("/nonsense")).status, 404);
  const wrong = await admin.send("POST", `${configMaps}/whole`);
  assert.deepEqual([wrong.status, wrong.json["reason"]], [405, "MethodNotAllowed"]);
  assert.equal((await admin.send("DELETE", "/api/v1/namespaces")).status, 405);
  // Not in all namespaces at once.
  assert.equal((await admin.send("DELETE", "/api/v1/configmaps")).status, 405);
  assert.equal((await admin.send("POST", "/api/v1/configmaps", { body: configMap("two") })).status, 405);
  assert.equal((await admin.get("/api/v1/namespaces/default/nodes")).status, 404);
  assert.equal((await admin.get("/api/v1/pods/one")).status, 404);
  assert.equal((await admin.get("/api/v1/namespaces/%ZZ/pods")).status, 400);
});

test("who may not is told so", async () => {
  const nobody = await server.client();
  const refused = await nobody.get(configMaps);
  assert.deepEqual([refused.status, refused.json["reason"]], [403, "Forbidden"]);
  const mallory = await server.client({ commonName: "mallory" });
  const answer = await mallory.get(configMaps);
  assert.match(String(answer.json["message"]), /^configmaps is forbidden: User "mallory" cannot list resource/);
});

test("the body and the path have to agree", async () => {
  const wrongName = await admin.send("PUT", `${configMaps}/one`, { body: configMap("two") });
  assert.equal(wrongName.json["message"], "the name of the object (two) does not match the name on the URL (one)");
  const wrongPlace = { metadata: { name: "one", namespace: "kube-system" } };
  assert.equal((await admin.send("PUT", `${configMaps}/one`, { body: configMap("one", wrongPlace) })).status, 400);
  const wrongKind = await admin.send("POST", configMaps, { body: { ...configMap("one"), kind: "Secret" } });
  assert.equal(wrongKind.status, 400);
  assert.equal((await admin.send("POST", configMaps, { body: "{" })).status, 400);
  assert.equal((await admin.send("POST", configMaps, { body: "" })).status, 400);
});

test("unknown and repeated fields are refused, warned of or ignored", async () => {
  const text = '{"metadata":{"name":"NAME"},"data":{"a":"1","a":"2"},"nonsense":1}';
  const send = (name: string, query: string) =>
    admin.send("POST", configMaps + query, { body: text.replace("NAME", name) });
  const strict = await send("strict", "?fieldValidation=Strict");
  assert.equal(strict.status, 400);
  assert.match(
    String(strict.json["message"]),
    /strict decoding error: duplicate field "data.a", unknown field "nonsense"$/,
  );
  const warned = await send("warned", "");
  assert.equal(warned.headers["warning"], '299 - "duplicate field \\"data.a\\"", 299 - "unknown field \\"nonsense\\""');
  const ignored = await send("ignored", "?fieldValidation=Ignore");
  assert.deepEqual([ignored.status, ignored.headers["warning"]], [201, undefined]);
  assert.equal((await send("wrong", "?fieldValidation=Perhaps")).status, 422);
});

test("a dry run leaves nothing", async () => {
  assert.equal((await admin.send("POST", `${configMaps}?dryRun=All`, { body: configMap("dry") })).status, 201);
  assert.equal((await admin.get(`${configMaps}/dry`)).status, 404);
  assert.equal((await admin.send("POST", `${configMaps}?dryRun=Some`, { body: configMap("dry") })).status, 422);
});

test("a deletion takes its options from body or query, and answers what its kind answers", async () => {
  await admin.send("POST", pods, { body: pod("gone") });
  const gone = await admin.send("DELETE", `${pods}/gone?gracePeriodSeconds=0`);
  assert.deepEqual([gone.status, gone.json["kind"]], [200, "Pod"]);
  await admin.send("POST", configMaps, { body: configMap("kept") });
  const preconditions = { preconditions: { uid: "another" } };
  const other = await admin.send("DELETE", `${configMaps}/kept`, { body: preconditions });
  assert.equal(other.status, 409);
  const foreground = await admin.send("DELETE", `${configMaps}/kept?propagationPolicy=Foreground`);
  assert.equal(foreground.json["kind"], "ConfigMap");
  assert.ok(foreground.json["metadata"]?.["deletionTimestamp"]);
  assert.equal((await admin.send("DELETE", `${configMaps}/kept?propagationPolicy=Sideways`)).status, 422);
});

test("a list comes in pages, by selectors, and a collection is deleted by them", async () => {
  const names = ["page-1", "page-2", "page-3"];
  for (const name of names) await admin.send("POST", pods, { body: pod(name) });
  const first = await admin.get(`${pods}?limit=2`);
  assert.equal(first.json["metadata"]?.["remainingItemCount"], 1);
  const token = encodeURIComponent(String(first.json["metadata"]?.["continue"]));
  const second = await admin.get(`${pods}?limit=2&continue=${token}`);
  assert.equal(second.json["items"]?.["length"], 1);
  assert.equal(second.json["kind"], "PodList");
  assert.equal((await admin.get(`${pods}?labelSelector=app%3Dpage-2`)).json["items"]?.["length"], 1);
  assert.equal((await admin.get("/api/v1/pods?fieldSelector=metadata.name%3Dpage-3")).json["items"]?.["length"], 1);
  assert.equal((await admin.get(`${pods}?limit=some`)).status, 400);
  assert.equal((await admin.get(`${pods}?resourceVersionMatch=Exact`)).status, 422);
  const deleted = await admin.send("DELETE", `${pods}?labelSelector=app%3Dpage-2&gracePeriodSeconds=0`);
  assert.deepEqual([deleted.json["kind"], deleted.json["items"]?.["length"]], ["PodList", 1]);
  assert.equal((await admin.get(pods)).json["items"]?.["length"], 2);
});

test("a body that is too large is refused", async () => {
  const answer = await admin.send("POST", configMaps, { body: "x".repeat(3 * 1024 * 1024 + 1) });
  assert.deepEqual([answer.status, answer.json["reason"]], [413, "RequestEntityTooLarge"]);
});

test("namespaces are objects themselves, with parts of their own", async () => {
  await admin.send("POST", "/api/v1/namespaces", { body: { metadata: { name: "own" } } });
  assert.equal((await admin.get("/api/v1/namespaces/own")).json["kind"], "Namespace");
  const read = await admin.get("/api/v1/namespaces/own/status");
  assert.deepEqual([read.status, read.json["status"]], [200, { phase: "Active" }]);
  const deleting = await admin.send("DELETE", "/api/v1/namespaces/own");
  assert.equal(deleting.json["status"]?.["phase"], "Terminating");
  const finalized = { ...deleting.json, spec: {} };
  assert.equal((await admin.send("PUT", "/api/v1/namespaces/own/finalize", { body: finalized })).status, 200);
  assert.equal((await admin.get("/api/v1/namespaces/own")).status, 404);
});
