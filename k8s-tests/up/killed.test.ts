import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { type TestContext, test } from "node:test";
import type { Pod } from "../../clients/sdk/index.ts";
import { waitFor } from "../support/wait.ts";
import { Place, runSleeper } from "./cluster.ts";

const containerOf = (pod: Pod) => {
  const [container] = pod.status?.containerStatuses ?? [];
  return { id: container?.containerID, restarts: container?.restartCount, since: container?.state?.running?.startedAt };
};

async function killed(context: TestContext, ...flags: string[]): Promise<{ place: Place; pod: Pod }> {
  const place = await Place.make(context);
  const program = await place.start(...flags);
  const pod = await runSleeper(await place.connect());
  program.kill("SIGKILL");
  await waitFor("the program has gone", async () => program.ended);
  return { place, pod };
}

test("a killed cluster that starts again goes on with its running pods", async (context) => {
  const { place, pod } = await killed(context, "--nodes", "2", "--host-images");
  const startMs = Date.now();
  const again = await place.start("--nodes", "2", "--host-images");
  const client = await place.connect();
  await waitFor("the node reports again", async () => {
    const lease = await client.coordination.v1.leases.get(pod.spec?.nodeName ?? "", { namespace: "kube-node-lease" });
    return Date.parse(lease.spec?.renewTime ?? "") > startMs;
  });
  const found = await client.core.v1.pods.get("sleeper", { namespace: "default" });
  assert.deepEqual(containerOf(found), containerOf(pod));
  assert.equal(found.status?.phase, "Running");
  await again.stop();
  assert.deepEqual(place.left(), []);
});

test("down takes away what a killed cluster left: processes, mounts, devices, rules, namespaces", async (context) => {
  const { place } = await killed(context, "--nodes", "2", "--host-images");
  const kinds = new Set(place.left().map((line) => line.replace(/:.*/, "")));
  for (const kind of ["process", "mount", "device", "namespace", "rules"]) assert.ok(kinds.has(kind), kind);
  const down = await place.down();
  assert.equal(down.code, 0, down.stderr);
  assert.deepEqual(place.left(), []);
});

test("a killed cluster of other nodes is taken away by the next that starts", async (context) => {
  const { place } = await killed(context, "--nodes", "2", "--host-images");
  const program = await place.start("--host-images");
  const client = await place.connect();
  const { items } = await client.core.v1.nodes.list();
  assert.ok(items.some(({ metadata }) => metadata?.name === "node-1"));
  await program.stop();
  assert.deepEqual(place.left(), []);
});

test("down takes away the containers of a killed cluster on Docker", {
  skip: !existsSync("/var/run/docker.sock") && !process.env.CI && "no Docker daemon answers",
}, async (context) => {
  const place = await Place.make(context);
  const program = await place.start("--runtime", "docker");
  program.kill("SIGKILL");
  await waitFor("the program has gone", async () => program.ended);
  const down = await place.down();
  assert.equal(down.code, 0, down.stderr);
  assert.deepEqual(place.left(), []);
});

test("down ends the services that a killed supervisor left", async (context) => {
  const place = await Place.make(context);
  const program = await place.start("--separate", "--host-images");
  const services = program.output.match(/^service .*: pid \d+$/gm) ?? [];
  // apiserver, controller-manager, scheduler, kubelet, proxy, dns
  assert.equal(services.length, 6, program.output);
  program.kill("SIGKILL");
  await waitFor("the program has gone", async () => program.ended);
  const down = await place.down();
  assert.equal(down.code, 0, down.stderr);
  assert.deepEqual(place.left(), []);
});
