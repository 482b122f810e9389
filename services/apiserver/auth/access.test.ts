import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { SelfSubjectReviewServiceDefinition } from "../../../gen/typernetes/authentication/v1/self_subject_review.ts";
import { TokenReviewServiceDefinition } from "../../../gen/typernetes/authentication/v1/token_review.ts";
import { SelfSubjectRulesReviewServiceDefinition } from "../../../gen/typernetes/authorization/v1/self_subject_rules_review.ts";
import { SubjectAccessReviewServiceDefinition } from "../../../gen/typernetes/authorization/v1/subject_access_review.ts";
import { ServiceAccountServiceDefinition } from "../../../gen/typernetes/core/v1/service_account.ts";
import type { Client } from "../../../lib/client/client.ts";
import { startTestApiserver, type TestApiserver } from "../test-harness.ts";

const rbacGroup = "rbac.authorization.k8s.io";
let server: TestApiserver;
let admin: Client;

before(async () => {
  server = await startTestApiserver();
  admin = server.client();
  await admin.core.v1.serviceaccounts.create({ metadata: { name: "builder", namespace: "default" } });
});
after(() => server.close());

function as(user: string, ...groups: string[]): Client {
  return server.client({ user, groups });
}

test("nobody does what no role allows, and is told so in Kubernetes' words", async () => {
  const { pods } = as("jane").core.v1;
  await assert.rejects(pods.list({ namespace: "default" }), {
    reason: "Forbidden",
    message: 'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"',
  });
  await assert.rejects(as("jane").apps.v1.deployments.get("web", { namespace: "default" }), {
    message:
      'deployments.apps "web" is forbidden: User "jane" cannot get resource "deployments" in API group "apps" in the namespace "default"',
  });
});

test("a binding lets in, its removal shuts out again", async () => {
  const { rolebindings } = admin.rbac.v1;
  const jane = as("jane", "team");
  await rolebindings.create({
    metadata: { name: "team-views", namespace: "default" },
    subjects: [{ kind: "Group", apiGroup: rbacGroup, name: "team" }],
    roleRef: { apiGroup: rbacGroup, kind: "ClusterRole", name: "view" },
  });
  await jane.core.v1.pods.list({ namespace: "default" });
  await assert.rejects(jane.core.v1.pods.list({ namespace: "kube-system" }), { reason: "Forbidden" });
  await assert.rejects(jane.core.v1.secrets.list({ namespace: "default" }), { reason: "Forbidden" });
  await rolebindings.delete("team-views", { namespace: "default" });
  await assert.rejects(jane.core.v1.pods.list({ namespace: "default" }), { reason: "Forbidden" });
});

test("a binding to a role that is not there is named in the refusal", async () => {
  await admin.rbac.v1.clusterrolebindings.create({
    metadata: { name: "lost" },
    subjects: [{ kind: "User", apiGroup: rbacGroup, name: "lost" }],
    roleRef: { apiGroup: rbacGroup, kind: "ClusterRole", name: "gone" },
  });
  await assert.rejects(as("lost").core.v1.nodes.list(), {
    message:
      'nodes is forbidden: User "lost" cannot list resource "nodes" in API group "" at the cluster scope: RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found',
  });
});

test("a rule may be for objects by name", async () => {
  await admin.rbac.v1.roles.create({
    metadata: { name: "one-map", namespace: "default" },
    rules: [{ verbs: ["get", "list"], apiGroups: [""], resources: ["configmaps"], resourceNames: ["mine"] }],
  });
  await admin.rbac.v1.rolebindings.create({
    metadata: { name: "one-map", namespace: "default" },
    subjects: [{ kind: "User", apiGroup: rbacGroup, name: "reader" }],
    roleRef: { apiGroup: rbacGroup, kind: "Role", name: "one-map" },
  });
  await admin.core.v1.configmaps.create({ metadata: { name: "mine", namespace: "default" } });
  const { configmaps } = as("reader").core.v1;
  await configmaps.get("mine", { namespace: "default" });
  await configmaps.list({ namespace: "default", fieldSelector: "metadata.name=mine" });
  await assert.rejects(configmaps.get("other", { namespace: "default" }), { reason: "Forbidden" });
  await assert.rejects(configmaps.list({ namespace: "default" }), { reason: "Forbidden" });
});

test("nobody gives what he does not have", async () => {
  await admin.rbac.v1.clusterrolebindings.create({
    metadata: { name: "role-makers" },
    subjects: [{ kind: "User", apiGroup: rbacGroup, name: "maker" }],
    roleRef: { apiGroup: rbacGroup, kind: "ClusterRole", name: "admin" },
  });
  const { roles, rolebindings } = as("maker").rbac.v1;
  const metadata = { name: "made", namespace: "default" };
  await roles.create({ metadata, rules: [{ verbs: ["get"], apiGroups: [""], resources: ["pods"] }] });
  await assert.rejects(
    roles.create({
      metadata: { ...metadata, name: "more" },
      rules: [{ verbs: ["delete"], apiGroups: [""], resources: ["nodes"] }],
    }),
    {
      reason: "Forbidden",
      message:
        'roles.rbac.authorization.k8s.io "more" is forbidden: user "maker" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["nodes"], Verbs:["delete"]}',
    },
  );
  const binding = { subjects: [{ kind: "User", apiGroup: rbacGroup, name: "friend" }] };
  const bound = (name: string) => ({ apiGroup: rbacGroup, kind: "ClusterRole", name });
  await rolebindings.create({ metadata, ...binding, roleRef: bound("view") });
  await assert.rejects(
    rolebindings.create({ metadata: { ...metadata, name: "more" }, ...binding, roleRef: bound("cluster-admin") }),
    { reason: "Forbidden" },
  );
});

async function tokenFor(spec: object): Promise<string> {
  const request = { namespace: "default", name: "builder", object: { spec } };
  const { status } = await admin.call(ServiceAccountServiceDefinition, "createToken", request);
  return status?.token ?? "";
}

function review(token: string, audiences: string[] = []) {
  return admin.call(TokenReviewServiceDefinition, "create", { object: { spec: { token, audiences } } });
}

test("a token of a service account says who it is, for its audiences", async () => {
  const { status } = await review(await tokenFor({ expirationSeconds: 600 }));
  assert.equal(status?.authenticated, true);
  assert.equal(status?.user?.username, "system:serviceaccount:default:builder");
  assert.deepEqual(status?.user?.groups, [
    "system:serviceaccounts",
    "system:serviceaccounts:default",
    "system:authenticated",
  ]);
  assert.deepEqual(status?.audiences, ["https://kubernetes.default.svc.cluster.local"]);
  const forVault = await tokenFor({ audiences: ["vault"] });
  assert.equal((await review(forVault)).status?.authenticated, false);
  assert.deepEqual((await review(forVault, ["vault", "other"])).status?.audiences, ["vault"]);
  const [header, claims] = forVault.split(".");
  assert.equal((await review(`${header}.${claims}.AAAA`, ["vault"])).status?.authenticated, false);
});

test("a token ends with the pod that it is bound to", async () => {
  const pod = await admin.core.v1.pods.create({
    metadata: { name: "bound", namespace: "default" },
    spec: { serviceAccountName: "builder", containers: [{ name: "c", image: "i" }] },
  });
  const uid = pod.metadata?.uid;
  const token = await tokenFor({ boundObjectRef: { apiVersion: "v1", kind: "Pod", name: "bound", uid } });
  const { status } = await review(token);
  assert.deepEqual(status?.user?.extra?.["authentication.kubernetes.io/pod-name"], ["bound"]);
  await admin.core.v1.pods.delete("bound", { namespace: "default", gracePeriodSeconds: 0 });
  assert.equal((await review(token)).status?.authenticated, false);
  await assert.rejects(tokenFor({ boundObjectRef: { apiVersion: "v1", kind: "Pod", name: "bound", uid } }), {
    reason: "NotFound",
  });
});

test("a token lives for at least ten minutes", async () => {
  await assert.rejects(tokenFor({ expirationSeconds: 5 }), {
    reason: "Invalid",
    message:
      'TokenRequest.authentication.k8s.io "builder" is invalid: spec.expirationSeconds: Invalid value: 5: may not specify a duration less than 10 minutes',
  });
});

test("access is reviewed without being used", async () => {
  const ask = async (spec: object) =>
    (await admin.call(SubjectAccessReviewServiceDefinition, "create", { object: { spec } })).status;
  const list = { verb: "list", resource: "services" };
  assert.deepEqual(await ask({ user: "system:kube-proxy", resourceAttributes: list }), {
    allowed: true,
    reason:
      'RBAC: allowed by ClusterRoleBinding "system:node-proxier" of ClusterRole "system:node-proxier" to User "system:kube-proxy"',
  });
  assert.deepEqual(await ask({ user: "jane", resourceAttributes: list }), { allowed: false });
  const path = { verb: "get", path: "/apis/apps/v1" };
  assert.equal(
    (await ask({ user: "j", groups: ["system:authenticated"], nonResourceAttributes: path }))?.allowed,
    true,
  );
  await assert.rejects(ask({ user: "jane" }), { reason: "Invalid" });
});

test("everybody may ask who he is and what he may do", async () => {
  const jane = as("jane", "team");
  const { status } = await jane.call(SelfSubjectReviewServiceDefinition, "create", { object: {} });
  assert.deepEqual(status?.userInfo, { username: "jane", groups: ["team", "system:authenticated"] });
  const object = { spec: { namespace: "default" } };
  const rules = await jane.call(SelfSubjectRulesReviewServiceDefinition, "create", { object });
  assert.ok(rules.status?.resourceRules?.some(({ resources }) => resources?.includes("selfsubjectreviews")));
  assert.ok(rules.status?.nonResourceRules?.some(({ nonResourceURLs }) => nonResourceURLs?.includes("/version")));
});

test("a kubelet reads only the secrets of its pods", async () => {
  const { secrets, pods } = admin.core.v1;
  for (const name of ["used", "unused"]) await secrets.create({ metadata: { name, namespace: "default" } });
  const volumes = [{ name: "v", secret: { secretName: "used" } }];
  await pods.create({
    metadata: { name: "user", namespace: "default" },
    spec: { nodeName: "n1", containers: [{ name: "c", image: "i" }], volumes },
  });
  const node = as("system:node:n1", "system:nodes");
  await node.core.v1.secrets.get("used", { namespace: "default" });
  await assert.rejects(node.core.v1.secrets.get("unused", { namespace: "default" }), {
    message: /no relationship found between node 'n1' and this object/,
  });
  await assert.rejects(node.core.v1.secrets.list(), { reason: "Forbidden" });
  await assert.rejects(as("system:node:n2", "system:nodes").core.v1.secrets.get("used", { namespace: "default" }), {
    reason: "Forbidden",
  });
});

test("a kubelet asks for tokens of the pods on its node only", async () => {
  const make = (name: string, nodeName: string) =>
    admin.core.v1.pods.create({
      metadata: { name, namespace: "default" },
      spec: { nodeName, serviceAccountName: "builder", containers: [{ name: "c", image: "i" }] },
    });
  const [own, other] = [await make("here", "n5"), await make("there", "n6")];
  const ask = async ({ metadata }: { metadata?: { name?: string; uid?: string } }, boundUid = metadata?.uid) => {
    const spec = { boundObjectRef: { apiVersion: "v1", kind: "Pod", name: metadata?.name, uid: boundUid } };
    const request = { namespace: "default", name: "builder", object: { spec } };
    return as("system:node:n5", "system:nodes").call(ServiceAccountServiceDefinition, "createToken", request);
  };
  assert.ok((await ask(own)).status?.token);
  await assert.rejects(ask(other), { message: /token bound to a pod scheduled on a different node/ });
  await assert.rejects(ask(own, ""), { message: /a pod binding without a uid/ });
});
