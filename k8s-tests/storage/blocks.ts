import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Behaviours } from "../support/behaviours.ts";
import { mustRun } from "../support/program.ts";
import { createClaim, localVolume, withClaim } from "./volumes.ts";

const MiB = 1024 * 1024;

export const blockBehaviours: Behaviours = {
  "a device is a volume: containers read and write it where they want it": async (cluster) => {
    const file = join(cluster.home, "disk");
    writeFileSync(file, Buffer.alloc(4 * MiB));
    const device = (await mustRun("losetup", ["--find", "--show", file])).trim();
    try {
      const block = { storage: "4Mi", storageClassName: "blocks", volumeMode: "Block" };
      await localVolume(cluster, "disk", { ...block, path: device });
      await createClaim(cluster, "disk", block);
      const volumeDevices = [{ name: "data", devicePath: "/dev/disk" }];
      const script =
        "[ -b /dev/disk ] && printf hello | dd of=/dev/disk conv=notrunc 2>/dev/null; sync; head -c 5 /dev/disk";
      assert.equal(await cluster.output("blocks", script, withClaim("disk")[0], { volumeDevices }), "hello");
      await mustRun("blockdev", ["--flushbufs", device]);
      assert.equal(readFileSync(file).toString("utf8", 0, 5), "hello");
    } finally {
      await mustRun("losetup", ["--detach", device]);
    }
  },

  "a volume that is taken for what it is not holds the pod back": async (cluster) => {
    const path = join(cluster.home, "no-disk");
    mkdirSync(path);
    const wish = { storage: "1Gi", storageClassName: "mistaken" };
    await localVolume(cluster, "no-disk", { ...wish, path });
    await createClaim(cluster, "no-disk", wish);
    const volumeDevices = [{ name: "data", devicePath: "/dev/disk" }];
    await cluster.create("mistaken", cluster.shell("true", { volumeDevices }), withClaim("no-disk")[0]);
    const why = "volume data has volumeMode Filesystem, but is specified in volumeDevices";
    await cluster.told("mistaken", `FailedMapVolume: MapVolume.MapPodDevice failed for volume "data" : ${why}`);
    await cluster.delete("mistaken");
  },

  "a local volume whose path is not there holds the pod back until it is": async (cluster) => {
    const path = join(cluster.home, "later");
    const wish = { storage: "1Gi", storageClassName: "later" };
    await localVolume(cluster, "later", { ...wish, path });
    await createClaim(cluster, "later", wish);
    const [spec, container] = withClaim("later");
    await cluster.create("patient", cluster.shell("echo there", container), spec);
    await cluster.told(
      "patient",
      `FailedMount: MountVolume.SetUp failed for volume "data" : path "${path}" does not exist`,
    );
    mkdirSync(path);
    await cluster.ended("patient");
    assert.equal(await cluster.logs("patient"), "there\n");
    await cluster.delete("patient");
  },
};
