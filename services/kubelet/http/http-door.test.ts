import assert from "node:assert/strict";
import { Agent, request } from "node:https";
import { test } from "node:test";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import { Router } from "../../../lib/grpc/router.ts";
import { startGrpcServer } from "../../../lib/grpc/server.ts";
import { createTestAuthority } from "../../../lib/grpc/test-certificates.ts";
import { silentLogger } from "../../../lib/observe/logger.ts";
import { startTestApiserver } from "../../apiserver/test-harness.ts";
import { type Endpoint, textAnswer } from "./http-answer.ts";
import { httpDoor } from "./http-door.ts";
import { HttpGuard } from "./http-guard.ts";

const endpoints: Endpoint[] = [
  { path: "/metrics", subresources: ["metrics"], answer: async () => textAnswer("figures") },
  { path: "/pods", subresources: ["pods", "proxy"], answer: async () => textAnswer("pods") },
];

test("a kubelet answers over HTTPS to certificates and tokens whom the server lets, and to nobody else", async (t) => {
  const api = await startTestApiserver();
  t.after(() => api.close());
  const client = api.client();
  const rules = [{ apiGroups: [""], resources: ["nodes/metrics"], verbs: ["get"] }];
  await client.rbac.v1.clusterroles.create({ metadata: { name: "scraper" }, rules });
  await client.rbac.v1.clusterrolebindings.create({
    metadata: { name: "scraper" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "scraper" },
    subjects: [{ kind: "User", name: "prometheus", apiGroup: "rbac.authorization.k8s.io" }],
  });
  // The kubelet asks as the node that it is.
  const node = api.client({ user: "system:node:n1", groups: ["system:nodes"] });
  const guard = new HttpGuard({ client: node, clock: new SimulatedClock(), nodeName: "n1" });
  const authority = await createTestAuthority();
  const others = await createTestAuthority();
  const server = await startGrpcServer({
    router: new Router(),
    http: httpDoor(endpoints, guard, silentLogger),
    host: "127.0.0.1",
    port: 0,
    tls: { ca: authority.ca, ...(await authority.issue("CN=n1", { ips: ["127.0.0.1"] })) },
    authenticate: () => ({ user: "", groups: [] }),
    logger: silentLogger,
  });
  t.after(() => server.close());
  const ask = (path: string, pair: { cert?: string; key?: string }, headers = {}, method = "GET") =>
    new Promise<[number | undefined, string]>((resolve, reject) => {
      const agent = new Agent({ ca: authority.ca, ...pair });
      const asking = request({ host: "127.0.0.1", port: server.port, path, agent, headers, method }, (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (text: string) => {
          body += text;
        });
        response.once("end", () => {
          agent.destroy();
          resolve([response.statusCode, body]);
        });
      });
      asking.once("error", reject).end();
    });
  const prometheus = await authority.issue("CN=prometheus");
  const admin = await authority.issue("CN=admin,O=system:masters");
  assert.deepEqual(await ask("/metrics", prometheus), [200, "figures"]);
  assert.deepEqual(await ask("/pods", prometheus), [
    403,
    "Forbidden (user=prometheus, verb=get, resource=nodes, subresource(s)=[pods proxy])\n",
  ]);
  assert.deepEqual(await ask("/pods", admin), [200, "pods"]);
  assert.equal((await ask("/nothing", admin))[0], 404);
  assert.equal((await ask("/nothing", prometheus))[0], 403);
  assert.equal((await ask("/metrics", admin, {}, "POST"))[0], 405);
  assert.equal((await ask("/metrics", {}))[0], 401);
  assert.equal((await ask("/metrics", {}, { authorization: "Bearer nonsense" }))[0], 401);
  assert.equal((await ask("/metrics", await others.issue("CN=admin,O=system:masters")))[0], 401);
});
