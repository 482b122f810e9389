import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { WebSocket } from "ws";
import { ServiceAccountServiceDefinition } from "../../../../gen/typernetes/core/v1/service_account.ts";
import { eventually } from "../../../../lib/base/eventually.ts";
import { createClient } from "../../../../lib/client/create-client.ts";
import { administrator, type RestClient, startTestRestServer, type TestRestServer } from "../test-rest-server.ts";
import { WebSocketClient } from "./test-stream-server.ts";

const path = "/api/v1/namespaces/default/configmaps";
let server: TestRestServer;
let admin: RestClient;

before(async () => {
  server = await startTestRestServer();
  admin = await server.client(administrator);
  await server.apiserver.furnished;
});
after(() => server.close());

function watch(query: string, headers: Record<string, string> = {}, protocols: string[] = [], asAdmin = true) {
  const { ca, cert, key } = admin.tls;
  const own = asAdmin ? { ...(cert && { cert }), ...(key && { key }) } : {};
  const url = `wss://127.0.0.1:${server.port}${path}?watch=1&${query}`;
  return new WebSocketClient(new WebSocket(url, protocols, { ca, ...own, headers }));
}

async function create(name: string): Promise<void> {
  const { status, text } = await admin.send("POST", path, { body: { metadata: { name } } });
  assert.equal(status, 201, text);
}

test("a watch over a WebSocket has one event in a message, as text", async () => {
  await create("one");
  await create("two");
  const client = await watch("fieldSelector=metadata.namespace=default", {}, ["any.example.com"]).opened();
  assert.equal(client.socket.protocol, "any.example.com");
  let isBinary = false;
  client.socket.on("message", (_, binary) => {
    isBinary ||= binary;
  });
  await create("three");
  const events = () => client.messages.map((message) => JSON.parse(message.toString()));
  const named = (name: string) => events().find(({ object }) => object.metadata.name === name);
  await eventually(() => named("three") !== undefined);
  for (const name of ["one", "two", "three"]) assert.equal(named(name).type, "ADDED");
  assert.equal(named("one").object.kind, "ConfigMap");
  assert.equal(isBinary, false);
  client.socket.close();
  await client.ended();
  await eventually(async () => /^apiserver_longrunning_requests\S* 0$/m.test((await admin.get("/metrics")).text));
});

test("a watch over a WebSocket in protobuf has one event in a message, as bytes", async () => {
  await create("bytes");
  const accept = "application/vnd.kubernetes.protobuf;stream=watch";
  const client = await watch("fieldSelector=metadata.name=bytes", { accept }).opened();
  await eventually(() => client.messages.length === 1);
  const [event = Buffer.alloc(0)] = client.messages;
  assert.equal(event[0], 0x0a, "the type of the event comes first");
  assert.equal(event.subarray(2, 7).toString(), "ADDED");
  client.socket.close();
  await client.ended();
});

test("a watch over a WebSocket ends when its time is over, and tells of failures", async () => {
  const short = await watch("timeoutSeconds=1").ended();
  assert.equal(short.refusal, undefined);
  const { refusal } = await watch("fieldSelector=nonsense").ended();
  assert.equal(refusal?.code, 400);
  const several = await watch("", {}, ["a.example.com", "b.example.com"]).ended();
  assert.equal(several.refusal?.code, 400);
});

test("browsers send their token among the protocols", async () => {
  const client = createClient(server.apiserver.transportFor({ user: "admin", groups: ["system:masters"] }));
  await client.core.v1.serviceaccounts.create({ metadata: { name: "browser", namespace: "default" } });
  await client.rbac.v1.clusterrolebindings.create({
    metadata: { name: "browser" },
    subjects: [{ kind: "ServiceAccount", name: "browser", namespace: "default" }],
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
  });
  const request = { namespace: "default", name: "browser", object: { spec: { expirationSeconds: 600 } } };
  const { status } = await client.call(ServiceAccountServiceDefinition, "createToken", request);
  const token = Buffer.from(status?.token ?? "").toString("base64url");
  const protocol = `base64url.bearer.authorization.k8s.io.${token}`;
  const known = await watch("", {}, [protocol, "base64.binary.k8s.io"], false).opened();
  assert.equal(known.refusal, undefined);
  assert.equal(known.socket.protocol, "base64.binary.k8s.io", "the token is not told back");
  known.socket.close();
  const wrong = protocol.replace(token, Buffer.from("nobody's").toString("base64url"));
  for (const protocols of [[wrong, "base64.binary.k8s.io"], [protocol]]) {
    assert.equal((await watch("", {}, protocols, false).ended()).refusal?.code, 401);
  }
});
