import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { ResourceAttributes } from "../../../gen/typernetes/authorization/v1/local_subject_access_review.ts";
import {
  type SubjectAccessReview,
  SubjectAccessReviewServiceDefinition,
} from "../../../gen/typernetes/authorization/v1/subject_access_review.ts";
import { startTestApiserver, type TestApiserver } from "../test-harness.ts";

const namespace = "default";
const directory = mkdtempSync(join(tmpdir(), "typernetes-selectors-"));
let webhook: Server;
let server: TestApiserver;
/** What the webhook was asked last. */
let asked: ResourceAttributes | undefined;

before(async () => {
  webhook = createServer(async (request, response) => {
    const review: SubjectAccessReview = JSON.parse(Buffer.concat(await request.toArray()).toString());
    asked = review.spec?.resourceAttributes;
    const isLimited = asked?.labelSelector?.requirements?.some(({ key }) => key === "team") ?? false;
    response.end(JSON.stringify({ status: { allowed: isLimited } }));
  });
  await new Promise<void>((resolve) => webhook.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(webhook.address() as AddressInfo).port}/authorize`;
  const kubeconfig = join(directory, "webhook");
  const config = {
    ...{ apiVersion: "v1", kind: "Config", "current-context": "c" },
    clusters: [{ name: "c", cluster: { server: url } }],
    users: [{ name: "u", user: {} }],
    contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
  };
  writeFileSync(kubeconfig, JSON.stringify(config));
  server = await startTestApiserver({ auth: { authorizationWebhook: kubeconfig } });
});
after(async () => {
  await server?.close();
  webhook.closeAllConnections();
  webhook.close();
  rmSync(directory, { recursive: true, force: true });
});

function review(user: string, resourceAttributes: ResourceAttributes, groups: string[] = []) {
  const object = { spec: { user, groups, resourceAttributes } };
  return server.client().call(SubjectAccessReviewServiceDefinition, "create", { object });
}

test("a webhook is told what a list is limited to", async () => {
  const { configmaps } = server.client({ user: "jane", groups: [] }).core.v1;
  await assert.rejects(configmaps.list({ namespace }), { reason: "Forbidden" });
  assert.equal(asked?.labelSelector, undefined);
  const labelSelector = "team in (a,b),!old,size>3,stage!=test";
  await configmaps.list({ namespace, labelSelector, fieldSelector: "metadata.name!=x" });
  assert.deepEqual(asked?.fieldSelector, {
    requirements: [{ key: "metadata.name", operator: "NotIn", values: ["x"] }],
  });
  assert.deepEqual(asked?.labelSelector, {
    requirements: [
      { key: "old", operator: "DoesNotExist" },
      { key: "stage", operator: "NotIn", values: ["test"] },
      { key: "team", operator: "In", values: ["a", "b"] },
    ],
  });
});

test("reviews are asked with selectors, as text or as requirements", async () => {
  const list = { verb: "list", resource: "configmaps", namespace };
  const requirements = [{ key: "team", operator: "Exists" }];
  assert.equal((await review("joe", { ...list, labelSelector: { rawSelector: "team=a" } })).status?.allowed, true);
  assert.equal((await review("joe", { ...list, labelSelector: { requirements } })).status?.allowed, true);
  assert.equal((await review("joe", { ...list, labelSelector: { rawSelector: "other" } })).status?.allowed, false);
  await assert.rejects(review("joe", { ...list, labelSelector: { rawSelector: "team", requirements } }), {
    reason: "Invalid",
  });
  await assert.rejects(review("joe", { ...list, fieldSelector: {} }), {
    message: /spec.resourceAttributes.fieldSelector.requirements: Required value: when/,
  });
});

test("what of a selector is not understood is left out, and told", async () => {
  const list = { verb: "list", resource: "configmaps", namespace };
  const odd = { key: "team", operator: "Near", values: ["a"] };
  const fault = "spec.resourceAttributes.labelSelector ignored due to parse error";
  const whole = await review("ann", { ...list, labelSelector: { rawSelector: "team in a" } });
  assert.deepEqual(whole.status, { allowed: false, evaluationError: fault });
  const part = { requirements: [odd, { key: "team", operator: "Exists" }] };
  const { status } = await review("ann", { ...list, labelSelector: part });
  assert.deepEqual([status?.allowed, status?.evaluationError], [true, fault.replace(" ignored", " partially ignored")]);
  const several = { requirements: [{ key: "metadata.name", operator: "In", values: ["a", "b"] }] };
  assert.match(
    (await review("ann", { ...list, fieldSelector: several })).status?.evaluationError ?? "",
    /^spec.*field/,
  );
});

test("a kubelet reads only its own node, and the pods on it", async () => {
  const admin = server.client().core.v1;
  for (const name of ["n1", "n2"]) {
    await admin.nodes.create({ metadata: { name } });
    const spec = { nodeName: name, containers: [{ name: "c", image: "i" }] };
    await admin.pods.create({ metadata: { name: `on-${name}`, namespace }, spec });
  }
  const { nodes, pods } = server.client({ user: "system:node:n1", groups: ["system:nodes"] }).core.v1;
  await nodes.get("n1");
  await nodes.list({ fieldSelector: "metadata.name=n1" });
  await assert.rejects(nodes.get("n2"), { message: /node 'n1' cannot read 'n2', only its own Node object/ });
  await assert.rejects(nodes.list(), { message: /node 'n1' cannot read all nodes, only its own Node object/ });
  await pods.get("on-n1", { namespace });
  await pods.list({ fieldSelector: "spec.nodeName=n1" });
  await assert.rejects(pods.get("on-n2", { namespace }), { message: /no relationship found between node 'n1'/ });
  const refused = { message: /can only list\/watch pods with spec.nodeName field selector/ };
  for (const fieldSelector of ["spec.nodeName=n2", "spec.nodeName!=n1", "metadata.name=on-n1"])
    await assert.rejects(pods.list({ fieldSelector }), refused);
  await assert.rejects(pods.list(), refused);
});
