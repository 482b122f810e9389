import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eventually } from "../../../lib/base/eventually.ts";
import { administrator, type RestClient, startTestRestServer, type TestRestServer } from "../rest/test-rest-server.ts";
import { definitionOf } from "./test-definitions.ts";

const path = "/apis/stable.example.com/v1/namespaces/default/crontabs";
const schema = {
  type: "object",
  properties: { spec: { type: "object", properties: { image: { type: "string" }, replicas: { type: "integer" } } } },
};
const version = {
  additionalPrinterColumns: [
    { name: "Image", type: "string", jsonPath: ".spec.image" },
    { name: "Replicas", type: "integer", jsonPath: ".spec.replicas", priority: 1 },
  ],
  deprecated: true,
};

let server: TestRestServer;
let client: RestClient;

before(async () => {
  server = await startTestRestServer();
  client = await server.client(administrator);
  const definition = definitionOf("crontabs", "CronTab", schema, {
    version,
    names: { shortNames: ["ct"], listKind: "CronTabs" },
  });
  const body = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", ...definition };
  const { status } = await client.send("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", { body });
  assert.equal(status, 201);
  await eventually(async () => (await client.get(path)).status === 200);
});
after(async () => {
  client.close();
  await server.close();
});

const crontab = (name: string, spec: object) => ({
  apiVersion: "stable.example.com/v1",
  kind: "CronTab",
  metadata: { name },
  spec,
});

test("custom objects are made, read and printed over REST", async () => {
  const made = await client.send("POST", path, { body: crontab("one", { image: "a", replicas: 2, other: 1 }) });
  assert.equal(made.status, 201);
  assert.match(String(made.headers["warning"]), /unknown field \\"spec.other\\"/);
  const got = await client.get(`${path}/one`);
  assert.deepEqual(got.json["spec"], { image: "a", replicas: 2 });
  const list = await client.get(path);
  assert.match(String(list.headers["warning"]), /stable.example.com\/v1 CronTab is deprecated/);
  assert.equal(list.json["kind"], "CronTabs");
  // Unlike those of the contracts, custom objects say in lists too what they are.
  assert.equal(list.json["items"]?.[0]?.["kind"], "CronTab");
  assert.equal(list.json["items"]?.[0]?.["apiVersion"], "stable.example.com/v1");
  const table = await client.get(path, { accept: "application/json;as=Table;g=meta.k8s.io;v=v1" });
  const { columnDefinitions, rows } = JSON.parse(table.text);
  assert.deepEqual(
    columnDefinitions.map(({ name }: { name: string }) => name),
    ["Name", "Image", "Replicas"],
  );
  assert.deepEqual(rows[0].cells, ["one", "a", 2]);
});

test("discovery tells of a custom kind", async () => {
  const { text } = await client.get("/apis/stable.example.com/v1");
  const [resource] = JSON.parse(text).resources;
  assert.deepEqual(
    [resource.name, resource.singularName, resource.kind, resource.shortNames],
    ["crontabs", "crontab", "CronTab", ["ct"]],
  );
});

test("a custom object is applied on the server, with owners of its fields", async () => {
  const apply = (manager: string, spec: object, force = "") =>
    client.send("PATCH", `${path}/applied?fieldManager=${manager}${force}`, {
      body: crontab("applied", spec),
      headers: { "content-type": "application/apply-patch+yaml" },
    });
  assert.equal((await apply("first", { image: "a" })).status, 201);
  const conflict = await apply("second", { image: "b" });
  assert.equal(conflict.status, 409);
  assert.match(conflict.text, /conflict with \\"first\\"/);
  assert.equal((await apply("second", { image: "b" }, "&force=true")).status, 200);
});

test("a merge patch is taken, a strategic one is not", async () => {
  await client.send("POST", path, { body: crontab("patched", { image: "a" }) });
  const patch = (type: string) =>
    client.send("PATCH", `${path}/patched`, { body: { spec: { image: "b" } }, headers: { "content-type": type } });
  assert.equal((await patch("application/merge-patch+json")).status, 200);
  assert.equal((await patch("application/strategic-merge-patch+json")).status, 415);
});

test("a watch tells of custom objects", async () => {
  const stream = client.stream(`${path}?watch=true&resourceVersion=0&fieldSelector=metadata.name%3Dwatched`);
  await client.send("POST", path, { body: crontab("watched", { image: "a" }) });
  const event = await stream.next();
  assert.equal(event?.["type"], "ADDED");
  stream.stop();
});
