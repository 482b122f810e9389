import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { connect } from "node:tls";
import { DynamicServiceDefinition } from "../../../gen/typernetes/dynamic/v1/dynamic.ts";
import { eventually } from "../../../lib/base/eventually.ts";
import type { Client } from "../../../lib/client/client.ts";
import { createClient } from "../../../lib/client/create-client.ts";
import { definitionOf } from "../crd/test-definitions.ts";
import { administrator, type RestClient, startTestRestServer, type TestRestServer } from "../rest/test-rest-server.ts";
import { startTestExtensionServer, type TestExtensionServer } from "./test-extension-server.ts";

const program = process.env["KUBECTL"] ?? "kubectl";
const isThere = spawnSync(program, ["version", "--client"], { stdio: "ignore" }).status === 0;
const skip = isThere || process.env["CI"] ? false : `no ${program} on this machine`;
const services = "/apis/apiregistration.k8s.io/v1/apiservices";
const name = "v1alpha1.wardle.example.com";
const group = "/apis/wardle.example.com/v1alpha1";
const flunders = `${group}/namespaces/default/flunders`;

let server: TestRestServer;
let client: RestClient;
let extension: TestExtensionServer;

before(async () => {
  server = await startTestRestServer();
  client = await server.client(administrator);
  const config = "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication";
  const { text } = await eventually(async () => {
    const answer = await client.get(config);
    return answer.status === 200 && answer;
  });
  const frontProxyCa = JSON.parse(text).data["requestheader-client-ca-file"];
  extension = await startTestExtensionServer(frontProxyCa, "flunders.default.svc");
});
after(async () => {
  await extension.close();
  await server.close();
});

async function available(of = name): Promise<{ status: string; reason: string; message: string }> {
  const { text } = await client.get(`${services}/${of}`);
  return JSON.parse(text).status?.conditions?.[0] ?? {};
}

async function becomes(reason: string, of = name): Promise<{ status: string; message: string }> {
  return eventually(async () => {
    const condition = await available(of);
    return condition.reason === reason && condition;
  });
}

async function create(path: string, body: object): Promise<void> {
  const { status, text } = await client.send("POST", path, { body });
  assert.equal(status, 201, text);
}

test("every built-in group version has a local APIService", async () => {
  const apps = await eventually(async () => {
    const answer = await client.get(`${services}/v1.apps`);
    const service = answer.status === 200 && JSON.parse(answer.text);
    // It is made first, and says that it is available then.
    return service?.status?.conditions && service;
  });
  assert.deepEqual(apps.spec, { group: "apps", version: "v1", groupPriorityMinimum: 17_800, versionPriority: 15 });
  assert.equal(apps.metadata.labels["kube-aggregator.kubernetes.io/automanaged"], "onstart");
  assert.equal(apps.status.conditions[0].reason, "Local");
  await becomes("Local", "v1.");
});

test("an APIService says what stands against it, and passes when its server answers", async () => {
  const service = { namespace: "default", name: "flunders", port: extension.port };
  const spec = { group: "wardle.example.com", version: "v1alpha1", groupPriorityMinimum: 1200, versionPriority: 15 };
  const object = { apiVersion: "apiregistration.k8s.io/v1", kind: "APIService", metadata: { name } };
  await create(services, { ...object, spec: { ...spec, service, caBundle: extension.caBundle } });
  assert.match((await becomes("ServiceNotFound")).message, /^service\/flunders in "default" is not present$/);
  const unavailable = await client.get(flunders);
  assert.deepEqual([unavailable.status, unavailable.text], [503, "service unavailable\n"]);
  const externalName = { type: "ExternalName", externalName: "localhost" };
  await create("/api/v1/namespaces/default/services", {
    ...{ apiVersion: "v1", kind: "Service", metadata: { name: "flunders" }, spec: externalName },
  });
  assert.equal((await becomes("Passed")).status, "True");
});

test("requests are forwarded under the name of their client", async () => {
  const developer = await server.client({ commonName: "jane", organizations: ["developers"] });
  assert.equal((await developer.get(flunders)).status, 403);
  const { status, json } = await client.get(flunders, { "x-remote-user": "somebody-else" });
  assert.equal(status, 200);
  assert.equal(json["kind"], "FlunderList");
  assert.equal(extension.lastHeaders["x-remote-user"], "kubernetes-admin");
  assert.equal(extension.lastHeaders["x-remote-group"], "system:masters, system:authenticated");
  await client
    .get(flunders, { "impersonate-user": "jane", "impersonate-extra-a%2fb": "c" })
    .then(({ status: code }) => {
      assert.equal(code, 403);
    });
  const made = await client.send("POST", flunders, { body: { kind: "Flunder", metadata: { name: "two" } } });
  assert.deepEqual([made.status, made.json["kind"]], [201, "Flunder"]);
  const away = await client.get(`${flunders}/elsewhere`);
  assert.equal(away.status, 502);
});

test("who speaks gRPC reads what other servers serve by its path, under its own name and as far as it may", async () => {
  const as = (user: string, groups: string[]) => createClient(server.apiserver.transportFor({ user, groups }));
  const read = (of: Client, path: string) => of.call(DynamicServiceDefinition, "readPath", { path });
  const admin = as("kubernetes-admin", ["system:masters"]);
  const { object } = await read(admin, `${flunders}?labelSelector=a%3Db`);
  assert.equal((object as { kind?: string }).kind, "FlunderList");
  assert.equal(extension.lastHeaders["x-remote-user"], "kubernetes-admin");
  await assert.rejects(read(as("jane", ["developers"]), flunders), { reason: "Forbidden" });
  const remove = (of: Client, path: string) => of.call(DynamicServiceDefinition, "deletePath", { path });
  await assert.rejects(remove(as("jane", ["developers"]), flunders), /cannot deletecollection resource "flunders"/);
  await remove(admin, flunders);
  assert.equal(extension.lastMethod, "DELETE");
  await assert.rejects(read(admin, `${flunders}/none`), { reason: "NotFound", message: "there is no such flunder" });
  await assert.rejects(read(admin, "/apis/apps/v1/deployments"), {
    reason: "NotFound",
    message: "the server could not find the requested resource",
  });
});

test("watches stream", async () => {
  const stream = client.stream(`${flunders}?watch=true`);
  const event = await stream.next();
  assert.equal(event?.["type"], "ADDED");
  stream.stop();
});

test("connections may go on in another protocol", async () => {
  const socket = connect({ port: server.port, host: "127.0.0.1", servername: "localhost", ...client.tls });
  await once(socket, "secureConnect");
  const head = [`GET ${flunders}/one/echo HTTP/1.1`, "Host: localhost", "Connection: Upgrade", "Upgrade: echo", "", ""];
  socket.write(head.join("\r\n"));
  const [first]: Buffer[] = await once(socket, "data");
  assert.match(String(first), /^HTTP\/1\.1 101 /);
  socket.write("hello");
  const [echoed]: Buffer[] = await once(socket, "data");
  assert.equal(String(echoed), "hello");
  socket.destroy();
});

test("discovery shows the group", async () => {
  const list = JSON.parse((await client.get("/apis")).text);
  const found = list.groups.find((each: { name: string }) => each.name === "wardle.example.com");
  assert.equal(found.preferredVersion.groupVersion, "wardle.example.com/v1alpha1");
  assert.equal((await client.get("/apis/wardle.example.com")).json["name"], "wardle.example.com");
  assert.equal((await client.get(group)).json["kind"], "APIResourceList");
  const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
  const aggregated = JSON.parse((await client.get("/apis", { accept })).text);
  const item = aggregated.items.find((each: { metadata: { name: string } }) => each.metadata.name === found.name);
  assert.equal(item.versions[0].freshness, "Current");
  assert.deepEqual(item.versions[0].resources[0].shortNames, ["fl"]);
  assert.equal(item.versions[0].resources[0].subresources[0].subresource, "status");
  const index = JSON.parse((await client.get("/openapi/v3")).text);
  const url = index.paths["apis/wardle.example.com/v1alpha1"].serverRelativeURL;
  assert.equal(JSON.parse((await client.get(url)).text).info.title, "Flunders");
});

test("the server's description stands in ours, and leaves ours as it was", async () => {
  const { paths, definitions } = await eventually(async () => {
    const { json } = await client.get("/openapi/v2");
    return json["paths"]?.[`${group}/flunders`] && json;
  });
  assert.deepEqual(paths?.[`${group}/flunders`]?.["parameters"], [{ in: "query", name: "pretty", type: "string" }]);
  assert.ok(!paths?.["/apis/other.example.com/v1/others"] && !definitions?.["Other"], "nobody registered that");
  const meta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
  assert.deepEqual(definitions?.["Flunder"]?.["properties"], { metadata: { $ref: `#/definitions/${meta}_v2` } });
  assert.deepEqual(definitions?.[`${meta}_v2`]?.["properties"], { name: { type: "string" } });
  assert.ok(definitions?.[meta]?.["properties"]?.["finalizers"]);
  const accept = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
  assert.ok((await client.get("/openapi/v2", { accept })).bytes.includes(`${meta}_v2`));
});

test("kubectl gets what another server serves", { skip }, async () => {
  const directory = mkdtempSync(join(tmpdir(), "typernetes-kubectl-"));
  try {
    const base64 = (text = "") => Buffer.from(text).toString("base64");
    const { ca, cert, key } = client.tls;
    const cluster = { server: `https://127.0.0.1:${server.port}`, "certificate-authority-data": base64(ca) };
    const user = { "client-certificate-data": base64(cert), "client-key-data": base64(key) };
    const config = {
      ...{ apiVersion: "v1", kind: "Config", "current-context": "test" },
      clusters: [{ name: "test", cluster }],
      users: [{ name: "test", user }],
      contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
    };
    writeFileSync(join(directory, "config"), JSON.stringify(config));
    const env = { ...process.env, HOME: directory, KUBECONFIG: join(directory, "config") };
    const child = spawn(program, ["get", "fl", "-o", "name"], { env, timeout: 120_000 });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    await once(child, "close");
    assert.equal(Buffer.concat(chunks).toString(), "flunder.wardle.example.com/one\n");
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test("a definition's group versions have APIServices while it is there", async () => {
  const definition = definitionOf("crontabs", "CronTab", { type: "object" }, {});
  const body = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", ...definition };
  const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  await create(definitions, body);
  await becomes("Local", "v1.stable.example.com");
  await client.send("DELETE", `${definitions}/crontabs.stable.example.com`);
  await eventually(async () => (await client.get(`${services}/v1.stable.example.com`)).status === 404);
});

test("a server that fails is unavailable, and its group goes with its APIService", async () => {
  extension.isBroken = true;
  // A change of the service is looked at, at once.
  const patch = { metadata: { labels: { changed: "yes" } } };
  const headers = { "content-type": "application/merge-patch+json" };
  await client.send("PATCH", "/api/v1/namespaces/default/services/flunders", { body: patch, headers });
  assert.match((await becomes("FailedDiscoveryCheck")).message, /^failing or missing response from https:.*: 500$/);
  assert.equal((await client.get(flunders)).status, 503);
  await client.send("DELETE", `${services}/${name}`);
  await eventually(async () => (await client.get("/apis/wardle.example.com")).status === 404);
  await eventually(async () => (await client.get("/openapi/v2")).json["definitions"]?.["Flunder"] === undefined);
});
