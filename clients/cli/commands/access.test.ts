import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { connect } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { PodPortForwardRequest, PodPortForwardResponse } from "../../../gen/typernetes/core/v1/pod.ts";
import { eventually } from "../../../lib/base/eventually.ts";
import { startTestCluster, type TestCluster } from "../test-cluster.ts";
import { startTestKubelet, type TestKubelet } from "../test-kubelet.ts";

describe("who may do what, and ways in", () => {
  let cluster: TestCluster;
  let kubelet: TestKubelet;

  before(async () => {
    cluster = await startTestCluster();
    kubelet = await startTestKubelet(cluster, {
      async *log() {},
      async *exec() {},
      portForward: echo,
    });
    const { pods, services, serviceaccounts } = cluster.client.core.v1;
    const namespace = "default";
    await serviceaccounts.create({ metadata: { name: "builder", namespace } });
    const ports = [{ name: "http", containerPort: 8000 }];
    const web = await pods.create({
      metadata: { name: "web-1", namespace, labels: { app: "web" } },
      spec: { nodeName: kubelet.nodeName, containers: [{ name: "main", image: "x", ports }] },
    });
    await pods.updateStatus({ ...web, status: { phase: "Running" } });
    const spec = { selector: { app: "web" }, ports: [{ port: 80, targetPort: "http" }] };
    await services.create({ metadata: { name: "web", namespace }, spec });
  });
  after(async () => {
    await kubelet.close();
    await cluster.close();
  });

  test("auth whoami tells name and groups", async () => {
    const { stdout } = await cluster.typectl(["auth", "whoami"]);
    assert.match(
      stdout,
      /^ATTRIBUTE +VALUE\nUsername +kubernetes-admin\nGroups +\[.*system:masters.*system:authenticated\]\n/,
    );
    const { stdout: name } = await cluster.typectl(["auth", "whoami", "-o", "jsonpath={.status.userInfo.username}"]);
    assert.equal(name, "kubernetes-admin");
  });

  test("auth can-i answers for kinds, paths and by the exit code", async () => {
    const yes = await cluster.typectl("auth can-i create deployments".split(" "));
    assert.deepEqual([yes.code, yes.stdout], [0, "yes\n"]);
    const quiet = await cluster.typectl("auth can-i get /metrics -q".split(" "));
    assert.deepEqual([quiet.code, quiet.stdout], [0, ""]);
    const nodes = await cluster.typectl("auth can-i get nodes -n default".split(" "));
    assert.deepEqual([nodes.stdout, nodes.stderr], ["yes\n", "Warning: resource 'nodes' is not namespace scoped\n\n"]);
    const wrong = await cluster.typectl("auth can-i get".split(" "));
    assert.match(wrong.stderr, /^error: you must specify two arguments/);
  });

  test("auth can-i --list prints a line per resource", async () => {
    const { stdout } = await cluster.typectl("auth can-i --list".split(" "));
    assert.match(stdout, /^Resources +Non-Resource URLs +Resource Names +Verbs\n/);
    assert.match(stdout, /^\*\.\* +\[\] +\[\] +\[\*\]$/m);
  });

  test("create token prints a token for whom it is asked", async () => {
    const words = "create token builder --duration=20m --audience=https://example.com".split(" ");
    const { stdout, stderr } = await cluster.typectl(words);
    assert.equal(stderr, "");
    const claims: unknown = JSON.parse(Buffer.from(stdout.split(".")[1] ?? "", "base64url").toString());
    assert.ok(claims && typeof claims === "object" && "sub" in claims && "aud" in claims);
    assert.deepEqual([claims.sub, claims.aud], ["system:serviceaccount:default:builder", ["https://example.com"]]);
    const named = await cluster.typectl("create token builder -o name".split(" "));
    assert.equal(named.stdout, "tokenrequest.authentication.k8s.io/builder\n");
  });

  test("create token refuses half a bound object", async () => {
    const { stderr } = await cluster.typectl("create token builder --bound-object-kind=Pod".split(" "));
    assert.equal(stderr, "error: --bound-object-name is required if --bound-object-kind is provided\n");
  });

  test("certificate approve and deny judge once", async () => {
    const key = join(cluster.directory, "key.pem");
    const keyWords = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key];
    const pem = execFileSync("openssl", ["req", "-new", ...keyWords, "-subj", "/CN=jane"], { stdio: "pipe" });
    const { certificatesigningrequests: requests } = cluster.client.certificates.v1;
    const spec = {
      request: pem.toString("base64"),
      signerName: "kubernetes.io/kube-apiserver-client",
      usages: ["client auth"],
    };
    for (const name of ["jane", "joe"]) await requests.create({ metadata: { name }, spec });
    const approved = await cluster.typectl(["certificate", "approve", "jane"]);
    assert.deepEqual(
      [approved.stderr, approved.stdout],
      ["", "certificatesigningrequest.certificates.k8s.io/jane approved\n"],
    );
    const denied = await cluster.typectl(["certificate", "deny", "csr/joe"]);
    assert.equal(denied.stdout, "certificatesigningrequest.certificates.k8s.io/joe denied\n");
    const [jane, joe] = [await requests.get("jane"), await requests.get("joe")];
    const types = [jane, joe].map(({ status }) => status?.conditions?.map(({ type }) => type));
    assert.deepEqual(types, [["Approved"], ["Denied"]]);
    const again = await cluster.typectl(["certificate", "deny", "jane"]);
    assert.equal(again.stderr, 'error: certificate signing request "jane" is already Approved\n');
  });

  test("port-forward carries connections to the pod's port that a service means", async () => {
    const end = new AbortController();
    let local = 0;
    const running = cluster.typectl(["port-forward", "service/web", ":80", "--address=127.0.0.1"], {
      signal: end.signal,
      onOutput: (text) => {
        local ||= Number(/^Forwarding from 127\.0\.0\.1:(\d+) -> 8000$/m.exec(text)?.[1] ?? 0);
      },
    });
    try {
      await eventually(() => local > 0);
      const socket = connect(local, "127.0.0.1");
      socket.end("ping");
      let answer = "";
      for await (const chunk of socket) answer += String(chunk);
      assert.equal(answer, "8000:ping");
    } finally {
      end.abort();
    }
    const { stdout } = await running;
    assert.match(stdout, /\nHandling connection for \d+\n$/);
  });

  test("port-forward refuses ports that there are not", async () => {
    const cases = [
      ["web-1 nope", "Pod does not have a named port 'nope'"],
      ["svc/web 81", "Service web does not have a service port 81"],
      ["web-1 1:2:3", "invalid port format '1:2:3'"],
    ];
    for (const [words = "", message] of cases) {
      const { stderr } = await cluster.typectl(["port-forward", ...words.split(" ")]);
      assert.equal(stderr, `error: ${message}\n`);
    }
  });
});

/** Answers with the port and what came in, once all has come. */
async function* echo(requests: AsyncIterable<PodPortForwardRequest>): AsyncGenerator<PodPortForwardResponse> {
  let port = 0;
  for await (const request of requests) {
    port = request.port ?? port;
    if (port && request.port) yield { data: Buffer.from(`${port}:`) };
    if (request.data?.length) yield { data: request.data };
    if (request.closed) break;
  }
  yield { closed: true };
}
