/**
 * From applying `examples/hello.yaml` until its Service answers, on one node with the runtime `process`; each run in a fresh cluster.
 * Usage: first-pod.ts [runs]
 */
import { readFileSync } from "node:fs";
import { get } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Client, connectFromKubeconfig, createClient } from "../clients/sdk/index.ts";
import type { Deployment } from "../gen/typernetes/apps/v1/deployment.ts";
import type { ConfigMap } from "../gen/typernetes/core/v1/config_map.ts";
import type { Service } from "../gen/typernetes/core/v1/service.ts";
import { decode } from "../lib/api/decode.ts";
import { parseYaml } from "../lib/api/yaml.ts";
import { startProgram } from "./support/program.ts";
import { median, record } from "./support/record.ts";

const runs = Number(process.argv[2] ?? 7);
const servingMsMax = 30_000;

const seconds: number[] = [];
for (let run = 0; run < runs; run++) {
  const program = await startProgram("--runtime", "process", "--host-images");
  try {
    const transport = await connectFromKubeconfig(join(program.dataDir, "kubeconfig"));
    const client = createClient(transport);
    await waitForNode(client);
    const start = performance.now();
    const address = await applyHello(client);
    await waitForAnswer(address, start);
    seconds.push((performance.now() - start) / 1000);
    await transport.close();
  } finally {
    await program.stop();
  }
}
record("first-pod", [
  { what: "apply to first pod serving, process", value: median(seconds), unit: "s", goal: 1.5 },
  { what: "slowest of the runs", value: Math.max(...seconds), unit: "s" },
]);

/** Answers where the Service is reached. */
async function applyHello(client: Client): Promise<URL> {
  const text = readFileSync(join(import.meta.dirname, "../examples/hello.yaml"), "utf8").replaceAll(
    "metadata:\n  name",
    "metadata:\n  namespace: default\n  name",
  );
  const [config, service, deployment] = parseYaml(text).map(({ value }) => value);
  const { spec } = await client.core.v1.services.create(decode<Service>("core.v1.Service", service).object);
  await client.core.v1.configmaps.create(decode<ConfigMap>("core.v1.ConfigMap", config).object);
  await client.apps.v1.deployments.create(decode<Deployment>("apps.v1.Deployment", deployment).object);
  return new URL(`http://${spec?.clusterIP}:${spec?.ports?.[0]?.port}/`);
}

async function waitForNode(client: Client): Promise<void> {
  for (;;) {
    const { items } = await client.core.v1.nodes.list();
    if (
      items.some(({ status }) => status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True"))
    )
      return;
    await sleep(20);
  }
}

async function waitForAnswer(address: URL, start: number): Promise<void> {
  while (!(await answers(address))) {
    if (performance.now() - start > servingMsMax)
      throw new Error(`${address} did not answer within ${servingMsMax} ms`);
    await sleep(5);
  }
}

function answers(address: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(address, { agent: false, timeout: 200 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(false));
  });
}
