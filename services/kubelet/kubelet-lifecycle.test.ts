import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Lifecycle, Pod, PodSpec } from "../../gen/typernetes/core/v1/pod.ts";
import { eventually } from "../../lib/base/eventually.ts";
import { isReady, restarts, shell, TestKubelet } from "./test-kubelet.ts";
import { processMachine } from "./test-process-machine.ts";

let node: TestKubelet;
const shared = mkdtempSync(join(tmpdir(), "kubelet-lifecycle-"));
const spec: Partial<PodSpec> = {
  // Hooks are to have their time on a busy machine, too.
  terminationGracePeriodSeconds: 60,
  volumes: [{ name: "shared", hostPath: { path: shared } }],
};
const requests: string[] = [];
const server = createServer((request, response) => {
  requests.push(`${request.url} ${request.headers["user-agent"]} ${request.headers["x-who"]}`);
  response.end();
});
let port = 0;
before(async () => {
  node = await TestKubelet.start({ machine: await processMachine() });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  port = typeof address === "object" ? (address?.port ?? 0) : 0;
});
after(async () => {
  server.close();
  await node.close();
  rmSync(shared, { recursive: true });
});

const said = (name: string) => (existsSync(join(shared, name)) ? readFileSync(join(shared, name), "utf8") : undefined);
const does = (script: string) => ({ exec: { command: ["sh", "-c", script] } });
const sleeping = "trap 'exit 0' TERM; while :; do sleep 0.1; done";

function hooked(lifecycle: Lifecycle, script = sleeping) {
  return shell(script, { lifecycle, volumeMounts: [{ name: "shared", mountPath: "/shared" }] });
}

test("hooks run after the start and before the stop", async () => {
  const hooks = { postStart: does("echo begun > /shared/begun"), preStop: does("echo ending > /shared/ending") };
  await node.create("hooked", hooked(hooks), spec);
  await node.until("hooked", isReady);
  assert.equal(said("begun"), "begun\n");
  assert.equal(said("ending"), undefined);
  await node.delete("hooked");
  await node.untilGone("hooked");
  assert.equal(said("ending"), "ending\n", (await node.events("hooked")).join("\n"));
});

test("hooks may ask a server", async () => {
  const httpHeaders = [{ name: "X-Who", value: "me" }];
  const asking = (path: string) => ({ httpGet: { host: "127.0.0.1", port, path, httpHeaders } });
  await node.create("asking", hooked({ postStart: asking("/start"), preStop: asking("stop") }), spec);
  await node.until("asking", isReady);
  await node.delete("asking");
  await node.untilGone("asking");
  assert.deepEqual(requests, ["/start kube-lifecycle/1.34 me", "/stop kube-lifecycle/1.34 me"]);
});

test("a container whose postStart fails is ended, and started again", async () => {
  const postStart = does("test -e /shared/once || { touch /shared/once; exit 3; }");
  await node.create("unwell", hooked({ postStart }), spec);
  await node.told("unwell", "FailedPostStartHook: PostStartHook failed");
  const pod = await node.until("unwell", (it) => restarts(it) === 1 && isReady(it));
  assert.equal(pod.status?.phase, "Running");
  await node.delete("unwell", 0);
});

test("a preStop that fails is told, and stops nobody; one that lasts is cut short", async () => {
  await node.create("failing", hooked({ preStop: does("exit 1") }), spec);
  await node.create("lasting", hooked({ preStop: does("sleep 100") }), { ...spec, terminationGracePeriodSeconds: 1 });
  for (const name of ["failing", "lasting"]) await node.until(name, isReady);
  for (const name of ["failing", "lasting"]) await node.delete(name);
  for (const name of ["failing", "lasting"]) await node.untilGone(name);
  for (const name of ["failing", "lasting"]) await node.told(name, "FailedPreStopHook: PreStopHook failed");
});

test("a postStart holds up the containers after its own", async () => {
  const volumeMounts = [{ name: "shared", mountPath: "/shared" }];
  const postStart = does("sleep 0.3; echo ready > /shared/first");
  const containers = [
    {
      name: "first",
      ...shell("until [ -e /shared/over ]; do sleep 0.1; done", { lifecycle: { postStart }, volumeMounts }),
    },
    { name: "second", ...shell("cat /shared/first; touch /shared/over", { volumeMounts }) },
  ].map((container) => ({ image: "host", ...container }));
  await node.create("ordered", {}, { ...spec, restartPolicy: "Never", containers });
  await node.until("ordered", ({ status }) => status?.phase === "Succeeded");
  assert.equal(await node.logs("ordered", { container: "second" }), "ready\n");
});

test("a pod that is deleted while its postStart runs ends", async () => {
  await node.create("stuck", hooked({ postStart: does("echo x > /shared/stuck; sleep 100") }), spec);
  await eventually(() => said("stuck") !== undefined);
  await node.delete("stuck", 1);
  await node.untilGone("stuck");
});

const address = (pod: Pod) => pod.status?.podIP;

test("names: aliases, the pod's own, and those that its settings ask for", async () => {
  const names: Partial<PodSpec> = {
    restartPolicy: "Never",
    hostname: "one",
    subdomain: "sub",
    setHostnameAsFQDN: true,
    hostAliases: [{ ip: "10.9.8.7", hostnames: ["foo.local", "bar.local"] }],
    dnsPolicy: "None",
    dnsConfig: { nameservers: ["10.0.0.10"], searches: ["my.org"], options: [{ name: "ndots", value: "2" }] },
  };
  await node.create("named", shell("hostname; cat /etc/resolv.conf; tail -n 4 /etc/hosts"), names);
  const pod = await node.until("named", ({ status }) => status?.phase === "Succeeded");
  const full = "one.sub.default.svc.cluster.local";
  assert.equal(
    await node.logs("named"),
    `${full}\nsearch my.org\nnameserver 10.0.0.10\noptions ndots:2\n${address(pod)}\t${full}\tone\n\n` +
      "# Entries added by HostAliases.\n10.9.8.7\tfoo.local\tbar.local\n",
  );
});

test("a container may bring its own /etc/hosts", async () => {
  const script = shell("cat /etc/hosts", {
    volumeMounts: [{ name: "hosts", mountPath: "/etc/hosts", subPath: "hosts" }],
  });
  const metadata = { namespace: "default", name: "hosts" };
  await node.client.core.v1.configmaps.create({ metadata, data: { hosts: "mine" } });
  await node.create("own", script, {
    restartPolicy: "Never",
    volumes: [{ name: "hosts", configMap: { name: "hosts" } }],
  });
  await node.until("own", ({ status }) => status?.phase === "Succeeded");
  assert.equal(await node.logs("own"), "mine");
});
