import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createTokenCleaner } from "../bootstraptoken/cleaner.ts";
import { createBootstrapSigner } from "../bootstraptoken/signer.ts";
import { createClusterRoleAggregationController } from "../clusterroleaggregation/controller.ts";
import { createRootCaCertPublisher } from "../rootcacertpublisher/controller.ts";
import { eventuallyHolds, startTestCluster, type TestCluster } from "../testing/test-cluster.ts";
import { createTokensController } from "./tokens-controller.ts";

let cluster: TestCluster;

before(async () => {
  cluster = await startTestCluster([
    createTokensController,
    createRootCaCertPublisher,
    createClusterRoleAggregationController,
    createBootstrapSigner,
    createTokenCleaner,
  ]);
});
after(() => cluster.close());

const base64 = (text: string) => Buffer.from(text).toString("base64");

test("a secret for a service account is filled with a token, and goes with the account", async () => {
  const { secrets, serviceaccounts } = cluster.client.core.v1;
  await serviceaccounts.create({ metadata: { name: "robot", namespace: "default" } });
  const annotations = { "kubernetes.io/service-account.name": "robot" };
  const made = await secrets.create({
    metadata: { name: "robot-token", namespace: "default", annotations },
    type: "kubernetes.io/service-account-token",
  });
  const token = Buffer.from(made.data?.token ?? "", "base64").toString();
  assert.equal(token.split(".").length, 3);
  assert.equal(made.data?.namespace, base64("default"));
  await serviceaccounts.delete("robot", { namespace: "default" });
  await eventuallyHolds(() =>
    assert.rejects(secrets.get("robot-token", { namespace: "default" }), { reason: "NotFound" }),
  );
});

test("the cluster's authority is in every namespace, as the apiserver says it", async () => {
  const { configmaps, namespaces } = cluster.client.core.v1;
  const data = { "client-ca-file": "the certificate" };
  await configmaps.create({ metadata: { name: "extension-apiserver-authentication", namespace: "kube-system" }, data });
  await namespaces.create({ metadata: { name: "later" } });
  const has = async (namespace: string) => {
    const found = await configmaps.get("kube-root-ca.crt", { namespace });
    assert.deepEqual(found.data, { "ca.crt": "the certificate" });
  };
  for (const namespace of ["default", "later"]) await eventuallyHolds(() => has(namespace));
  await configmaps.delete("kube-root-ca.crt", { namespace: "later" });
  await eventuallyHolds(() => has("later"));
});

test("cluster roles are put together by their labels", async () => {
  const { clusterroles } = cluster.client.rbac.v1;
  const rules = [{ verbs: ["get"], apiGroups: ["example.org"], resources: ["widgets"] }];
  const labels = { "rbac.authorization.k8s.io/aggregate-to-view": "true" };
  await clusterroles.create({ metadata: { name: "widgets", labels }, rules });
  for (const name of ["view", "edit", "admin"]) {
    await eventuallyHolds(async () => {
      const role = await clusterroles.get(name);
      assert.ok(role.rules?.some(({ apiGroups }) => apiGroups?.includes("example.org")));
    });
  }
});

test("cluster-info is signed with each token for it, and a token goes when its time is over", async () => {
  const { configmaps, secrets } = cluster.client.core.v1;
  const create = (id: string, lifetimeMs: number) => {
    const data = {
      "token-id": base64(id),
      "token-secret": base64("0123456789abcdef"),
      "usage-bootstrap-signing": base64("true"),
      expiration: base64(new Date(Date.now() + lifetimeMs).toISOString()),
    };
    const metadata = { name: `bootstrap-token-${id}`, namespace: "kube-system" };
    return secrets.create({ metadata, type: "bootstrap.kubernetes.io/token", data });
  };
  await create("abcdef", 3_600_000);
  await create("ghijkl", 1_000);
  await configmaps.create({ metadata: { name: "cluster-info", namespace: "kube-public" }, data: { kubeconfig: "x" } });
  await eventuallyHolds(async () => {
    const info = await configmaps.get("cluster-info", { namespace: "kube-public" });
    assert.match(info.data?.["jws-kubeconfig-abcdef"] ?? "", /^[\w-]+\.\.[\w-]+$/);
  });
  await eventuallyHolds(() =>
    assert.rejects(secrets.get("bootstrap-token-ghijkl", { namespace: "kube-system" }), { reason: "NotFound" }),
  );
  assert.ok(await secrets.get("bootstrap-token-abcdef", { namespace: "kube-system" }));
});
