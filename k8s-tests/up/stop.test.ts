import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { programPath } from "../support/program.ts";
import { waitFor } from "../support/wait.ts";
import { Place, runSleeper } from "./cluster.ts";

/** Runs `up` as a terminal does: a process group of its own, which gets every signal. */
async function startInGroup(context: TestContext, place: Place, ...flags: string[]) {
  const child = spawn(programPath("typernetes"), place.up(...flags), {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "exit");
  const { pid = 0 } = child;
  context.after(() => child.kill("SIGKILL"));
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  await waitFor("the cluster is complete", async () => output.includes("cluster complete"));
  return { interrupt: () => process.kill(-pid, "SIGINT"), ended, output: () => output };
}

test("an interrupt from the terminal ends pods and leaves nothing", async (context) => {
  const place = await Place.make(context);
  const up = await startInGroup(context, place, "--nodes", "2", "--host-images");
  await runSleeper(await place.connect());
  up.interrupt();
  assert.deepEqual(await up.ended, [0, null]);
  assert.deepEqual(place.left(), []);
  assert.doesNotMatch(up.output(), /"level":"error"/);
});

test("a second interrupt ends at once, and down takes away the rest", async (context) => {
  const place = await Place.make(context);
  const up = await startInGroup(context, place, "--host-images");
  await runSleeper(await place.connect(), 60);
  up.interrupt();
  await waitFor("the first was heard", async () => up.output().includes("stopping"));
  up.interrupt();
  assert.deepEqual(await up.ended, [1, null]);
  const down = await place.down();
  assert.equal(down.code, 0, down.stderr);
  assert.deepEqual(place.left(), []);
});

test("in the background, down ends what up --detach has started", async (context) => {
  const place = await Place.make(context);
  const up = await place.run(...place.up("--detach", "--host-images"));
  assert.equal(up.code, 0, up.stderr);
  assert.match(up.stdout, /cluster complete/);
  await runSleeper(await place.connect());
  const down = await place.down();
  assert.deepEqual([down.code, down.stdout], [0, "cluster stopped\n"]);
  assert.deepEqual(place.left(), []);
  assert.equal((await place.down()).stdout, `no cluster runs in ${place.dataDir}\n`);
});

test("a cluster goes on when nobody reads its output any more", async (context) => {
  const place = await Place.make(context);
  const up = spawn(programPath("typernetes"), place.up("--without", "kubelet,proxy", "--log-level", "debug"), {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(up, "exit");
  context.after(() => up.kill("SIGKILL"));
  await once(up.stdout, "data");
  up.stdout.destroy();
  up.stderr.destroy();
  const client = await place.connect();
  await client.core.v1.configmaps.create({ metadata: { name: "logged", namespace: "default" } });
  await waitFor("the scheduler leads", () =>
    client.coordination.v1.leases.get("kube-scheduler", { namespace: "kube-system" }),
  );
  up.kill("SIGTERM");
  assert.deepEqual(await ended, [0, null]);
});

test("services that are left out do not run", async (context) => {
  const place = await Place.make(context);
  await place.start("--without", "scheduler,kubelet,proxy");
  const client = await place.connect();
  const leases = await waitFor("the controllers have their lease", async () => {
    const { items } = await client.coordination.v1.leases.list({ namespace: "kube-system" });
    return items.length > 0 && items;
  });
  assert.deepEqual(
    leases.map(({ metadata }) => metadata?.name),
    ["kube-controller-manager"],
  );
  assert.deepEqual((await client.core.v1.nodes.list()).items, []);
});
