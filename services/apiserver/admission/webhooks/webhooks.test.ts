import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import type { AdmissionRequest } from "../../../../gen/typernetes/admission/v1/admission_review.ts";
import type { MutatingWebhook } from "../../../../gen/typernetes/admissionregistration/v1/mutating_webhook_configuration.ts";
import { eventually } from "../../../../lib/base/eventually.ts";
import type { Client } from "../../../../lib/client/client.ts";
import { createClient } from "../../../../lib/client/create-client.ts";
import { customClient, define, definitionOf } from "../../crd/test-definitions.ts";
import { machineAddress } from "../../options.ts";
import { administrator, startTestRestServer, type TestRestServer } from "../../rest/test-rest-server.ts";
import { jsonPatch, startTestWebhooks, type TestWebhook, type TestWebhookServer } from "./test-webhook-server.ts";

const namespace = "hooked";
let hooks: TestWebhookServer;
let server: TestRestServer;
let client: Client;

before(async () => {
  hooks = await startTestWebhooks(["hook.hooked.svc"]);
  server = await startTestRestServer();
  client = createClient(server.apiserver.transportFor({ user: "admin", groups: ["system:masters"] }));
  await server.apiserver.furnished;
  await client.core.v1.namespaces.create({ metadata: { name: namespace, labels: { hooked: "yes" } } });
});
after(async () => {
  await server?.close();
  await hooks?.close();
});
afterEach(async () => {
  await client.admissionregistration.v1.mutatingwebhookconfigurations.deleteCollection();
  await client.admissionregistration.v1.validatingwebhookconfigurations.deleteCollection();
  await ready();
});

const configMaps = { operations: ["*"], apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"] };

function webhook(name: string, answer: TestWebhook, more: MutatingWebhook = {}): MutatingWebhook {
  hooks.webhooks.set(name, answer);
  return {
    name: `${name}.example.com`,
    clientConfig: hooks.at(name),
    rules: [configMaps],
    sideEffects: "None",
    admissionReviewVersions: ["v1"],
    namespaceSelector: { matchLabels: { hooked: "yes" } },
    ...more,
  };
}

/** Resolves when the server has seen all that was written. */
async function ready(): Promise<void> {
  const { admissionregistration } = client;
  await admissionregistration.v1.validatingwebhookconfigurations.list();
  await admissionregistration.v1.mutatingwebhookconfigurations.list();
}

async function validating(...webhooks: MutatingWebhook[]): Promise<void> {
  const kind = client.admissionregistration.v1.validatingwebhookconfigurations;
  await kind.create({ metadata: { generateName: "v-" }, webhooks });
  await ready();
}

async function mutating(name: string, ...webhooks: MutatingWebhook[]): Promise<void> {
  const kind = client.admissionregistration.v1.mutatingwebhookconfigurations;
  await kind.create({ metadata: { name }, webhooks });
  await ready();
}

const configMap = (name: string, data: Record<string, string> = {}) => ({ metadata: { name, namespace }, data });
const create = (name: string, data?: Record<string, string>) => client.core.v1.configmaps.create(configMap(name, data));
const allow: TestWebhook = () => ({ allowed: true });
const deny =
  (status?: object): TestWebhook =>
  () => ({ allowed: false, ...(status && { status }) });

test("a webhook refuses, in its own words", async () => {
  await validating(webhook("deny", deny({ message: "no", reason: "Forbidden", code: 403 })));
  await assert.rejects(create("a"), {
    ...{ code: 403, reason: "Forbidden" },
    message: 'admission webhook "deny.example.com" denied the request: no',
  });
  await validating(webhook("mute", deny(), { failurePolicy: "Ignore" }));
});

test("a webhook need not give a reason", async () => {
  await validating(webhook("mute", deny()));
  await assert.rejects(create("a"), {
    code: 400,
    message: 'admission webhook "mute.example.com" denied the request without explanation',
  });
});

test("a webhook sees who wants what, old and new", async () => {
  const seen: AdmissionRequest[] = [];
  await validating(
    webhook("see", (request) => {
      seen.push(request);
      return { allowed: true };
    }),
  );
  const made = await create("seen", { a: "1" });
  await client.core.v1.configmaps.update({ ...made, data: { a: "2" } });
  await client.core.v1.configmaps.delete("seen", { namespace });
  assert.deepEqual(
    seen.map(({ operation }) => operation),
    ["CREATE", "UPDATE", "DELETE"],
  );
  const [first, second, third] = seen.map((request) => JSON.parse(JSON.stringify(request)));
  assert.deepEqual(first.kind, { group: "", version: "v1", kind: "ConfigMap" });
  assert.deepEqual(first.resource, { group: "", version: "v1", resource: "configmaps" });
  assert.equal(first.userInfo.username, "admin");
  assert.equal(first.options.kind, "CreateOptions");
  assert.deepEqual([first.object.kind, first.object.data, first.oldObject], ["ConfigMap", { a: "1" }, null]);
  assert.deepEqual([second.object.data, second.oldObject.data], [{ a: "2" }, { a: "1" }]);
  assert.deepEqual([third.object, third.oldObject.data], [null, { a: "2" }]);
});

test("webhooks change objects in the order of their names, and those that want are asked again", async () => {
  let calls = 0;
  const counting: TestWebhook = () => {
    calls++;
    return { allowed: true };
  };
  const set = (key: string) => jsonPatch({ op: "add", path: `/data/${key}`, value: "set" });
  await mutating(
    "b",
    webhook("second", () => set("second")),
  );
  await mutating("a", webhook("first", counting, { reinvocationPolicy: "IfNeeded" }));
  const made = await create("changed", { own: "1" });
  assert.deepEqual(made.data, { own: "1", second: "set" });
  assert.equal(calls, 2);
});

test("what a webhook makes of an object is completed and checked", async () => {
  await mutating("pods", {
    ...webhook("pods", () => jsonPatch({ op: "add", path: "/spec/containers/-", value: { name: "more", image: "i" } })),
    rules: [{ ...configMaps, operations: ["CREATE"], resources: ["pods"] }],
  });
  const spec = { containers: [{ name: "c", image: "i" }] };
  const pod = await client.core.v1.pods.create({ metadata: { name: "p", namespace }, spec });
  assert.equal(pod.spec?.containers?.[1]?.terminationMessagePath, "/dev/termination-log");
  const clash = { containers: [{ name: "more", image: "i" }] };
  await assert.rejects(client.core.v1.pods.create({ metadata: { name: "q", namespace }, spec: clash }), {
    reason: "Invalid",
  });
});

test("selectors and conditions say what a webhook is asked about", async () => {
  const refuse = deny({ message: "no" });
  await validating(
    webhook("elsewhere", refuse, { namespaceSelector: { matchLabels: { hooked: "no" } } }),
    webhook("others", refuse, { objectSelector: { matchLabels: { app: "x" } } }),
    webhook("some", refuse, {
      matchConditions: [
        { name: "named", expression: "request.name.startsWith('bad')" },
        { name: "by-admin", expression: "request.userInfo.username == 'admin' && has(object.data)" },
        { name: "may", expression: "authorizer.group('').resource('secrets').check('get').allowed()" },
      ],
    }),
    webhook("subresource", refuse, { rules: [{ ...configMaps, resources: ["*/status"] }] }),
  );
  await create("good", { a: "1" });
  await assert.rejects(create("bad", { a: "1" }), /admission webhook "some.example.com" denied/);
  await assert.rejects(
    client.core.v1.configmaps.create({ metadata: { name: "x", namespace, labels: { app: "x" } } }),
    /admission webhook "others.example.com" denied/,
  );
});

test("a webhook that does not answer in time fails the request, unless it may be left out", async () => {
  const silent = webhook("silent", () => undefined, { timeoutSeconds: 1 });
  await validating(silent);
  const { url } = hooks.at("silent");
  await assert.rejects(create("slow"), {
    code: 500,
    message: `Internal error occurred: failed calling webhook "silent.example.com": failed to call webhook: Post "${url}?timeout=1s": context deadline exceeded`,
  });
  await client.admissionregistration.v1.validatingwebhookconfigurations.deleteCollection();
  await validating({ ...silent, failurePolicy: "Ignore" });
  await create("slow");
});

test("a webhook whose certificate is somebody else's, or whose service is not there, fails the request", async () => {
  await validating({ ...webhook("untrusted", allow), clientConfig: { url: hooks.at("untrusted").url } });
  await assert.rejects(create("a"), /x509: certificate signed by unknown authority/);
  await client.admissionregistration.v1.validatingwebhookconfigurations.deleteCollection();
  await validating({ ...webhook("lost", allow), clientConfig: { service: { namespace, name: "lost" } } });
  await assert.rejects(
    create("a"),
    /failed to call webhook: Post "https:\/\/lost.hooked.svc:443\/\?timeout=10s": service "lost" not found/,
  );
});

test("a webhook is found by its service", async () => {
  const ports = [{ port: 443, targetPort: hooks.port }];
  await client.core.v1.services.create({ metadata: { name: "hook", namespace }, spec: { ports } });
  await client.discovery.v1.endpointslices.create({
    metadata: { name: "hook", namespace, labels: { "kubernetes.io/service-name": "hook" } },
    addressType: "IPv4",
    ports: [{ name: "", port: hooks.port }],
    endpoints: [{ addresses: [machineAddress()] }],
  });
  const { caBundle } = hooks;
  const service = { namespace, name: "hook", path: "/served" };
  await validating(webhook("served", deny({ message: "found" }), { clientConfig: { caBundle, service } }));
  await eventually(() =>
    create("a").then(
      () => false,
      (error: Error) => /denied the request: found/.test(error.message),
    ),
  );
});

test("trials ask only webhooks that do nothing besides", async () => {
  await validating(webhook("plain", allow));
  await client.core.v1.configmaps.create(configMap("dry"), { dryRun: ["All"] });
});

test("webhooks do not judge webhooks", async () => {
  const everything = { operations: ["*"], apiGroups: ["*"], apiVersions: ["*"], resources: ["*/*"] };
  await validating(webhook("all", deny(), { rules: [everything], namespaceSelector: {} }));
  await mutating("m", webhook("fine", allow));
  await client.admissionregistration.v1.validatingwebhookconfigurations.deleteCollection();
});

test("an object is shown in the version that the webhook wants", async () => {
  const refuse: TestWebhook = ({ kind, requestKind }) => ({
    allowed: false,
    status: { message: `${kind?.version} of ${requestKind?.version}` },
  });
  await define(client, {
    ...definitionOf("shown", "Shown", {}),
    spec: {
      ...definitionOf("shown", "Shown", {}).spec,
      versions: ["v1", "v2"].map((name) => ({
        ...{ name, served: true, storage: name === "v1" },
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      })),
    },
  });
  const rule = { operations: ["CREATE"], apiGroups: ["stable.example.com"], apiVersions: ["v2"], resources: ["shown"] };
  await validating(webhook("shown", refuse, { rules: [rule], namespaceSelector: {} }));
  const object = { kind: "Shown", metadata: { name: "a" } };
  await assert.rejects(customClient(client, "shown", "v1").create(object), /denied the request: v2 of v1/);
  await assert.rejects(customClient(client, "shown", "v2").create(object), /denied the request: v2 of v2/);
  await client.admissionregistration.v1.validatingwebhookconfigurations.deleteCollection();
  const exact = webhook("exact", refuse, { rules: [rule], matchPolicy: "Exact", namespaceSelector: {} });
  await validating(exact);
  await customClient(client, "shown", "v1").create(object);
});

test("custom objects are changed, too, and warnings reach the client", async () => {
  await define(
    client,
    definitionOf("changes", "Change", { type: "object", "x-kubernetes-preserve-unknown-fields": true }),
  );
  const rule = {
    operations: ["CREATE"],
    apiGroups: ["stable.example.com"],
    apiVersions: ["v1"],
    resources: ["changes"],
  };
  const answer = () => ({ ...jsonPatch({ op: "add", path: "/data", value: { a: "b" } }), warnings: ["be careful"] });
  await mutating("c", webhook("changes", answer, { rules: [rule], namespaceSelector: {} }));
  const rest = await server.client(administrator);
  const body = { apiVersion: "stable.example.com/v1", kind: "Change", metadata: { name: "a" } };
  const path = "/apis/stable.example.com/v1/namespaces/default/changes";
  const { status, json, headers } = await rest.send("POST", path, { body });
  assert.equal(status, 201, String(json["message"]));
  assert.deepEqual(json["data"], { a: "b" });
  assert.equal(headers["warning"], '299 - "be careful"');
  rest.close();
});

test("connections to pods are asked about", async () => {
  const rule = { operations: ["CONNECT"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods/attach"] };
  const spec = { containers: [{ name: "c", image: "i" }] };
  await client.core.v1.pods.create({ metadata: { name: "attached", namespace }, spec });
  const refuse: TestWebhook = ({ name, object }) => ({
    allowed: false,
    status: { message: `${name} by ${(object as { kind?: string }).kind}` },
  });
  await validating(webhook("attach", refuse, { rules: [rule] }));
  const rest = await server.client(administrator);
  const { status, text } = await rest.send(
    "POST",
    `/api/v1/namespaces/${namespace}/pods/attached/attach?container=c&stdout=true`,
    {
      headers: {
        connection: "upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
      },
    },
  );
  assert.equal(status, 400);
  assert.match(text, /denied the request: attached by PodAttachOptions/);
  rest.close();
});
