import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { eventually } from "../../../../lib/base/eventually.ts";
import { administrator, startTestRestServer, type TestRestServer } from "../test-rest-server.ts";

const program = process.env["KUBECTL"] ?? "kubectl";
const isThere = spawnSync(program, ["version", "--client"], { stdio: "ignore" }).status === 0;
const skip = isThere || process.env["CI"] ? false : `no ${program} on this machine`;

let server: TestRestServer;
let directory: string;

before(async () => {
  server = await startTestRestServer();
  directory = mkdtempSync(join(tmpdir(), "typernetes-kubectl-"));
  const { tls } = await server.client(administrator);
  const base64 = (text = "") => Buffer.from(text).toString("base64");
  const cluster = {
    server: `https://127.0.0.1:${server.port}`,
    "certificate-authority-data": base64(tls.ca),
  };
  const user = { "client-certificate-data": base64(tls.cert), "client-key-data": base64(tls.key) };
  const config = {
    ...{ apiVersion: "v1", kind: "Config", "current-context": "test" },
    clusters: [{ name: "test", cluster }],
    users: [{ name: "test", user }],
    contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
  };
  writeFileSync(join(directory, "config"), JSON.stringify(config));
});

after(async () => {
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Runs it for up to two minutes. Answers all that it prints. */
function kubectl(args: readonly string[], input?: object): Promise<{ code: number | null; output: string }> {
  const env = { ...process.env, HOME: directory, KUBECONFIG: join(directory, "config") };
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, timeout: 120_000 });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output: Buffer.concat(chunks).toString() }));
    child.stdin.end(input === undefined ? "" : JSON.stringify(input));
  });
}

const container = { name: "web", image: "web", ports: [{ containerPort: 80 }], resources: { limits: { cpu: 1 } } };

function pod(more: object = {}) {
  const spec = { containers: [{ ...container, ...more }] };
  return { apiVersion: "v1", kind: "Pod", metadata: { name: "web" }, spec };
}

test("kubectl explains what a field is", { skip }, async () => {
  const { code, output } = await kubectl(["explain", "pods.spec"]);
  assert.equal(code, 0, output);
  assert.match(output, /containers\s+<\[\](?:Object|Container)>\s+-required-/);
  assert.match(output, /nodeName\s+<string>/);
});

test("kubectl refuses unknown fields and creates what is right", { skip }, async () => {
  const wrong = await kubectl(["create", "-f", "-"], pod({ unheardOf: 1 }));
  assert.notEqual(wrong.code, 0);
  assert.match(wrong.output, /unknown field "(?:spec\.containers\[0\]\.)?unheardOf"/);
  const tried = await kubectl(["apply", "--dry-run=server", "-f", "-"], pod());
  assert.match(tried.output, /pod\/web created \(server dry run\)/);
  const right = await kubectl(["create", "-f", "-"], pod());
  assert.match(right.output, /pod\/web created/);
});

test("kubectl explains and validates custom kinds", { skip }, async () => {
  const size = { type: "integer", description: "How large it is." };
  const spec = { type: "object", required: ["size"], properties: { size }, description: "What it should be." };
  const openAPIV3Schema = { type: "object", description: "A thing for tests.", properties: { spec } };
  const created = await kubectl(["apply", "-f", "-"], {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "things.tests.example.com" },
    spec: {
      ...{ group: "tests.example.com", scope: "Namespaced", names: { kind: "Thing", plural: "things" } },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  });
  assert.equal(created.code, 0, created.output);
  const established = "--for=condition=Established";
  await kubectl(["wait", established, "--timeout=60s", "crd/things.tests.example.com"]);
  // It is served a moment after it says that it will be.
  const { output } = await eventually(async () => {
    const told = await kubectl(["explain", "things.spec"]);
    return told.code === 0 && told;
  });
  assert.match(output, /What it should be\.[\s\S]*size\s+<integer>\s+-required-\s+How large it is\./);
  const thing = { apiVersion: "tests.example.com/v1", kind: "Thing", metadata: { name: "one" } };
  const wrong = await kubectl(["create", "-f", "-"], { ...thing, spec: { size: 1, colour: "red" } });
  assert.match(wrong.output, /unknown field "(?:spec\.)?colour"/);
  const right = await kubectl(["create", "-f", "-"], { ...thing, spec: { size: 1 } });
  assert.match(right.output, /thing\.tests\.example\.com\/one created/);
});
