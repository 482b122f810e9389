import "reflect-metadata";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { CertificateSigningRequest } from "../../../gen/typernetes/certificates/v1/certificate_signing_request.ts";
import { CertificateSigningRequestServiceDefinition } from "../../../gen/typernetes/certificates/v1/certificate_signing_request.ts";
import { eventually } from "../../../lib/base/eventually.ts";
import type { Client } from "../../../lib/client/client.ts";
import { startTestApiserver, type TestApiserver } from "../test-harness.ts";

const directory = mkdtempSync(join(tmpdir(), "typernetes-certificates-"));
let server: TestApiserver;
let admin: Client;

before(async () => {
  const listen = { pkiDirectory: join(directory, "pki"), host: "127.0.0.1", grpcPort: 0, httpsPort: 0 };
  server = await startTestApiserver({ listen, advertiseAddress: "192.0.2.7" });
  admin = server.client();
});
after(async () => {
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

/** A request made by openssl, as clients make them. */
function requestFor(subject: string): string {
  const key = join(directory, "key.pem");
  const keyArguments = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key];
  const pem = execFileSync("openssl", ["req", "-new", ...keyArguments, "-subj", subject], { stdio: "pipe" });
  return pem.toString("base64");
}

function newRequest(name: string, subject: string, signer: string): CertificateSigningRequest {
  const usages = ["digital signature", "client auth"];
  const signerName = `kubernetes.io/${signer}`;
  return { metadata: { name }, spec: { request: requestFor(subject), signerName, usages } };
}

async function approve(client: Client, name: string): Promise<void> {
  const object = await admin.certificates.v1.certificatesigningrequests.get(name);
  const conditions = [{ type: "Approved", status: "True", reason: "ByTest", message: "" }];
  const request = { object: { ...object, status: { ...object.status, conditions } } };
  await client.call(CertificateSigningRequestServiceDefinition, "updateApproval", request);
}

function issued(name: string): Promise<CertificateSigningRequest> {
  return eventually(async () => {
    const found = await admin.certificates.v1.certificatesigningrequests.get(name);
    return found.status?.certificate || found.status?.conditions?.some(({ type }) => type === "Failed")
      ? found
      : undefined;
  });
}

test("a certificate is issued once it is approved, by who may approve for its signer", async () => {
  const { certificatesigningrequests } = admin.certificates.v1;
  const made = await certificatesigningrequests.create(newRequest("jane", "/O=team/CN=jane", "kube-apiserver-client"));
  assert.equal(made.spec?.username, "kubernetes-admin");
  await admin.rbac.v1.clusterroles.create({
    metadata: { name: "updates" },
    rules: [
      {
        verbs: ["update"],
        apiGroups: ["certificates.k8s.io"],
        resources: ["certificatesigningrequests/approval"],
      },
    ],
  });
  await admin.rbac.v1.clusterrolebindings.create({
    metadata: { name: "updates" },
    subjects: [{ kind: "User", apiGroup: "rbac.authorization.k8s.io", name: "clerk" }],
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "updates" },
  });
  await assert.rejects(approve(server.client({ user: "clerk", groups: [] }), "jane"), {
    message: /user not permitted to approve requests with signerName "kubernetes.io\/kube-apiserver-client"/,
  });
  await approve(admin, "jane");
  const { status } = await issued("jane");
  const certificate = new X509Certificate(Buffer.from(status?.certificate ?? "", "base64"));
  assert.equal(certificate.subject, "O=team\nCN=jane");
  assert.ok(certificate.verify(new X509Certificate(server.apiserver.pki?.caCertificate ?? "").publicKey));
});

test("nobody asks for an administrator's certificate", async () => {
  const request = newRequest("root", "/O=system:masters/CN=root", "kube-apiserver-client");
  await assert.rejects(admin.certificates.v1.certificatesigningrequests.create(request), { reason: "Forbidden" });
});

test("a kubelet's first certificate is approved for who joins, and must be a kubelet's", async () => {
  const group = (name: string) => ({ kind: "Group", apiGroup: "rbac.authorization.k8s.io", name });
  const bind = (name: string, subject: string) =>
    admin.rbac.v1.clusterrolebindings.create({
      metadata: { name },
      subjects: [group(subject)],
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
    });
  await bind("system:node-bootstrapper", "system:bootstrappers");
  await bind("system:certificates.k8s.io:certificatesigningrequests:nodeclient", "system:bootstrappers");
  const joining = server.client({ user: "system:bootstrap:abcdef", groups: ["system:bootstrappers"] });
  const signer = "kube-apiserver-client-kubelet";
  const { certificatesigningrequests } = joining.certificates.v1;
  await certificatesigningrequests.create(newRequest("node", "/O=system:nodes/CN=system:node:n1", signer));
  const { status } = await issued("node");
  assert.equal(status?.conditions?.[0]?.reason, "AutoApproved");
  assert.match(new X509Certificate(Buffer.from(status?.certificate ?? "", "base64")).subject, /CN=system:node:n1/);
  await certificatesigningrequests.create(newRequest("other", "/CN=system:node:n1", signer));
  await approve(admin, "other");
  const other = await issued("other");
  assert.equal(other.status?.conditions?.at(-1)?.message, "subject organization is not system:nodes");
});
