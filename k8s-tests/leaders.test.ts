import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { connectFromKubeconfig, createClient } from "../clients/sdk/index.ts";
import { freePort } from "./support/ports.ts";
import { BackgroundProgram, programPath, startMsMax } from "./support/program.ts";
import { waitFor } from "./support/wait.ts";

const namespace = "default";

test("a second scheduler and a second controller manager take over when the first ones are killed", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "typernetes-leaders-"));
  const [httpsPort, grpcPort] = [await freePort(), await freePort()];
  const args = ["up", "--data-dir", dataDir, "--runtime", "hollow", "--without", "scheduler,controller-manager"];
  const cluster = new BackgroundProgram(programPath("typernetes"), [
    ...args,
    "--https-port",
    `${httpsPort}`,
    "--grpc-port",
    `${grpcPort}`,
  ]);
  const services: BackgroundProgram[] = [];
  const start = async (name: string) => {
    const service = new BackgroundProgram(programPath("typernetes"), [
      name,
      "--kubeconfig",
      join(dataDir, "kubeconfigs", name),
    ]);
    services.push(service);
    await service.printed("is running", startMsMax);
    return service;
  };
  try {
    await cluster.printed("cluster complete", startMsMax);
    const transport = await connectFromKubeconfig(join(dataDir, "kubeconfig"));
    const { apps, coordination } = createClient(transport);
    const holder = async (name: string) =>
      (await coordination.v1.leases.get(name, { namespace: "kube-system" })).spec?.holderIdentity;
    const leaders = [await start("scheduler"), await start("controller-manager")];
    const before = await waitFor("both lead", async () => [
      await holder("kube-scheduler"),
      await holder("kube-controller-manager"),
    ]);
    await Promise.all([start("scheduler"), start("controller-manager")]);

    const labels = { app: "web" };
    const template = { metadata: { labels }, spec: { containers: [{ name: "c", image: "any" }] } };
    await apps.v1.deployments.create({
      metadata: { namespace, name: "web" },
      spec: { replicas: 2, selector: { matchLabels: labels }, template },
    });
    const available = async (count: number) =>
      (await apps.v1.deployments.get("web", { namespace })).status?.availableReplicas === count;
    await waitFor("2 pods are available", () => available(2));

    for (const leader of leaders) leader.kill("SIGKILL");
    await apps.v1.deployments.patch("web", { spec: { replicas: 5 } }, { namespace });
    await waitFor("the others have scaled to 5", () => available(5));
    const after = [await holder("kube-scheduler"), await holder("kube-controller-manager")];
    assert.ok(
      after.every((identity, index) => identity && identity !== before[index]),
      "the leases should have new holders",
    );
    await transport.close();
  } finally {
    await Promise.all(services.map((service) => service.stop()));
    await cluster.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
});
