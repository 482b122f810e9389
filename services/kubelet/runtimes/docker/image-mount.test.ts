import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { systemClock } from "../../../../lib/base/clock.ts";
import { runCommand } from "../../network/command.ts";
import { mountLayers } from "../mount-layers.ts";
import { RuntimeError } from "../runtime.ts";
import { createDockerClient, defaultSocketPath } from "./docker-client.ts";
import { copiedLayers, mountDockerImage } from "./image-mount.ts";
import { ensureTestImage, testImage } from "./test-image.ts";
import { withoutDocker } from "./test-runtime.ts";

const client = createDockerClient(defaultSocketPath, systemClock);

test("an image shows the same files, whether Docker's own layers are mounted or copies of them", {
  skip: withoutDocker,
}, async (t) => {
  await ensureTestImage();
  const folder = mkdtempSync(join(tmpdir(), "image-mount-"));
  const [own, copied] = [join(folder, "own"), join(folder, "copied")];
  for (const path of [own, copied]) mkdirSync(path);
  const mounted: string[] = [];
  t.after(async () => {
    if (mounted.length > 0) await runCommand(["umount", ...mounted]);
    rmSync(folder, { recursive: true });
  });
  await mountDockerImage(client, testImage, own);
  mounted.push(own);
  await mountLayers(await copiedLayers(client, testImage, join(folder, "layers")), copied);
  mounted.push(copied);
  const files = readdirSync(own, { recursive: true, encoding: "utf8" }).sort();
  assert.ok(files.includes("bin/busybox"));
  assert.deepEqual(readdirSync(copied, { recursive: true, encoding: "utf8" }).sort(), files);
  assert.throws(() => mkdirSync(join(own, "new")), { code: "EROFS" });
});

test("an image that is not there cannot be mounted", { skip: withoutDocker }, async () => {
  const missing = (error: unknown) => error instanceof RuntimeError && error.code === "ImageNotFound";
  await assert.rejects(mountDockerImage(client, "typernetes-test/missing:1", "/nowhere"), missing);
});
