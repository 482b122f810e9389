import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createClient } from "../../../lib/client/create-client.ts";
import { administrator, type RestClient, startTestRestServer, type TestRestServer } from "./test-rest-server.ts";

const someAdministrator = { user: "kubernetes-admin", groups: ["system:masters"] };
let server: TestRestServer;
let admin: RestClient;

before(async () => {
  server = await startTestRestServer();
  admin = await server.client(administrator);
});
after(() => server.close());

async function namespaceOf(name: string): Promise<string> {
  await admin.send("POST", "/api/v1/namespaces", { body: { metadata: { name } } });
  return `/api/v1/namespaces/${name}/configmaps`;
}

async function newestVersion(path: string): Promise<string> {
  return String((await admin.get(path)).json["metadata"]?.["resourceVersion"]);
}

test("a watch tells of changes from a revision on, and of the end of its time", async () => {
  const path = await namespaceOf("changes");
  const from = await newestVersion(path);
  const watch = admin.stream(`${path}?watch=true&resourceVersion=${from}`);
  assert.equal((await watch.headers)["content-type"], "application/json");
  await admin.send("POST", path, { body: { metadata: { name: "one" } } });
  await admin.send("DELETE", `${path}/one`);
  const added = await watch.next();
  assert.deepEqual([added?.["type"], added?.["object"]?.["metadata"]?.["name"]], ["ADDED", "one"]);
  assert.equal((await watch.next())?.["type"], "DELETED");
  watch.stop();
  const newest = await newestVersion(path);
  const short = admin.stream(`${path}?watch=true&resourceVersion=${newest}&timeoutSeconds=1`);
  assert.equal(await short.next(), undefined);
  assert.ok(short.isWhole);
});

test("a watch may begin with what is there, and says when that is all", async () => {
  const path = await namespaceOf("initial");
  await admin.send("POST", path, { body: { metadata: { name: "there" } } });
  const query = "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
  const watch = admin.stream(`${path}?${query}`);
  assert.equal((await watch.next())?.["object"]?.["metadata"]?.["name"], "there");
  const bookmark = await watch.next();
  assert.equal(bookmark?.["type"], "BOOKMARK");
  assert.equal(bookmark?.["object"]?.["kind"], "ConfigMap");
  assert.deepEqual(bookmark?.["object"]?.["metadata"]?.["annotations"], { "k8s.io/initial-events-end": "true" });
  watch.stop();
});

test("the old paths of watches lead to the same", async () => {
  const path = await namespaceOf("old");
  await admin.send("POST", path, { body: { metadata: { name: "one" } } });
  await admin.send("POST", path, { body: { metadata: { name: "two" } } });
  const all = admin.stream(path.replace("/v1/", "/v1/watch/"));
  assert.equal((await all.next())?.["object"]?.["metadata"]?.["name"], "one");
  const two = admin.stream(`${path.replace("/v1/", "/v1/watch/")}/two`);
  assert.equal((await two.next())?.["object"]?.["metadata"]?.["name"], "two");
  all.stop();
  two.stop();
});

test("a watch from a revision that is gone ends with an event that says so", async () => {
  const path = await namespaceOf("expired");
  const { configmaps } = createClient(server.apiserver.transportFor(someAdministrator)).core.v1;
  const create = (index: number) => configmaps.create({ metadata: { name: `m${index}`, namespace: "expired" } });
  await Promise.all(Array.from({ length: 2100 }, (_, index) => create(index)));
  await server.store.compact(await server.store.currentRevision());
  const watch = admin.stream(`${path}?watch=true&resourceVersion=1`);
  assert.equal((await watch.headers).status, 200);
  const event = await watch.next();
  assert.deepEqual(
    [event?.["type"], event?.["object"]?.["reason"], event?.["object"]?.["code"]],
    ["ERROR", "Expired", 410],
  );
  assert.equal(await watch.next(), undefined);
});

test("a watch that is refused is refused at once", async () => {
  const nobody = await server.client();
  assert.equal((await nobody.stream("/api/v1/pods?watch=true").headers).status, 403);
  assert.equal((await admin.stream("/api/v1/pods?watch=true&labelSelector=%3D%3D").headers).status, 400);
  assert.equal((await admin.stream("/api/v1/pods?watch=true&resourceVersionMatch=Exact").headers).status, 422);
});

test("the events of a watch are tables with columns in the first, or metadata alone", async () => {
  const path = await namespaceOf("shapes");
  const accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
  const from = await newestVersion(path);
  const tables = admin.stream(`${path}?watch=true&resourceVersion=${from}`, { accept });
  const partial = admin.stream(`${path}?watch=true&resourceVersion=${from}`, {
    accept: "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
  });
  await Promise.all([tables.headers, partial.headers]);
  await admin.send("POST", path, { body: { metadata: { name: "one" } } });
  await admin.send("POST", path, { body: { metadata: { name: "two" } } });
  const first = await tables.next();
  assert.deepEqual([first?.["object"]?.["kind"], first?.["object"]?.["rows"]?.[0]?.["cells"]?.[0]], ["Table", "one"]);
  assert.equal(first?.["object"]?.["columnDefinitions"]?.[0]?.["name"], "Name");
  const second = await tables.next();
  assert.equal(second?.["object"]?.["columnDefinitions"], null);
  assert.equal(second?.["object"]?.["rows"]?.[0]?.["cells"]?.[0], "two");
  assert.equal((await partial.next())?.["object"]?.["kind"], "PartialObjectMetadata");
  tables.stop();
  partial.stop();
});

test("watches end when the server closes", async () => {
  const other = await startTestRestServer();
  const client = await other.client(administrator);
  const watch = client.stream("/api/v1/pods?watch=true");
  await watch.headers;
  await other.apiserver.close();
  assert.equal(await watch.next(), undefined);
  await other.close();
});
