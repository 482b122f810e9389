import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Pod } from "../../clients/sdk/index.ts";
import { PodCluster } from "../support/pod-cluster.ts";
import { waitFor } from "../support/wait.ts";
import { PrivateDocker } from "./docker/private-docker.ts";

const timeout = 600_000;

/** Prints how often it has started, and then its age in seconds. */
const script = "echo started; i=0; while :; do i=$((i+1)); echo $i; sleep 1; done";

function restarts({ status }: Pod): number {
  return status?.containerStatuses?.[0]?.restartCount ?? -1;
}

function containerId({ status }: Pod): string {
  return status?.containerStatuses?.[0]?.containerID ?? "";
}

/** A cluster on a Docker of its own, for the tests of one suite. */
function clusterOn(flags: readonly string[]) {
  const docker = new PrivateDocker(flags);
  const cluster = new PodCluster("docker");
  const start = async () => {
    await docker.start();
    await cluster.start();
  };
  const stop = async () => {
    try {
      await cluster.stop();
    } finally {
      await docker.stop();
    }
  };
  before(start, { timeout });
  after(stop, { timeout });
  return { docker, cluster };
}

async function nodeIsReady(cluster: PodCluster, wanted: "True" | "False"): Promise<void> {
  await waitFor(`the node's Ready is ${wanted}`, async () => {
    const { status } = await cluster.client.core.v1.nodes.get(await cluster.nodeName());
    return status?.conditions?.find(({ type }) => type === "Ready")?.status === wanted;
  });
}

/** Kills Docker, and starts it again once its node has told of that. */
async function killAndStart(docker: PrivateDocker, cluster: PodCluster, meanwhile: () => Promise<void>): Promise<void> {
  await docker.kill();
  await nodeIsReady(cluster, "False");
  await meanwhile();
  await docker.start();
  await nodeIsReady(cluster, "True");
}

/** What a pod can be asked for when all is well, and what runs beside it. */
async function assertWorks(cluster: PodCluster, name: string): Promise<void> {
  assert.equal(await cluster.exec(name, "echo", "hello"), "hello\n");
  const lines = (await cluster.logs(name)).split("\n");
  assert.ok(lines.includes("started"));
  // It goes on: what is written from now on is read, too.
  await waitFor("more is logged", async () => (await cluster.logs(name)).split("\n").length > lines.length);
  await cluster.create(`${name}-after`, cluster.shell("echo new"));
  assert.equal((await cluster.ended(`${name}-after`)).status?.phase, "Succeeded");
  assert.equal(await cluster.logs(`${name}-after`), "new\n");
}

describe("a Docker that keeps containers while it is away is killed", () => {
  const { docker, cluster } = clusterOn(["--live-restore"]);

  test("pods run on as they are, and what has ended meanwhile is seen", { timeout }, async () => {
    const go = join(cluster.home, "go");
    const volumes = [{ name: "home", hostPath: { path: cluster.home } }];
    const volumeMounts = [{ name: "home", mountPath: "/home" }];
    const ending = cluster.shell("while ! [ -e /home/go ]; do sleep 0.1; done; exit 3", { volumeMounts });
    await cluster.create("stays", cluster.shell(script), { restartPolicy: "Always" });
    await cluster.create("ends", ending, { volumes });
    const before = await cluster.ready("stays");
    await cluster.ready("ends");
    await killAndStart(docker, cluster, async () => {
      await assert.rejects(cluster.exec("stays", "echo", "hello"));
      writeFileSync(go, "");
    });
    assert.equal((await cluster.ended("ends")).status?.phase, "Failed");
    await assertWorks(cluster, "stays");
    const after = await cluster.ready("stays");
    assert.equal(restarts(after), 0);
    assert.equal(containerId(after), containerId(before));
    assert.equal(after.status?.podIP, before.status?.podIP);
  });

  test("so again and again", { timeout }, async () => {
    const before = await cluster.ready("stays");
    for (let round = 0; round < 2; round++) {
      await docker.kill();
      await docker.start();
    }
    await cluster.create("later", cluster.shell(script), { restartPolicy: "Always" });
    await cluster.ready("later");
    await assertWorks(cluster, "later");
    assert.equal(containerId(await cluster.ready("stays")), containerId(before));
  });
});

describe("a Docker that ends containers when it comes back is killed", () => {
  const { docker, cluster } = clusterOn([]);

  test("pods that are to run always run again, each counted once", { timeout }, async () => {
    await cluster.create("always", cluster.shell(script), { restartPolicy: "Always" });
    await cluster.create("never", cluster.shell(script), { restartPolicy: "Never" });
    const before = await cluster.ready("always");
    await cluster.ready("never");
    await killAndStart(docker, cluster, async () => {});
    const isAnother = (pod: Pod) => restarts(pod) > 0 && pod.status?.containerStatuses?.[0]?.ready;
    const after = await cluster.until("always", isAnother);
    assert.equal(restarts(after), 1);
    assert.notEqual(containerId(after), containerId(before));
    assert.equal(after.metadata?.uid, before.metadata?.uid);
    assert.equal((await cluster.ended("never")).status?.phase, "Failed");
    await assertWorks(cluster, "always");
    assert.equal(restarts(await cluster.ready("always")), 1);
  });
});
