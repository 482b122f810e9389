import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { mustRun } from "../support/program.ts";
import { waitFor } from "../support/wait.ts";
import { kubectlCluster } from "./kubectl-cluster.ts";

const cluster = kubectlCluster(async (cluster) => {
  await cluster.kubectl("create", "serviceaccount", "reader");
  await cluster.kubectl("create", "role", "reader", "--verb=get,list", "--resource=pods");
  await cluster.kubectl("create", "rolebinding", "reader", "--role=reader", "--serviceaccount=default:reader");
});

const reader = "--as=system:serviceaccount:default:reader";

test("auth can-i, for oneself and for others", async () => {
  assert.equal(await cluster.kubectl("auth", "can-i", "delete", "nodes"), "yes\n");
  await waitFor(
    "the role is known",
    async () => (await cluster.run(["auth", "can-i", "get", "pods", reader])).code === 0,
  );
  assert.equal(await cluster.kubectl("auth", "can-i", "get", "pods", reader), "yes\n");
  const refused = await cluster.run(["auth", "can-i", "delete", "pods", reader]);
  assert.deepEqual([refused.code, refused.stdout.trim()], [1, "no"]);
  const list = await cluster.kubectl("auth", "can-i", "--list", reader);
  assert.match(list, /^Resources +Non-Resource URLs +Resource Names +Verbs\n/);
  assert.match(list, /^pods +\[\] +\[\] +\[get list\]$/m);
  assert.equal(
    await cluster.failure("get", "secrets", reader),
    'Error from server (Forbidden): secrets is forbidden: User "system:serviceaccount:default:reader" cannot list resource "secrets" in API group "" in the namespace "default"\n',
  );
});

test("auth reconcile and auth whoami", async () => {
  const role = {
    ...{ apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata: { name: "reader", namespace: "default" } },
    rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"] }],
  };
  const reconciled = await cluster.kubectl("auth", "reconcile", "-f", cluster.file("role.json", role));
  assert.match(reconciled, /^role\.rbac\.authorization\.k8s\.io\/reader reconciled\n/);
  if (cluster.minor >= 27) {
    const self = await cluster.kubectl("auth", "whoami", reader);
    assert.match(self, /^ATTRIBUTE +VALUE\nUsername +system:serviceaccount:default:reader\n/);
  }
});

test("a token of a service account opens what its role allows", async () => {
  const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: 600 } };
  const path = "/api/v1/namespaces/default/serviceaccounts/reader/token";
  const token =
    cluster.minor >= 24
      ? (await cluster.kubectl("create", "token", "reader", "--duration=10m")).trim()
      : /"token":\s*"([^"]+)"/.exec(
          await cluster.kubectlWith({ input: JSON.stringify(request) }, "create", "--raw", path, "-f", "-"),
        )?.[1];
  assert.match(token ?? "", /^[\w-]+\.[\w-]+\.[\w-]+$/);
  const server = await cluster.kubectl("config", "view", "-o", "jsonpath={.clusters[0].cluster.server}");
  const own = ["--kubeconfig=/dev/null", `--server=${server}`, "--insecure-skip-tls-verify", `--token=${token}`];
  assert.equal((await cluster.run(["get", "pods", ...own])).code, 0);
  assert.match(
    await cluster.failure("get", "nodes", ...own),
    /cannot list resource "nodes" in API group "" at the cluster scope/,
  );
  assert.match(
    await cluster.failure("get", "pods", ...own.slice(0, 3), "--token=none.such.token"),
    /You must be logged in to the server \((Unauthorized|the server has asked for the client to provide credentials)\)/,
  );
});

test("a certificate that is approved is issued, and known", async () => {
  const key = join(cluster.home, "ada.key");
  const subject = ["-subj", "/CN=ada/O=readers", "-keyout", key];
  const pem = await mustRun("openssl", [
    "req",
    "-new",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    ...subject,
  ]);
  const csr = (name: string) => ({
    ...{ apiVersion: "certificates.k8s.io/v1", kind: "CertificateSigningRequest", metadata: { name } },
    spec: {
      request: Buffer.from(pem).toString("base64"),
      signerName: "kubernetes.io/kube-apiserver-client",
      usages: ["client auth"],
    },
  });
  const full = "certificatesigningrequest.certificates.k8s.io";
  for (const name of ["ada", "eve"]) assert.equal(await cluster.apply(csr(name)), `${full}/${name} created\n`);
  const [, row = ""] = (await cluster.kubectl("get", "csr", "ada")).split("\n");
  assert.match(row, /^ada +(\d+[ms])+ +kubernetes\.io\/kube-apiserver-client +\S+ +<none> +Pending$/);
  assert.equal(await cluster.kubectl("certificate", "approve", "ada"), `${full}/ada approved\n`);
  assert.equal(await cluster.kubectl("certificate", "deny", "eve"), `${full}/eve denied\n`);
  const certificate = await waitFor("it is issued", async () => {
    const encoded = await cluster.field("csr/ada", ".status.certificate");
    return encoded !== "" && Buffer.from(encoded, "base64").toString();
  });
  assert.match(await cluster.kubectl("get", "csr"), /^ada .* Approved,Issued\neve .* Denied$/m);
  const own = [`--client-certificate=${cluster.file("ada.crt", certificate)}`, `--client-key=${key}`, "--user=ada"];
  await cluster.kubectl("config", "set-credentials", "ada", ...own.slice(0, 2));
  assert.match(await cluster.failure("get", "pods", "--user=ada"), /pods is forbidden: User "ada" cannot list/);
});
