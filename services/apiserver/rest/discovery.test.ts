import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  administrator,
  type Json,
  type RestClient,
  startTestRestServer,
  type TestRestServer,
} from "./test-rest-server.ts";

let server: TestRestServer;
let admin: RestClient;
const aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

before(async () => {
  server = await startTestRestServer();
  admin = await server.client(administrator);
});
after(() => server.close());

function named(list: Json | undefined, field: string, name: string): Json | undefined {
  return Object.values(list ?? {}).find((item) => String(item?.[field]) === name);
}

test("groups and versions are listed, the preferred version first", async () => {
  const core = (await admin.get("/api")).json;
  assert.deepEqual([core["kind"], core["versions"]], ["APIVersions", ["v1"]]);
  assert.match(String(core["serverAddressByClientCIDRs"]?.[0]?.["serverAddress"]), new RegExp(`:${server.port}$`));
  const groups = (await admin.get("/apis")).json;
  assert.equal(groups["kind"], "APIGroupList");
  const autoscaling = named(groups["groups"], "name", "autoscaling");
  assert.deepEqual(autoscaling?.["preferredVersion"], { groupVersion: "autoscaling/v2", version: "v2" });
  const apps = (await admin.get("/apis/apps/")).json;
  assert.deepEqual([apps["kind"], apps["name"]], ["APIGroup", "apps"]);
  assert.equal((await admin.get("/apis/none.example")).status, 404);
});

test("the kinds of a version are listed with their subresources", async () => {
  const core = (await admin.get("/api/v1")).json;
  assert.deepEqual([core["kind"], core["groupVersion"]], ["APIResourceList", "v1"]);
  const pods = named(core["resources"], "name", "pods");
  assert.deepEqual([pods?.["shortNames"], pods?.["singularName"]], [["po"], "pod"]);
  const verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
  assert.deepEqual(pods?.["verbs"], verbs);
  const eviction = named(core["resources"], "name", "pods/eviction");
  assert.deepEqual(eviction, {
    ...{ name: "pods/eviction", singularName: "", namespaced: true },
    ...{ group: "policy", version: "v1", kind: "Eviction", verbs: ["create"] },
  });
  const apps = (await admin.get("/apis/apps/v1")).json;
  assert.equal(named(apps["resources"], "name", "deployments/scale")?.["kind"], "Scale");
});

test("all of it comes at once, and only when it has changed", async () => {
  const answer = await admin.get("/apis", { accept: `${aggregated},application/json` });
  assert.equal(answer.headers["content-type"], aggregated);
  const apps = Object.values(answer.json["items"] ?? {}).find(
    (item) => String(item?.["metadata"]?.["name"]) === "apps",
  );
  const deployments = named(apps?.["versions"]?.[0]?.["resources"], "resource", "deployments");
  assert.deepEqual(deployments?.["responseKind"], { group: "apps", version: "v1", kind: "Deployment" });
  assert.equal(deployments?.["subresources"]?.[0]?.["subresource"], "scale");
  const etag = answer.headers.etag ?? "";
  const again = await admin.get("/apis", { accept: aggregated, "if-none-match": etag });
  assert.deepEqual([again.status, again.text], [304, ""]);
  const core = await admin.get("/api", { accept: aggregated });
  assert.equal(core.json["items"]?.["length"], 1);
});

test("health is told as a whole and check by check", async () => {
  const anybody = await server.client();
  for (const path of ["/healthz", "/livez", "/readyz"]) assert.equal((await anybody.get(path)).text, "ok", path);
  for (const path of [
    "/readyz/etcd",
    "/livez/ping",
    "/readyz/informer-sync",
    "/livez/poststarthook/rbac/bootstrap-roles",
  ]) {
    assert.equal((await admin.get(path)).text, "ok", path);
    assert.equal((await anybody.get(path)).status, 403, path);
  }
  const verbose = (await anybody.get("/readyz?verbose&exclude=etcd")).text;
  assert.match(verbose, /\[\+\]etcd excluded: ok\n/);
  assert.match(verbose, /\nreadyz check passed\n$/);
  assert.match((await anybody.get("/readyz?verbose&exclude=none")).text, /cannot be excluded: no matches for "none"/);
  assert.equal((await admin.get("/readyz/none")).status, 404);
  assert.equal((await anybody.get("/version")).json["gitVersion"], "v1.34.0");
});

test("figures and the index are for those who may see them", async () => {
  const anybody = await server.client();
  assert.equal((await anybody.get("/metrics")).status, 403);
  assert.equal((await anybody.get("/")).status, 403);
  await admin.get("/api/v1/namespaces/default/pods");
  const { text } = await admin.get("/metrics");
  assert.match(text, /apiserver_request_total\{verb="LIST",group="",version="v1",resource="pods",.*code="200"\} \d+/);
  assert.match(text, /apiserver_current_inflight_requests\{request_kind="readOnly"\} 1\n/);
  assert.match(text, /apiserver_request_sli_duration_seconds_bucket\{verb="LIST",.*component="apiserver",le="1"\} \d+/);
  assert.match(text, /kubernetes_build_info\{.*git_version="v1.34.0",.*major="1",minor="34",.*\} 1\n/);
  assert.match(text, /apiserver_storage_objects\{resource="namespaces"\} \d\n/);
  assert.match(text, /apiserver_resource_objects\{group="apps",resource="deployments"\} 0\n/);
  assert.ok(Object.values((await admin.get("/")).json["paths"] ?? {}).some((path) => String(path) === "/apis/apps/v1"));
});
