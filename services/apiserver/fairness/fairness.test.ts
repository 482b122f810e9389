import assert from "node:assert/strict";
import { type ClientHttp2Session, connect } from "node:http2";
import { after, before, test } from "node:test";
import { eventually } from "../../../lib/base/eventually.ts";
import { createClient } from "../../../lib/client/create-client.ts";
import { administrator, type RestClient, startTestRestServer, type TestRestServer } from "../rest/test-rest-server.ts";

const flowControl = "/apis/flowcontrol.apiserver.k8s.io/v1";
const configMaps = "/api/v1/namespaces/default/configmaps";

let server: TestRestServer;
let admin: RestClient;

before(async () => {
  server = await startTestRestServer({ totalConcurrency: 20 });
  admin = await server.client(administrator);
  await eventually(async () => JSON.parse((await admin.get(`${flowControl}/flowschemas`)).text).items.length === 13);
});
after(() => server.close());

async function create(path: string, apiVersion: string, kind: string, body: object): Promise<void> {
  const { status, text } = await admin.send("POST", path, { body: { apiVersion, kind, ...body } });
  assert.equal(status, 201, text);
}

async function stored(plural: string, name: string) {
  const { text } = await admin.get(`${flowControl}/${plural}/${name}`);
  return JSON.parse(text);
}

async function dangling(name: string): Promise<string> {
  return (await stored("flowschemas", name)).status?.conditions?.[0]?.status ?? "";
}

test("built-in schemas and levels are there, and mandatory ones come back", async () => {
  const levels = JSON.parse((await admin.get(`${flowControl}/prioritylevelconfigurations`)).text).items;
  assert.deepEqual(
    levels.map(({ metadata }: { metadata: { name: string } }) => metadata.name),
    [
      "catch-all",
      "exempt",
      "global-default",
      "leader-election",
      "node-high",
      "system",
      "workload-high",
      "workload-low",
    ],
  );
  const { metadata } = await stored("flowschemas", "catch-all");
  assert.equal(metadata.annotations["apf.kubernetes.io/autoupdate-spec"], "true");
  await admin.send("DELETE", `${flowControl}/flowschemas/catch-all`);
  await eventually(async () => {
    const { uid } = (await stored("flowschemas", "catch-all")).metadata ?? {};
    return uid !== undefined && uid !== metadata.uid;
  });
});

test("a schema says whether its level is there", async () => {
  const spec = { priorityLevelConfiguration: { name: "mine" }, matchingPrecedence: 3000 };
  await create(`${flowControl}/flowschemas`, "flowcontrol.apiserver.k8s.io/v1", "FlowSchema", {
    ...{ metadata: { name: "mine" }, spec },
  });
  await eventually(async () => (await dangling("mine")) === "True");
  assert.equal(await dangling("global-default"), "False");
  await create(
    `${flowControl}/prioritylevelconfigurations`,
    "flowcontrol.apiserver.k8s.io/v1",
    "PriorityLevelConfiguration",
    { metadata: { name: "mine" }, spec: { type: "Limited", limited: { limitResponse: { type: "Reject" } } } },
  );
  await eventually(async () => (await dangling("mine")) === "False");
  await admin.send("DELETE", `${flowControl}/flowschemas/mine`);
  await admin.send("DELETE", `${flowControl}/prioritylevelconfigurations/mine`);
});

test("an answer tells how its request was treated", async () => {
  const exempt = await stored("flowschemas", "exempt");
  const level = await stored("prioritylevelconfigurations", "exempt");
  const { headers } = await admin.get("/api/v1/namespaces");
  assert.equal(headers["x-kubernetes-pf-flowschema-uid"], exempt.metadata.uid);
  assert.equal(headers["x-kubernetes-pf-prioritylevel-uid"], level.metadata.uid);
  const anybody = await server.client({ commonName: "jane" });
  const versions = await anybody.get("/version");
  const common = await stored("flowschemas", "global-default");
  assert.equal(versions.headers["x-kubernetes-pf-flowschema-uid"], common.metadata.uid);
  assert.match((await admin.get("/metrics")).text, /apiserver_flowcontrol_dispatched_requests_total\{priority_level=/);
});

interface Told {
  status: number;
  retryAfter: string | undefined;
  body: string;
}

function ask(session: ClientHttp2Session, path: string): Promise<Told> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ":path": path });
    let told: Told = { status: 0, retryAfter: undefined, body: "" };
    stream.on("response", (headers) => {
      const retryAfter = headers["retry-after"];
      told = { status: headers[":status"] ?? 0, retryAfter: retryAfter && String(retryAfter), body: "" };
    });
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => {
      told.body += told.status === 200 ? "" : chunk;
    });
    stream.on("error", reject);
    stream.on("end", () => resolve(told));
    stream.end();
  });
}

test("a client with hundreds of lists at a time hinders neither heartbeats nor leader election", async () => {
  const data = { text: "x".repeat(100) };
  const inProcess = createClient(server.apiserver.transportFor({ user: "admin", groups: ["system:masters"] }));
  const made = Array.from({ length: 300 }, (_, index) =>
    inProcess.core.v1.configmaps.create({ metadata: { name: `map-${index}`, namespace: "default" }, data }),
  );
  await Promise.all(made);
  await create(
    "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "rbac.authorization.k8s.io/v1",
    "ClusterRoleBinding",
    {
      metadata: { name: "runaways" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
      subjects: [{ kind: "User", apiGroup: "rbac.authorization.k8s.io", name: "runaway" }],
    },
  );
  const leases = "/apis/coordination.k8s.io/v1/namespaces";
  const node = await server.client({ commonName: "system:node:n1", organizations: ["system:nodes"] });
  const scheduler = await server.client({ commonName: "system:kube-scheduler" });
  const owned: [RestClient, string, string][] = [
    [node, "kube-node-lease", "n1"],
    [scheduler, "kube-system", "kube-scheduler"],
  ];
  for (const [, namespace, name] of owned)
    await create(`${leases}/${namespace}/leases`, "coordination.k8s.io/v1", "Lease", {
      ...{ metadata: { name }, spec: { holderIdentity: name, leaseDurationSeconds: 40 } },
    });

  const runaway = await server.client({ commonName: "runaway" });
  const session = connect(`https://127.0.0.1:${server.port}`, { ...runaway.tls, servername: "localhost" });
  await eventually(async () => (await ask(session, configMaps)).status === 200);
  let isOver = false;
  const counts = new Map<number, number>();
  let refusal: Told | undefined;
  const flood = Array.from({ length: 400 }, async () => {
    while (!isOver) {
      const told = await ask(session, configMaps);
      counts.set(told.status, (counts.get(told.status) ?? 0) + 1);
      if (told.status === 429) refusal = told;
    }
  });
  await eventually(() => refusal !== undefined);
  // Not its time is counted, which tells more of the machine, but how many lists are answered while a heartbeat waits for
  // its turn; how long the disk then takes is not the lists' doing.
  const listed = () => counts.get(200) ?? 0;
  let overtaken = 0;
  for (let beat = 0; beat < 10; beat++) {
    for (const [client, namespace, name] of owned) {
      const before = listed();
      const path = `${leases}/${namespace}/leases/${name}`;
      const lease = JSON.parse((await client.get(path)).text);
      lease.spec.renewTime = new Date().toISOString().replace("Z", "000Z");
      const tried = await client.send("PUT", `${path}?dryRun=All`, { body: lease });
      assert.equal(tried.status, 200, tried.text);
      overtaken = Math.max(overtaken, listed() - before);
      const { status, text } = await client.send("PUT", path, { body: lease });
      assert.equal(status, 200, text);
    }
  }
  isOver = true;
  await Promise.all(flood);
  session.close();
  assert.ok(overtaken < 50, `a heartbeat waited for ${overtaken} lists`);
  assert.ok(listed() > 0);
  assert.equal(refusal?.retryAfter, "1");
  const { reason, code, message } = JSON.parse(refusal?.body ?? "{}");
  assert.deepEqual([reason, code], ["TooManyRequests", 429]);
  assert.equal(message, "too many requests, please try again later.");
});

test("a request that lasts longer than its client allows is answered so", async () => {
  const wrong = await admin.get(`${configMaps}?timeout=soon`);
  assert.equal(wrong.status, 400);
  const headers = { "content-type": "application/json", "content-length": "10" };
  const late = await eventually(() => slowPost(`${configMaps}?timeout=50ms`, headers));
  assert.deepEqual([late.status, late.reason], [504, "Timeout"]);
});

/** Posts without ever sending the body. */
function slowPost(path: string, headers: Record<string, string>): Promise<{ status: number; reason: string }> {
  const session = connect(`https://127.0.0.1:${server.port}`, { ...admin.tls, servername: "localhost" });
  return new Promise((resolve, reject) => {
    const stream = session.request({ ":method": "POST", ":path": path, ...headers }, { endStream: false });
    let status = 0;
    let body = "";
    stream.on("response", (found) => {
      status = found[":status"] ?? 0;
    });
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => {
      body += chunk;
    });
    stream.on("error", reject);
    stream.on("end", () => {
      resolve({ status, reason: JSON.parse(body).reason });
      session.destroy();
    });
  });
}
