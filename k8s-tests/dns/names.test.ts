import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Client, Pod } from "../../clients/sdk/index.ts";
import { programPath, runProgram } from "../support/program.ts";
import { waitFor } from "../support/wait.ts";
import { Place } from "../up/cluster.ts";

const namespace = "default";

/** A web server that tells its host name, and a pod from which names are asked. */
async function furnish(client: Client, spec: Pod["spec"] = {}): Promise<void> {
  await waitFor("the service account is there", () => client.core.v1.serviceaccounts.get("default", { namespace }));
  const program = `
import http.server, socket
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(socket.gethostname().encode())
    def log_message(self, *_): pass
http.server.HTTPServer(("", 8080), Handler).serve_forever()`;
  const pod = (name: string, command: string[], more: Pod["spec"] = {}): Pod => ({
    metadata: { name, namespace, labels: { app: name } },
    spec: { terminationGracePeriodSeconds: 1, containers: [{ name: "main", image: "host", command }], ...more },
  });
  const readinessProbe = { tcpSocket: { port: 8080 }, periodSeconds: 1 };
  const container = { name: "main", image: "host", command: ["python3", "-c", program], readinessProbe };
  const ports = [{ name: "http", port: 80, targetPort: 8080 }];
  await client.core.v1.services.create({
    metadata: { name: "web", namespace },
    spec: { selector: { app: "server" }, ports },
  });
  const headless = { clusterIP: "None", selector: { app: "server" }, ports: [{ name: "http", port: 8080 }] };
  await client.core.v1.services.create({ metadata: { name: "each", namespace }, spec: headless });
  await client.core.v1.pods.create(pod("server", [], { hostname: "one", subdomain: "each", containers: [container] }));
  await client.core.v1.pods.create(pod("asker", ["sleep", "1000"], spec));
  await client.core.v1.pods.create(
    pod("on-node", ["sleep", "1000"], { ...spec, hostNetwork: true, dnsPolicy: "ClusterFirstWithHostNet" }),
  );
  for (const name of ["server", "asker", "on-node"]) {
    await waitFor(`the pod ${name} is ready`, async () => {
      const { status } = await client.core.v1.pods.get(name, { namespace });
      return status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True");
    });
  }
}

/** What a command in a pod prints. */
async function inPod(place: Place, pod: string, command: string): Promise<string> {
  const kubeconfig = ["--kubeconfig", join(place.dataDir, "kubeconfig")];
  const args = [...kubeconfig, "exec", pod, "--", "sh", "-c", command];
  const { stdout } = await runProgram(programPath("typectl"), args, { timeoutMs: 120_000 });
  return stdout.trim();
}

/** Waits until a command in a pod prints what is expected: on a busy machine the first try may come to nothing. */
async function untilPrinted(place: Place, pod: string, command: string, expected: RegExp): Promise<string> {
  return waitFor(`${pod} is told by ${command}`, async () => {
    const printed = await inPod(place, pod, command);
    assert.match(printed, expected);
    return printed;
  });
}

async function reachesByName(context: TestContext, flags: string[], spec: Pod["spec"] = {}): Promise<void> {
  const place = await Place.make(context);
  const cluster = await place.start("--host-images", ...flags);
  const client = await place.connect();
  await furnish(client, spec);
  const { spec: dns } = await client.core.v1.services.get("kube-dns", { namespace: "kube-system" });
  for (const pod of ["asker", "on-node"]) {
    const resolvConf = await untilPrinted(place, pod, "cat /etc/resolv.conf", /./);
    assert.match(resolvConf, /^search default\.svc\.cluster\.local svc\.cluster\.local cluster\.local/m);
    assert.match(resolvConf, new RegExp(`^nameserver ${dns?.clusterIP}$`, "m"));
    assert.match(resolvConf, /^options ndots:5$/m);
    for (const name of ["web", "web.default", "web.default.svc.cluster.local", "each:8080", "one.each:8080"]) {
      await untilPrinted(place, pod, `curl --silent --max-time 20 http://${name}/`, /^one$/);
    }
    await untilPrinted(place, pod, "getent hosts nothing.default || echo $?", /^2$/);
  }
  const { status } = await client.core.v1.pods.get("server", { namespace });
  const address = new RegExp(`^${status?.podIP} +one.each.default.svc`);
  await untilPrinted(place, "asker", "getent hosts one.each", address);
  const name = /one\.each\.default\.svc\.cluster\.local/;
  await untilPrinted(place, "asker", `getent hosts ${status?.podIP}`, name);
  await untilPrinted(place, "asker", "curl --silent --max-time 20 http://kube-dns.kube-system:9153/health", /^OK$/);
  await cluster.stop();
  assert.deepEqual(place.left(), []);
}

test("a pod finds a service by its name, and talks to it", (context) => reachesByName(context, []));

test("pods on other nodes find it too", (context) => reachesByName(context, ["--nodes", "2"], { nodeName: "node-2" }));

test("names are answered by a process of its own too", (context) => reachesByName(context, ["--separate"]));

test("a cluster without its DNS has no service for it", async (context) => {
  const place = await Place.make(context);
  await place.start("--without", "dns");
  const client = await place.connect();
  const { items = [] } = await client.core.v1.services.list({ namespace: "kube-system" });
  assert.deepEqual(items, []);
});
