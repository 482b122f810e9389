import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import type { AdmissionRequest } from "../../../../gen/typernetes/admission/v1/admission_review.ts";
import { PodServiceDefinition } from "../../../../gen/typernetes/core/v1/pod.ts";
import { ServiceAccountServiceDefinition } from "../../../../gen/typernetes/core/v1/service_account.ts";
import type { Client } from "../../../../lib/client/client.ts";
import { createClient } from "../../../../lib/client/create-client.ts";
import { customClient, define, definitionOf } from "../../crd/test-definitions.ts";
import {
  administrator,
  type RestClient,
  startTestRestServer,
  type TestRestServer,
} from "../../rest/test-rest-server.ts";
import { jsonPatch, startTestWebhooks, type TestWebhook, type TestWebhookServer } from "./test-webhook-server.ts";

const namespace = "default";
let hooks: TestWebhookServer;
let server: TestRestServer;
let client: Client;
let rest: RestClient;
/** What the webhook was asked. */
let seen: AdmissionRequest[] = [];

before(async () => {
  hooks = await startTestWebhooks();
  server = await startTestRestServer();
  client = createClient(server.apiserver.transportFor({ user: "admin", groups: ["system:masters"] }));
  rest = await server.client(administrator);
  await server.apiserver.furnished;
});
after(async () => {
  await server?.close();
  await hooks?.close();
});
afterEach(async () => {
  const { mutatingwebhookconfigurations, validatingwebhookconfigurations } = client.admissionregistration.v1;
  await mutatingwebhookconfigurations.deleteCollection();
  await validatingwebhookconfigurations.deleteCollection();
  seen = [];
});

interface Asked {
  kind: "mutating" | "validating";
  operation: string;
  resource: string;
  group?: string;
}

/** Has a webhook asked about one thing. */
async function ask({ kind, operation, resource, group = "" }: Asked, answer: TestWebhook): Promise<void> {
  hooks.webhooks.set("hook", (request) => {
    seen.push(JSON.parse(JSON.stringify(request)));
    return answer(request);
  });
  const { mutatingwebhookconfigurations, validatingwebhookconfigurations } = client.admissionregistration.v1;
  const rules = [{ operations: [operation], apiGroups: [group], apiVersions: ["v1"], resources: [resource] }];
  const hook = { name: "hook.example.com", clientConfig: hooks.at("hook"), rules, sideEffects: "None" };
  const webhooks = [{ ...hook, admissionReviewVersions: ["v1"] }];
  const configurations = kind === "mutating" ? mutatingwebhookconfigurations : validatingwebhookconfigurations;
  await configurations.create({ metadata: { generateName: "hook-" }, webhooks });
  await configurations.list();
}

const refuse: TestWebhook = () => ({ allowed: false, status: { message: "no" } });
const refusal = /admission webhook "hook.example.com" denied the request: no/;

async function createPod(name: string): Promise<void> {
  await client.core.v1.pods.create({
    metadata: { name, namespace },
    spec: { containers: [{ name: "c", image: "i" }] },
  });
}

test("a webhook judges evictions, and is not asked about the deletions that come of them", async () => {
  await createPod("evicted");
  await ask({ kind: "validating", operation: "*", resource: "pods/eviction" }, refuse);
  const eviction = { metadata: { name: "evicted", namespace } };
  const evict = () => client.call(PodServiceDefinition, "evict", { eviction });
  await assert.rejects(evict(), refusal);
  const [first] = seen;
  assert.deepEqual(first?.kind, { group: "policy", version: "v1", kind: "Eviction" });
  assert.deepEqual(first?.resource, { group: "", version: "v1", resource: "pods" });
  assert.deepEqual([first?.subResource, first?.operation, first?.name], ["eviction", "CREATE", "evicted"]);
  assert.deepEqual(first?.object, { apiVersion: "policy/v1", kind: "Eviction", ...eviction });
  await client.admissionregistration.v1.validatingwebhookconfigurations.deleteCollection();
  await ask({ kind: "validating", operation: "DELETE", resource: "pods" }, refuse);
  await evict();
  await assert.rejects(client.core.v1.pods.get("evicted", { namespace }), { reason: "NotFound" });
});

test("a webhook changes what tokens are asked for", async () => {
  await client.core.v1.serviceaccounts.create({ metadata: { name: "robot", namespace } });
  const change = () => jsonPatch({ op: "replace", path: "/spec/expirationSeconds", value: 1200 });
  await ask({ kind: "mutating", operation: "CREATE", resource: "serviceaccounts/token" }, change);
  const object = { spec: { audiences: ["a"], expirationSeconds: 600 } };
  const request = { namespace, name: "robot", object };
  const { spec } = await client.call(ServiceAccountServiceDefinition, "createToken", request);
  assert.equal(spec?.expirationSeconds, 1200);
  assert.deepEqual(seen[0]?.kind, { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest" });
  const short = () => jsonPatch({ op: "replace", path: "/spec/expirationSeconds", value: 1 });
  hooks.webhooks.set("hook", short);
  await assert.rejects(client.call(ServiceAccountServiceDefinition, "createToken", request), { reason: "Invalid" });
});

test("a webhook sees bindings as they were sent, and may change them", async () => {
  await createPod("bound");
  const change = () => jsonPatch({ op: "add", path: "/metadata/labels", value: { zone: "a" } });
  await ask({ kind: "mutating", operation: "CREATE", resource: "pods/binding" }, change);
  const binding = { metadata: { name: "bound", namespace, annotations: { by: "me" } }, target: { name: "n" } };
  await client.call(PodServiceDefinition, "bind", { bindings: [binding] });
  const pod = await client.core.v1.pods.get("bound", { namespace });
  assert.deepEqual([pod.spec?.nodeName, pod.metadata?.labels], ["n", { zone: "a" }]);
  assert.deepEqual(seen[0]?.object, { apiVersion: "v1", kind: "Binding", ...binding });
  assert.deepEqual([seen[0]?.operation, seen[0]?.name, seen[0]?.oldObject], ["CREATE", "bound", null]);
});

test("a webhook judges proxies to pods, services and nodes by their paths", async () => {
  await ask({ kind: "validating", operation: "CONNECT", resource: "*/proxy" }, refuse);
  const paths = ["namespaces/default/pods/p:80", "namespaces/default/services/https:s:web", "nodes/n"];
  for (const path of paths) {
    const { status, text } = await rest.get(`/api/v1/${path}/proxy/some/path`);
    assert.equal(status, 400, text);
    assert.match(text, /denied the request: no/);
  }
  const options = (kind: string) => ({ apiVersion: "v1", kind, path: "/some/path" });
  assert.deepEqual(
    seen.map(({ name, object }) => [name, object]),
    [
      ["p:80", options("PodProxyOptions")],
      ["https:s:web", options("ServiceProxyOptions")],
      ["n", options("NodeProxyOptions")],
    ],
  );
});

test("a webhook refuses port forwarding before there is a connection", async () => {
  await createPod("forwarded");
  await ask({ kind: "validating", operation: "CONNECT", resource: "pods/portforward" }, refuse);
  const headers = {
    ...{ connection: "upgrade", upgrade: "websocket", "sec-websocket-version": "13" },
    "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
  };
  const path = `/api/v1/namespaces/${namespace}/pods/forwarded/portforward?ports=80`;
  const { status, text } = await rest.send("GET", path, { headers });
  assert.equal(status, 400);
  assert.match(text, /denied the request: no/);
  assert.deepEqual(seen[0]?.object, { apiVersion: "v1", kind: "PodPortForwardOptions", ports: [80] });
});

test("what a webhook makes of a custom object is checked in the version that was written", async () => {
  const schemaOf = (maximum: number) => ({
    openAPIV3Schema: { type: "object", properties: { size: { type: "integer", maximum } } },
  });
  const version = (name: string, maximum: number) => ({
    name,
    served: true,
    storage: name === "v1",
    schema: schemaOf(maximum),
  });
  await define(
    client,
    definitionOf("sizes", "Size", {}, { spec: { versions: [version("v1", 100), version("v2", 10)] } }),
  );
  let size = 50;
  await ask({ kind: "mutating", operation: "*", resource: "sizes", group: "stable.example.com" }, () =>
    jsonPatch({ op: "add", path: "/size", value: size }),
  );
  const object = { kind: "Size", metadata: { name: "a" }, size: 1 };
  assert.equal((await customClient(client, "sizes", "v1").create(object))["size"], 50);
  const two = customClient(client, "sizes", "v2");
  await assert.rejects(two.create({ ...object, metadata: { name: "b" } }), { reason: "Invalid", message: /size/ });
  size = 60;
  await assert.rejects(two.merge("a", { size: 2 }), { reason: "Invalid" });
});
