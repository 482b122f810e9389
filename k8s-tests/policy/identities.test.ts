import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { ClusterRole } from "../../clients/sdk/index.ts";
import { ServiceAccountServiceDefinition } from "../../gen/typernetes/core/v1/service_account.ts";
import { conditionOf } from "../support/pods.ts";
import { sharedCluster } from "../support/shared-cluster.ts";

describe("identities", { concurrency: 6 }, () => {
  const cluster = sharedCluster(["--without", "scheduler,kubelet,proxy,dns"]);
  const core = () => cluster.client.core.v1;
  const requests = () => cluster.client.certificates.v1.certificatesigningrequests;

  /** A request for a certificate of this subject, as openssl makes it. */
  function certificateRequest(name: string, subject: string): string {
    const key = [
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-nodes",
      "-keyout",
      join(cluster.dataDir, `${name}.key`),
    ];
    const args = ["req", "-new", ...key, "-subj", subject];
    return Buffer.from(execFileSync("openssl", args, { stdio: ["ignore", "pipe", "ignore"] })).toString("base64");
  }

  async function ask(name: string, subject: string, signer = "kube-apiserver-client"): Promise<void> {
    const usages = ["digital signature", "client auth"];
    const spec = { request: certificateRequest(name, subject), signerName: `kubernetes.io/${signer}`, usages };
    await requests().create({ metadata: { name }, spec });
  }

  async function judge(name: string, type: "Approved" | "Denied"): Promise<void> {
    const conditions = [{ type, status: "True", reason: "Tested", message: "by a test" }];
    await requests().patch(name, { status: { conditions } }, { subresource: "approval" });
  }

  test("a certificate is signed once its request is approved, and opens the door", async () => {
    const space = await cluster.space("csr");
    await ask("jane", "/O=team/CN=jane");
    await judge("jane", "Approved");
    const signed = await space.untilOne("it is signed", requests(), "jane", (it) =>
      it?.status?.certificate ? it : undefined,
    );
    const pem = Buffer.from(signed.status?.certificate ?? "", "base64").toString();
    assert.match(pem, /^-----BEGIN CERTIFICATE-----/);
    const { spec } = await requests().get("jane");
    assert.equal(spec?.username, "kubernetes-admin");
    const shown = execFileSync("openssl", ["x509", "-noout", "-subject", "-ext", "extendedKeyUsage"], {
      input: pem,
      encoding: "utf8",
    });
    assert.match(shown, /O = team, CN = jane/);
    assert.match(shown, /TLS Web Client Authentication/);
  });

  test("a request that is denied is not signed, nor is one that nobody approved", async () => {
    const space = await cluster.space("denied");
    await ask("mallory", "/CN=mallory");
    await judge("mallory", "Denied");
    await ask("idle", "/CN=idle");
    await ask("good", "/CN=good");
    await judge("good", "Approved");
    await space.untilOne("the good one is signed", requests(), "good", (it) => it?.status?.certificate);
    assert.equal((await requests().get("mallory")).status?.certificate, undefined);
    assert.equal((await requests().get("idle")).status?.certificate, undefined);
    await assert.rejects(
      judge("mallory", "Approved"),
      /status\.conditions: Forbidden: updates may not remove a condition of type "Denied"/,
    );
    const both = ["Denied", "Approved"].map((type) => ({ type, status: "True", reason: "Tested" }));
    await assert.rejects(
      requests().patch("mallory", { status: { conditions: both } }, { subresource: "approval" }),
      /status\.conditions\[1\]\.type: Invalid value: "Approved": Approved and Denied conditions are mutually exclusive/,
    );
  });

  test("kubelets' own requests that are not in their form fail when they are approved", async () => {
    const space = await cluster.space("kubelet-csr");
    await ask("bad-node", "/CN=not-a-node", "kube-apiserver-client-kubelet");
    await judge("bad-node", "Approved");
    const failed = await space.untilOne("it has failed", requests(), "bad-node", (it) => conditionOf(it, "Failed"));
    assert.deepEqual([failed.status, failed.reason], ["True", "SignerValidationFailure"]);
  });

  test("cluster roles gather the rules of those that their selectors match", async () => {
    const space = await cluster.space("aggregation");
    const { clusterroles } = cluster.client.rbac.v1;
    const label = `${space.namespace}.example.com/part`;
    const part = (name: string, resources: string[]): ClusterRole => ({
      metadata: { name: `${space.namespace}-${name}`, labels: { [label]: "true" } },
      rules: [{ apiGroups: [""], resources, verbs: ["get"] }],
    });
    const name = `${space.namespace}-all`;
    const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { [label]: "true" } }] };
    await clusterroles.create(part("a", ["pods"]));
    await clusterroles.create({
      metadata: { name },
      aggregationRule,
      rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }],
    });
    const resourcesOf = (role: ClusterRole | undefined) =>
      role?.rules?.flatMap(({ resources = [] }) => resources).join(" ");
    await space.untilOne("it has the rules of the first", clusterroles, name, (it) => resourcesOf(it) === "pods");
    await clusterroles.create(part("b", ["services"]));
    await space.untilOne("and of the second", clusterroles, name, (it) => resourcesOf(it) === "pods services");
    await clusterroles.delete(`${space.namespace}-a`);
    await space.untilOne("and no more of the first", clusterroles, name, (it) => resourcesOf(it) === "services");
    assert.ok(((await clusterroles.get("view")).rules?.length ?? 0) > 0);
  });

  test("every namespace has the certificate of the API, again when it is changed or deleted", async () => {
    const space = await cluster.space("root-ca");
    const { configmaps } = core();
    const name = "kube-root-ca.crt";
    const { data } = await space.untilOne("it is there", configmaps, name, (it) => it);
    const certificate = data?.["ca.crt"] ?? "";
    assert.match(certificate, /^-----BEGIN CERTIFICATE-----/);
    await space.patch(configmaps, name, { data: { "ca.crt": "nonsense" } });
    await space.untilOne("it is set right", configmaps, name, (it) => it?.data?.["ca.crt"] === certificate);
    const before = await space.get(configmaps, name);
    await space.delete(configmaps, name);
    await space.untilOne("it is back", configmaps, name, (it) => it && it.metadata?.uid !== before.metadata?.uid);
  });

  test("every namespace has a service account, again when it is deleted", async () => {
    const space = await cluster.space("accounts");
    const { serviceaccounts } = core();
    const { metadata } = await space.get(serviceaccounts, "default");
    await space.delete(serviceaccounts, "default");
    await space.untilOne("it is back", serviceaccounts, "default", (it) => it && it.metadata?.uid !== metadata?.uid);
  });

  test("tokens of a service account: on request, in a secret, and none once the account has gone", async () => {
    const space = await cluster.space("tokens");
    const { serviceaccounts, secrets } = core();
    await space.create(serviceaccounts, { metadata: { name: "robot" } });
    const { namespace } = space;
    const object = {
      metadata: { name: "robot", namespace },
      spec: { audiences: ["example.com"], expirationSeconds: 600 },
    };
    const { status } = await cluster.client.call(ServiceAccountServiceDefinition, "createToken", {
      name: "robot",
      namespace,
      object,
    });
    const review = (token: string, audiences?: string[]) =>
      cluster.client.authentication.v1.tokenreviews.create({ spec: { token, ...(audiences && { audiences }) } });
    const asked = await review(status?.token ?? "", ["example.com"]);
    assert.equal(asked.status?.authenticated, true);
    assert.equal(asked.status?.user?.username, `system:serviceaccount:${namespace}:robot`);
    assert.notEqual((await review(status?.token ?? "", ["elsewhere"])).status?.authenticated, true);
    await space.create(secrets, {
      metadata: { name: "robot-token", annotations: { "kubernetes.io/service-account.name": "robot" } },
      type: "kubernetes.io/service-account-token",
    });
    const { data } = await space.untilOne("it is filled", secrets, "robot-token", (it) =>
      it?.data?.["token"] ? it : undefined,
    );
    assert.deepEqual(Object.keys(data ?? {}).sort(), ["ca.crt", "namespace", "token"]);
    const kept = Buffer.from(data?.["token"] ?? "", "base64").toString();
    assert.equal((await review(kept)).status?.user?.username, `system:serviceaccount:${namespace}:robot`);
    await space.delete(serviceaccounts, "robot");
    await space.untilGone(secrets, "robot-token");
    assert.notEqual((await review(kept)).status?.authenticated, true);
    assert.notEqual((await review(status?.token ?? "", ["example.com"])).status?.authenticated, true);
  });

  test("bootstrap tokens sign what joining nodes read, and go when their time is over", async () => {
    const { secrets, configmaps } = core();
    const token = (id: string, expiration: number) => ({
      metadata: { name: `bootstrap-token-${id}`, namespace: "kube-system" },
      type: "bootstrap.kubernetes.io/token",
      stringData: {
        ...{ "token-id": id, "token-secret": "0123456789abcdef", "usage-bootstrap-signing": "true" },
        ...{
          "usage-bootstrap-authentication": "true",
          expiration: new Date(expiration).toISOString().replace(/\.\d+/, ""),
        },
      },
    });
    const info = { name: "cluster-info", namespace: "kube-public" };
    await configmaps
      .create({ metadata: info, data: { kubeconfig: "a: b\n" } })
      .catch(() => configmaps.patch(info.name, { data: { kubeconfig: "a: b\n" } }, { namespace: info.namespace }));
    await secrets.create(token("abcdef", Date.now() + 3_600_000));
    const watched = cluster.in("kube-public");
    const { data } = await watched.untilOne("it is signed", configmaps, "cluster-info", (it) =>
      it?.data?.["jws-kubeconfig-abcdef"] ? it : undefined,
    );
    const [header = "", none, signature] = (data?.["jws-kubeconfig-abcdef"] ?? "").split(".");
    assert.equal(none, "");
    const content = Buffer.from(data?.["kubeconfig"] ?? "").toString("base64url");
    assert.equal(
      createHmac("sha256", "abcdef.0123456789abcdef").update(`${header}.${content}`).digest("base64url"),
      signature,
    );
    const review = await cluster.client.authentication.v1.tokenreviews.create({
      spec: { token: "abcdef.0123456789abcdef" },
    });
    assert.equal(review.status?.user?.username, "system:bootstrap:abcdef");
    await secrets.create(token("expire", Date.now() + 1_000));
    await cluster.in("kube-system").untilGone(secrets, "bootstrap-token-expire");
    await secrets.delete("bootstrap-token-abcdef", { namespace: "kube-system" });
    await watched.untilOne(
      "the signature goes",
      configmaps,
      "cluster-info",
      (it) => it && it.data?.["jws-kubeconfig-abcdef"] === undefined,
    );
  });
});
