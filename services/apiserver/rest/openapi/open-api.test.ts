import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { gunzipSync } from "node:zlib";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { eventually } from "../../../../lib/base/eventually.ts";
import {
  administrator,
  type Json,
  type RestClient,
  startTestRestServer,
  type TestRestServer,
} from "../test-rest-server.ts";

const oldProtobuf = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
const protobuf = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

let server: TestRestServer;
let client: RestClient;

before(async () => {
  server = await startTestRestServer();
  client = await server.client(administrator);
});

after(() => server.close());

const schema = {
  type: "object",
  properties: { spec: { type: "object", properties: { size: { type: "integer", nullable: true } } } },
};

function definition(kind: string, version = "v1") {
  const plural = `${kind.toLowerCase()}s`;
  const versions = [{ name: version, served: true, storage: true, schema: { openAPIV3Schema: schema } }];
  const spec = { group: "stable.example.com", scope: "Namespaced", names: { kind, plural }, versions };
  const metadata = { name: `${plural}.stable.example.com` };
  return { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata, spec };
}

const definitionsPath = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

async function definitionOf(name: string): Promise<Json | undefined> {
  return (await client.get("/openapi/v2")).json["definitions"]?.[name];
}

test("v2 describes every path with its operations", async () => {
  const { status, headers, json } = await client.get("/openapi/v2");
  assert.equal(status, 200);
  assert.equal(headers["content-type"], "application/json");
  const pods = json["paths"]?.["/api/v1/namespaces/{namespace}/pods"];
  assert.equal(pods?.["get"]?.["operationId"], "listCoreV1NamespacedPod");
  assert.equal(pods?.["post"]?.["x-kubernetes-action"], "post");
  const exec = json["paths"]?.["/api/v1/namespaces/{namespace}/pods/{name}/exec"];
  assert.equal(exec?.["get"]?.["operationId"], "connectCoreV1GetNamespacedPodExec");
  const scale = json["paths"]?.["/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale"];
  assert.deepEqual(scale?.["put"]?.["x-kubernetes-group-version-kind"], {
    group: "autoscaling",
    kind: "Scale",
    version: "v1",
  });
});

test("v2 describes operations in the words and places of Kubernetes", async () => {
  const { json } = await client.get("/openapi/v2");
  const { paths, definitions } = json;
  const endpoints = "/namespaces/{namespace}/endpoints";
  assert.equal(paths?.[`/api/v1${endpoints}`]?.["post"]?.["description"], "create Endpoints");
  const watch = paths?.[`/api/v1/watch${endpoints}/{name}`]?.["get"];
  assert.match(
    String(watch?.["description"]),
    /instead, filtered to a single item with the 'fieldSelector' parameter\.$/,
  );
  assert.equal(watch?.["deprecated"], undefined);
  const bindings = JSON.parse(JSON.stringify(paths?.["/api/v1/namespaces/{namespace}/bindings"]));
  assert.deepEqual(
    bindings.post.parameters.map(({ name }: { name: string }) => name),
    ["body"],
  );
  const named = ({ name, $ref }: { name?: string; $ref?: string }) => name ?? $ref?.replace("#/parameters/", "");
  assert.deepEqual(bindings.parameters.map(named).sort(), [
    "dryRun",
    "fieldManager",
    "fieldValidation",
    "namespace",
    "pretty",
  ]);
  assert.equal(paths?.["/openid/v1/jwks/"]?.["get"]?.["operationId"], "getServiceAccountIssuerOpenIDKeyset");
  const { properties } = definitions?.["io.k8s.api.core.v1.ContainerPort"] ?? {};
  assert.deepEqual(properties?.["protocol"]?.["enum"], ["SCTP", "TCP", "UDP"]);
  assert.deepEqual(definitions?.["io.k8s.api.core.v1.SeccompProfile"]?.["x-kubernetes-unions"], [
    { discriminator: "type", "fields-to-discriminateBy": { localhostProfile: "LocalhostProfile" } },
  ]);
});

test("v2 is answered in the protobuf that old kubectls ask for, under both names", async () => {
  for (const accept of [oldProtobuf, protobuf]) {
    const { status, headers, bytes } = await client.get("/openapi/v2", { accept });
    assert.equal(status, 200);
    assert.equal(headers["content-type"], protobuf);
    const reader = new BinaryReader(bytes);
    const fields = new Map<number, number>();
    while (reader.pos < reader.len) {
      const [field, wireType] = reader.tag();
      const start = reader.pos;
      reader.skip(wireType);
      fields.set(field, reader.pos - start);
    }
    assert.deepEqual([...fields.keys()], [1, 2, 10, 13, 12, 8, 9]);
    assert.ok((fields.get(9) ?? 0) > 100_000, "the definitions are there");
  }
});

test("a client that knows a document is told that it has not changed", async () => {
  const first = await client.get("/openapi/v2");
  const etag = String(first.headers.etag);
  assert.equal((await client.get("/openapi/v2", { "if-none-match": etag })).status, 304);
  const modified = String(first.headers["last-modified"]);
  assert.equal((await client.get("/openapi/v2", { "if-modified-since": modified })).status, 304);
  const other = await client.get("/openapi/v2", { "if-none-match": etag, accept: protobuf });
  assert.equal(other.status, 200);
});

test("documents are compressed for those who take that", async () => {
  const plain = await client.get("/openapi/v2");
  const packed = await client.get("/openapi/v2", { "accept-encoding": "gzip" });
  assert.equal(packed.headers["content-encoding"], "gzip");
  assert.ok(packed.bytes.length * 5 < plain.bytes.length);
  assert.deepEqual(gunzipSync(packed.bytes), plain.bytes);
});

test("other encodings are refused, and who is nobody is sent away", async () => {
  assert.equal((await client.get("/openapi/v2", { accept: "text/html" })).status, 406);
  assert.equal((await client.get("/openapi/v3/api/v1", { accept: "text/html" })).status, 406);
  assert.equal((await client.get("/openapi/v3/apis/nothing/v1")).status, 404);
  const anonymous = await server.client();
  assert.equal((await anonymous.get("/openapi/v2")).status, 403);
});

test("v3 has a document for what stands outside of groups", async () => {
  for (const place of ["openid/v1/jwks", ".well-known/openid-configuration", "version", "api", "apis"]) {
    const { status, json } = await client.get(`/openapi/v3/${place}`);
    assert.deepEqual([status, Object.keys(json["paths"] ?? {})], [200, [`/${place}/`]]);
  }
});

test("v3 has an index by groups and versions, and documents that are kept by their hash", async () => {
  const { json } = await client.get("/openapi/v3");
  const url = String(json["paths"]?.["apis/apps/v1"]?.["serverRelativeURL"]);
  assert.match(url, /^\/openapi\/v3\/apis\/apps\/v1\?hash=[0-9A-F]{128}$/);
  const document = await client.get(url);
  assert.equal(document.headers["cache-control"], "public, immutable");
  assert.equal(document.json["openapi"], "3.0.0");
  const schemas = document.json["components"]?.["schemas"];
  assert.ok(schemas?.["io.k8s.api.apps.v1.Deployment"] && schemas["io.k8s.api.core.v1.PodSpec"]);
  const missing = [...document.text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].filter(
    ([, name]) => !schemas[name!],
  );
  assert.deepEqual(missing, []);
  const moved = await client.get("/openapi/v3/apis/apps/v1?hash=OLD");
  assert.equal(moved.status, 301);
  assert.equal(moved.headers.location, url);
  const known = await client.get("/openapi/v3/apis/apps/v1", { "if-none-match": String(document.headers.etag) });
  assert.equal(known.status, 304);
});

test("v3 is answered in protobuf, too, under both names", async () => {
  const protobuf = "application/com.github.proto-openapi.spec.v3.v1.0+protobuf";
  for (const accept of [protobuf, "application/com.github.proto-openapi.spec.v3@v1.0+protobuf"]) {
    const { status, headers, bytes } = await client.get("/openapi/v3/apis/apps/v1", { accept });
    assert.deepEqual([status, headers["content-type"]], [200, protobuf]);
    for (const found of ["3.0.0", "/apis/apps/v1/namespaces/{namespace}/deployments", "io.k8s.api.apps.v1.Deployment"])
      assert.ok(bytes.includes(found), found);
    assert.notEqual(headers["etag"], (await client.get("/openapi/v3/apis/apps/v1")).headers["etag"]);
  }
});

test("custom kinds come and go in both, and leave other groups as they are", async () => {
  const index = async () => (await client.get("/openapi/v3")).json["paths"] ?? {};
  const before = await index();
  const etag = (await client.get("/openapi/v2")).headers.etag;
  await client.send("POST", definitionsPath, { body: definition("Shelf") });
  const name = "com.example.stable.v1.Shelf";
  await eventually(async () => (await definitionOf(name)) !== undefined);
  const during = await eventually(async () => {
    const paths = await index();
    return paths["apis/stable.example.com/v1"] && paths;
  });
  const url = String(during["apis/stable.example.com/v1"]?.["serverRelativeURL"]);
  const spec = (path: Json | undefined) => path?.["properties"]?.["spec"]?.["properties"]?.["size"];
  const schemas = (await client.get(url)).json["components"]?.["schemas"];
  assert.deepEqual(spec(schemas?.[name]), { type: "integer", nullable: true });
  assert.deepEqual(spec(await definitionOf(name)), {});
  assert.deepEqual(during["apis/apps/v1"], before["apis/apps/v1"]);
  await client.send("DELETE", `${definitionsPath}/shelfs.stable.example.com`);
  await eventually(async () => (await definitionOf(name)) === undefined);
  await eventually(async () => isDeepStrictEqual(await index(), before));
  assert.equal((await client.get("/openapi/v2")).headers.etag, etag);
});

test("requests that come while kinds change each see what was served when they came", async () => {
  const kinds = ["Anvil", "Bellow", "Crucible", "Drill", "Emery"];
  await Promise.all(
    kinds.map(async (kind) => {
      await client.send("POST", definitionsPath, { body: definition(kind) });
      await eventually(async () => (await definitionOf(`com.example.stable.v1.${kind}`)) !== undefined);
    }),
  );
  const { definitions } = (await client.get("/openapi/v2")).json;
  for (const kind of kinds) assert.ok(definitions?.[`com.example.stable.v1.${kind}List`], kind);
});
