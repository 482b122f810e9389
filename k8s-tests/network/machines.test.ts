import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { without } from "../support/pod-runtimes.ts";
import { BackgroundProgram, mustRun, programPath } from "../support/program.ts";
import { waitFor } from "../support/wait.ts";
import { Place } from "../up/cluster.ts";
import { remainsOf } from "../up/remains.ts";

const ports = ["--https-port", "0", "--grpc-port", "0"];

/** Starts several clusters in the same instant; answers what each has in `services` of `kubernetes`. */
async function startTogether(context: TestContext, count: number) {
  const places = await Promise.all(Array.from({ length: count }, () => Place.make(context)));
  await Promise.all(places.map((place) => place.start("--host-images", "--nodes", "2")));
  return Promise.all(
    places.map(async (place) => {
      const client = await place.connect();
      const { spec } = await client.core.v1.services.get("kubernetes", { namespace: "default" });
      const { items: nodes } = await client.core.v1.nodes.list();
      return { place, clusterIP: spec?.clusterIP ?? "", nodes };
    }),
  );
}

describe("clusters and their machine", { skip: without("process"), concurrency: 3 }, () => {
  test("clusters that start in the same instant share no range, and each answers", async (context) => {
    const clusters = await startTogether(context, 2);
    const all = clusters.flatMap(({ clusterIP, nodes }) => [
      clusterIP,
      ...nodes.flatMap(({ spec, status }) => [spec?.podCIDR, status?.addresses?.[0]?.address]),
    ]);
    assert.equal(new Set(all).size, 2 * (1 + 2 * 2), all.join());
    for (const { clusterIP, place } of clusters) {
      const answer = () => mustRun("curl", ["-sk", "--max-time", "5", `https://${clusterIP}/readyz`]);
      await waitFor(`${place.dataDir} answers at ${clusterIP}`, async () => (await answer()) === "ok");
    }
  });

  for (const flags of [["--nodes", "2"], ["--separate"]])
    test(`a machine with loopback alone is enough: up ${flags.join(" ")}`, async (context) => {
      const netns = `loopback-${randomBytes(3).toString("hex")}`;
      const dataDir = mkdtempSync(join(tmpdir(), "typernetes-loopback-"));
      context.after(() => rmSync(dataDir, { recursive: true, force: true }));
      execFileSync("ip", ["netns", "add", netns]);
      context.after(() => execFileSync("ip", ["netns", "del", netns]));
      execFileSync("ip", ["-n", netns, "link", "set", "lo", "up"]);
      const inside = (program: string, ...args: string[]) => ["netns", "exec", netns, program, ...args];
      const fixed = flags.includes("--separate") ? ["--https-port", "6443", "--grpc-port", "6444"] : ports;
      const args = ["up", "--data-dir", dataDir, "--host-images", ...fixed, ...flags];
      const program = new BackgroundProgram("ip", inside(programPath("typernetes"), ...args));
      context.after(() => program.stop());
      await program.printed("cluster complete", 240_000);
      const typectl = (...words: string[]) =>
        mustRun("ip", inside(programPath("typectl"), "--kubeconfig", join(dataDir, "kubeconfig"), ...words));
      const script =
        "curl -sk --max-time 5 --retry 150 --retry-all-errors --retry-delay 1 https://kubernetes.default/readyz";
      await waitFor("the pod is made", () =>
        typectl("run", "asker", "--image", "host", "--restart", "Never", "--", "sh", "-c", script),
      );
      await waitFor("the pod has asked by name", async () => (await typectl("logs", "asker")).startsWith("ok"));
      const services = JSON.parse(await typectl("get", "services", "kubernetes", "-o", "json"));
      const own = inside("curl", "-sk", "--max-time", "5", `https://${services.spec.clusterIP}/readyz`);
      await waitFor("the machine asks by the service's address", async () => (await mustRun("ip", own)) === "ok");
      await program.stop();
      const links = execFileSync("ip", ["-n", netns, "-o", "link"], { encoding: "utf8" });
      assert.equal(links.trim().split("\n").length, 1, links);
      assert.deepEqual(remainsOf(dataDir), []);
    });
});
