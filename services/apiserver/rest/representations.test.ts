import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { parse } from "yaml";
import { decodeKubernetesObject } from "../../../lib/api/kubernetes-protobuf/decode.ts";
import { encodeKubernetesObject } from "../../../lib/api/kubernetes-protobuf/encode.ts";
import { administrator, type RestClient, startTestRestServer, type TestRestServer } from "./test-rest-server.ts";

let server: TestRestServer;
let admin: RestClient;
const configMaps = "/api/v1/namespaces/default/configmaps";
const protobuf = "application/vnd.kubernetes.protobuf";
const tableType =
  "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";

before(async () => {
  server = await startTestRestServer();
  admin = await server.client(administrator);
  for (const name of ["one", "two"]) {
    await admin.send("POST", configMaps, { body: { metadata: { name }, data: { key: "value" } } });
  }
});
after(() => server.close());

test("a list is a table where one is asked for, with as much of the objects as is asked for", async () => {
  const list = (await admin.get(configMaps, { accept: tableType })).json;
  assert.deepEqual([list["kind"], list["apiVersion"]], ["Table", "meta.k8s.io/v1"]);
  assert.deepEqual(
    [0, 1, 2].map((index) => list["columnDefinitions"]?.[index]?.["name"]),
    ["Name", "Data", "Age"],
  );
  assert.equal(list["rows"]?.[0]?.["cells"]?.[0], "one");
  assert.equal(list["rows"]?.[0]?.["object"]?.["kind"], "PartialObjectMetadata");
  assert.ok(list["metadata"]?.["resourceVersion"]);
  const whole = (await admin.get(`${configMaps}?includeObject=Object`, { accept: tableType })).json;
  assert.deepEqual(whole["rows"]?.[1]?.["object"]?.["data"], { key: "value" });
  const none = (await admin.get(`${configMaps}/one?includeObject=None`, { accept: tableType })).json;
  assert.deepEqual([none["rows"]?.[0]?.["object"], none["rows"]?.["length"]], [undefined, 1]);
  assert.equal((await admin.get(`${configMaps}?includeObject=Half`, { accept: tableType })).status, 400);
  const empty = (await admin.get("/api/v1/namespaces/none/configmaps", { accept: tableType })).json;
  assert.deepEqual(empty["rows"], []);
});

test("a list names its kind once, in every form; objects alone and the events of watches name theirs", async () => {
  const list = await admin.get(configMaps);
  assert.match(list.text, /^\{"kind":"ConfigMapList","apiVersion":"v1","metadata":\{[^}]*\},"items":\[\{"metadata":\{/);
  const forms = [
    list.json,
    (await admin.get(`${configMaps}?pretty=true`)).json,
    parse((await admin.get(configMaps, { accept: "application/yaml" })).text),
    (await admin.send("DELETE", `${configMaps}?fieldSelector=metadata.name%3Dnone`)).json,
  ];
  for (const { kind, items } of forms) {
    assert.equal(kind, "ConfigMapList");
    for (const item of items)
      assert.deepEqual([item.kind, item.apiVersion, item.metadata.namespace], [undefined, undefined, "default"]);
  }
  const names = forms[0]?.["items"];
  assert.ok(names);
  const one = await admin.get(`${configMaps}/one`);
  assert.match(one.text, /^\{"kind":"ConfigMap","apiVersion":"v1","metadata":\{/);
  const events = admin.stream(`${configMaps}?watch=true`);
  assert.equal((await events.next())?.["object"]?.["kind"], "ConfigMap");
  events.stop();
  const empty = await admin.get("/api/v1/namespaces/none/configmaps");
  assert.match(empty.text, /"items":\[\]\}\n$/);
});

test("metadata are answered alone where they are asked for", async () => {
  const accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
  const list = (await admin.get(configMaps, { accept })).json;
  assert.equal(list["kind"], "PartialObjectMetadataList");
  assert.deepEqual(
    [list["items"]?.[0]?.["kind"], list["items"]?.[0]?.["metadata"]?.["name"], list["items"]?.[0]?.["data"]],
    ["PartialObjectMetadata", "one", undefined],
  );
  const one = await admin.get(`${configMaps}/one`, {
    accept: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1beta1",
  });
  assert.equal(one.json["apiVersion"], "meta.k8s.io/v1beta1");
});

test("yaml goes both ways", async () => {
  const body = "metadata:\n  name: yaml\ndata:\n  a: b\n";
  const headers = { "content-type": "application/yaml", accept: "application/yaml" };
  const created = await admin.send("POST", configMaps, { body, headers });
  assert.equal(created.headers["content-type"], "application/yaml");
  assert.deepEqual(parse(created.text).data, { a: "b" });
});

test("kubernetes' protobuf goes both ways: bodies, objects, lists, options and statuses", async () => {
  const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "proto" }, data: { p: "q" } };
  const headers = { "content-type": protobuf, accept: `${protobuf},application/json` };
  const body = encodeKubernetesObject("core.v1.ConfigMap", object);
  const created = await admin.send("POST", configMaps, { body, headers });
  assert.deepEqual([created.status, created.headers["content-type"]], [201, protobuf]);
  const read = await admin.get(`${configMaps}/proto`, { accept: protobuf });
  const json = (await admin.get(`${configMaps}/proto`)).json;
  assert.deepEqual(decodeKubernetesObject(read.bytes, "core.v1.ConfigMap").object, json);
  const list = decodeKubernetesObject((await admin.get(configMaps, { accept: protobuf })).bytes);
  assert.equal(list.kind, "ConfigMapList");
  const options = { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid: "another" } };
  const refused = await admin.send("DELETE", `${configMaps}/proto`, {
    body: encodeKubernetesObject("meta.v1.DeleteOptions", options),
    headers,
  });
  assert.equal(refused.status, 409);
  assert.equal(decodeKubernetesObject(refused.bytes).kind, "Status");
  const partial = await admin.get(configMaps, {
    accept: `${protobuf};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1`,
  });
  assert.equal(decodeKubernetesObject(partial.bytes).kind, "PartialObjectMetadataList");
  assert.equal((await admin.send("POST", configMaps, { body: "broken", headers })).status, 400);
});

test("what nobody can answer or read is refused", async () => {
  const refused = await admin.get(configMaps, { accept: "text/html" });
  assert.deepEqual([refused.status, refused.json["reason"]], [406, "NotAcceptable"]);
  assert.match(String(refused.json["message"]), /^only the following media types are accepted: application\/json, /);
  assert.equal((await admin.get(configMaps, { accept: "text/html, */*;q=0.1" })).status, 200);
  assert.equal(
    (await admin.get(configMaps, { accept: "application/yaml;q=0.2, application/json" })).headers["content-type"],
    "application/json",
  );
  const unread = await admin.send("POST", configMaps, { body: "x", headers: { "content-type": "text/plain" } });
  assert.deepEqual([unread.status, unread.json["reason"]], [415, "UnsupportedMediaType"]);
  const patch = await admin.send("PATCH", `${configMaps}/one`, {
    body: "{}",
    headers: { "content-type": "application/json" },
  });
  assert.equal(patch.status, 415);
});

test("json is indented for people", async () => {
  assert.match((await admin.get(`${configMaps}/one?pretty=true`)).text, /^\{\n {2}"kind": "ConfigMap"/);
  assert.match((await admin.get(`${configMaps}/one`, { "user-agent": "curl/8" })).text, /^\{\n/);
  assert.match((await admin.get(`${configMaps}/one?pretty=false`, { "user-agent": "curl/8" })).text, /^\{"kind"/);
});

test("large answers are compressed for those who take that", async () => {
  const data = { text: "x".repeat(200 * 1024) };
  await admin.send("POST", configMaps, { body: { metadata: { name: "large" }, data } });
  const packed = await admin.get(`${configMaps}/large`, { "accept-encoding": "gzip" });
  assert.equal(packed.headers["content-encoding"], "gzip");
  assert.equal(JSON.parse(gunzipSync(packed.bytes).toString()).data.text.length, 200 * 1024);
  const list = await admin.get(configMaps, { "accept-encoding": "gzip" });
  assert.equal(JSON.parse(gunzipSync(list.bytes).toString()).kind, "ConfigMapList");
  assert.equal(
    (await admin.get(`${configMaps}/one`, { "accept-encoding": "gzip" })).headers["content-encoding"],
    undefined,
  );
  const plain = await admin.get(configMaps, { "accept-encoding": "gzip;q=0" });
  assert.equal(plain.json["kind"], "ConfigMapList");
});
