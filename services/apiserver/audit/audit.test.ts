import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { administrator, startTestRestServer } from "../rest/test-rest-server.ts";
import { startTestApiserver } from "../test-harness.ts";
import { AuditLog } from "./audit-log.ts";
import { AuditPolicy } from "./audit-policy.ts";

const directory = mkdtempSync(join(tmpdir(), "typernetes-audit-"));
after(() => rmSync(directory, { recursive: true, force: true }));

const policy = `
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: None
  users: [system:apiserver]
- level: RequestResponse
  resources:
  - group: ""
    resources: [configmaps, secrets]
- level: Metadata
  verbs: [delete]
`;

interface LoggedEvent {
  level: string;
  stage: string;
  verb: string;
  requestURI: string;
  user: { username: string };
  objectRef: Record<string, string>;
  responseStatus?: { code: number; reason?: string };
  requestObject?: { data?: Record<string, string> };
  responseObject?: { metadata?: { uid?: string } };
}

test("requests are written down as the policy says, secrets' bodies never", async () => {
  const [policyFile, logPath] = [join(directory, "policy.yaml"), join(directory, "audit.log")];
  writeFileSync(policyFile, policy);
  const server = await startTestApiserver({ audit: { policyFile, logPath } });
  const { configmaps, secrets, pods } = server.client().core.v1;
  const metadata = { name: "a", namespace: "default" };
  await configmaps.create({ metadata, data: { key: "shown" } });
  await secrets.create({ metadata, data: { key: "aGlkZGVu" } });
  await pods.list({ namespace: "default" });
  await assert.rejects(pods.delete("none", { namespace: "default" }));
  await assert.rejects(
    server.client({ user: "jane", groups: [] }).core.v1.configmaps.get("a", { namespace: "default" }),
  );
  await server.close();
  const text = readFileSync(logPath, "utf8");
  const events: LoggedEvent[] = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const summary = events.map(({ level, verb, requestURI, user, responseStatus }) =>
    [level, verb, requestURI, user.username, responseStatus?.code].join(" "),
  );
  assert.deepEqual(summary, [
    "RequestResponse create /api/v1/namespaces/default/configmaps kubernetes-admin 200",
    "Metadata create /api/v1/namespaces/default/secrets kubernetes-admin 200",
    "Metadata delete /api/v1/namespaces/default/pods/none kubernetes-admin 404",
    "RequestResponse get /api/v1/namespaces/default/configmaps/a jane 403",
  ]);
  assert.deepEqual(events[0]?.requestObject?.data, { key: "shown" });
  assert.ok(events[0]?.responseObject?.metadata?.uid);
  assert.ok(!text.includes("aGlkZGVu"));
});

test("a request over REST is written down with whence it came and who sent it", async () => {
  const [policyFile, logPath] = [join(directory, "all.yaml"), join(directory, "rest.log")];
  writeFileSync(policyFile, "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n");
  const server = await startTestRestServer({ audit: { policyFile, logPath } });
  const headers = { "user-agent": "tester", "impersonate-user": "jane" };
  const client = await server.client(administrator);
  const answer = await client.get("/api/v1/nodes?limit=5", headers);
  await client.get("/metrics", headers);
  await server.close();
  const events = readFileSync(logPath, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const [event, path] = ["/api/v1/nodes?limit=5", "/metrics"].map((uri) =>
    events.find(({ requestURI, stage }) => requestURI === uri && stage === "ResponseComplete"),
  );
  assert.equal(event.auditID, answer.headers["audit-id"]);
  assert.deepEqual(event.sourceIPs, ["127.0.0.1"]);
  assert.deepEqual([event.userAgent, event.verb, event.responseStatus.code], ["tester", "list", 403]);
  assert.deepEqual([event.user.username, event.impersonatedUser.username], ["kubernetes-admin", "jane"]);
  assert.equal(path.responseStatus.code, 403);
});

test("rules are found by who asks and for what", () => {
  const rules = [
    { level: "None" as const, users: ["a"], nonResourceURLs: ["/healthz*"] },
    { level: "Request" as const, userGroups: ["g"], namespaces: ["n"], resources: [{ group: "apps" }] },
    { level: "Metadata" as const, resources: [{ resources: ["pods/*"] }, { resources: ["*/scale"] }] },
  ];
  const found = new AuditPolicy({ apiVersion: "audit.k8s.io/v1", kind: "Policy", rules });
  const levelOf = (
    user: string,
    attributes: { group?: string; resource: string; subresource?: string; namespace?: string },
  ) => found.scopeOf({ user, groups: ["g"] }, { verb: "get", version: "v1", group: "", ...attributes }).level;
  assert.equal(found.scopeOf({ user: "a", groups: [] }, { verb: "get", path: "/healthz/x" }).level, "None");
  assert.equal(levelOf("x", { group: "apps", resource: "deployments", namespace: "n" }), "Request");
  assert.equal(levelOf("x", { group: "apps", resource: "deployments", namespace: "m" }), "None");
  assert.equal(levelOf("x", { resource: "pods", subresource: "log" }), "Metadata");
  assert.equal(levelOf("x", { resource: "services", subresource: "scale" }), "Metadata");
  assert.equal(levelOf("x", { resource: "nodes" }), "None");
});

test("a log that has grown is put aside, and few of those are kept", () => {
  const path = join(directory, "small.log");
  const log = new AuditLog({ path, maxBytes: 100, maxBackups: 1 });
  for (let i = 0; i < 6; i++) {
    log.write({ text: "x".repeat(60), i });
    log.flush();
  }
  log.close();
  log.write({ text: "a request that ends after the server", i: 6 });
  log.flush();
  const files = readdirSync(directory).filter((name) => name.startsWith("small"));
  assert.equal(files.length, 2);
  assert.equal(JSON.parse(readFileSync(path, "utf8")).i, 5);
});
