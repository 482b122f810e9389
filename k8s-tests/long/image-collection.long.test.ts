import assert from "node:assert/strict";
import { mkdirSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { PodCluster } from "../support/pod-cluster.ts";
import { mustRun, runProgram } from "../support/program.ts";
import { waitFor } from "../support/wait.ts";
import { PrivateDocker } from "./docker/private-docker.ts";

const timeout = 600_000;
const mebibyte = 2 ** 20;
const imageBytes = 20 * mebibyte;
const shortOfMemoryOnly = { "memory.available": "10Mi" };
const configuration = {
  evictionHard: shortOfMemoryOnly,
  imageGCHighThresholdPercent: 50,
  imageGCLowThresholdPercent: 30,
  containerLogMaxSize: "64Ki",
  containerLogMaxFiles: 2,
};
const failure =
  /^FreeDiskSpaceFailed: Failed to garbage collect required amount of images\. Attempted to free (\d+) bytes, but only found (\d+) bytes eligible to free\.$/;

/** How much of a disk is used, as the kubelet counts. */
function usedPercent(path: string): number {
  const { bavail, blocks } = statfsSync(path);
  return 100 - Math.floor((bavail * 100) / blocks);
}

/** Images of some size, each its own. */
async function addImages(cluster: PodCluster, ...names: string[]): Promise<void> {
  for (const name of names) {
    const text = name.repeat(Math.ceil(imageBytes / name.length)).slice(0, imageBytes);
    await cluster.addImage(`typernetes-test/${name}:1`, { files: { "/filler": text } });
  }
}

/** What the collector, which looks when a kubelet starts, says that it could not do. */
async function failureTold(cluster: PodCluster): Promise<{ wanted: number; found: number }> {
  const node = await cluster.nodeName();
  await cluster.told(node, "FreeDiskSpaceFailed");
  const told = (await cluster.events(node)).flatMap((event) => failure.exec(event) ?? []);
  assert.ok(told.length > 0, (await cluster.events(node)).join("\n"));
  return { wanted: Number(told[1]), found: Number(told[2]) };
}

describe("a small disk with Docker's images", () => {
  const docker = new PrivateDocker([], 256);
  const cluster = new PodCluster("docker");
  const start = async () => {
    await docker.start();
    await cluster.start(configuration);
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

  /** Of those that the test has added, by name. */
  const images = async () => {
    const all = (await docker.docker("images", "--format", "{{.Repository}}")).split("\n");
    return all.filter((name) => /^typernetes-test\/(used|volume|spare)/.test(name)).sort();
  };
  const spare = (names: readonly string[]) => names.filter((name) => name.includes("spare"));

  test("below the high threshold all images stay", { timeout }, async () => {
    await addImages(cluster, "used", "volume", "spare-1");
    const running = { image: "typernetes-test/used:1" };
    const volumes = [{ name: "files", image: { reference: "typernetes-test/volume:1" } }];
    const volumeMounts = [{ name: "files", mountPath: "/files" }];
    await cluster.create("user", { ...running, volumeMounts }, { volumes, restartPolicy: "Always" });
    await cluster.ready("user");
    assert.ok(usedPercent(docker.data) < 50);
    await cluster.restart();
    await cluster.output("sign-of-life", "true");
    assert.equal((await images()).length, 3);
  });

  test("above it unused ones go until the low threshold; those of containers and volumes stay", {
    timeout,
  }, async () => {
    await addImages(cluster, "spare-2", "spare-3", "spare-4");
    assert.ok(usedPercent(docker.data) >= 50);
    await cluster.restart();
    await waitFor("room is made", async () => usedPercent(docker.data) <= 33);
    const left = await images();
    assert.ok(left.includes("typernetes-test/used") && left.includes("typernetes-test/volume"), left.join());
    assert.ok(spare(left).length > 0 && spare(left).length < 4, left.join());
    const pod = await cluster.ready("user");
    assert.equal(pod.status?.containerStatuses?.[0]?.restartCount, 0);
    assert.deepEqual(
      (await cluster.events(await cluster.nodeName())).filter((event) => failure.test(event)),
      [],
    );
  });

  test("what images alone cannot free is told of, when all unused ones have gone", { timeout }, async () => {
    writeFileSync(join(docker.data, "filler"), Buffer.alloc(140 * mebibyte));
    await cluster.restart();
    const { wanted, found } = await failureTold(cluster);
    assert.ok(wanted > found && found > 0, `${wanted} ${found}`);
    assert.deepEqual(await images(), ["typernetes-test/used", "typernetes-test/volume"]);
    await cluster.ready("user");
  });

  test("containers' logs are kept as the configuration says", { timeout }, async () => {
    const [id = ""] = (await docker.docker("ps", "-q", "--filter", "label=io.typernetes.container.name")).split("\n");
    const limits = await docker.docker("inspect", "--format", "{{json .HostConfig.LogConfig.Config}}", id);
    assert.deepEqual(JSON.parse(limits), { "max-size": "65536", "max-file": "2" });
  });
});

describe("a small disk with images that were loaded for processes", () => {
  const cluster = new PodCluster("process");
  const disk = join(cluster.dataDir, "images");
  const start = async () => {
    mkdirSync(disk, { recursive: true });
    await mustRun("mount", ["-t", "tmpfs", "-o", "size=112m", "tmpfs", disk]);
    await cluster.start(configuration);
  };
  const stop = async () => {
    await cluster.kill();
    await cluster.down();
    await runProgram("umount", ["-l", disk]);
    await cluster.stop();
  };
  before(start, { timeout });
  after(stop, { timeout });

  test("none goes, as none could be had again; that is told of", { timeout }, async () => {
    await addImages(cluster, "used", "spare", "other");
    await cluster.create("user", { image: "typernetes-test/used:1" }, { restartPolicy: "Always" });
    await cluster.ready("user");
    assert.ok(usedPercent(disk) >= 50);
    await cluster.restart();
    const { wanted, found } = await failureTold(cluster);
    assert.ok(wanted > 0);
    assert.equal(found, 0);
    assert.equal(await cluster.output("spare", "echo here", {}, { image: "typernetes-test/spare:1" }), "here\n");
    assert.equal((await cluster.ready("user")).status?.containerStatuses?.[0]?.restartCount, 0);
  });
});
