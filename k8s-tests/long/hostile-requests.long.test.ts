import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "../support/wait.ts";
import { type Bomb, bombDefinition, bombs } from "./fuzz/bombs.ts";
import { furnish } from "./fuzz/furnish.ts";
import { FuzzedServer } from "./fuzz/fuzzed-server.ts";
import { assertHealthy } from "./fuzz/healthy.ts";
import { Http1Client } from "./fuzz/http1-client.ts";

/** No request is more work, in processor time of the whole server; how long it stands still depends on the machine, too. */
const workSecondsMax = 5;
/** What is worth telling of. */
const toldSeconds = 0.5;
/** Names of requests, when only some are to be sent. */
const chosen = process.env["HOSTILE_REQUESTS"]?.split(",");

test("no request, however hostile, is much work", { timeout: 3_600_000 }, async (context) => {
  const server = await FuzzedServer.start();
  const client = new Http1Client(server.admittance, 2);
  const faults: string[] = [];
  try {
    await furnish(server);
    await makeTargets(server);
    for (const bomb of bombs.filter(({ name }) => !chosen || chosen.includes(name))) {
      const { status, text, workSeconds } = await explode(server, client, bomb).catch((error: unknown) => {
        throw new Error(`${bomb.name}: ${error}\nbefore that: ${faults.join("\n")}`, { cause: error });
      });
      const told = `${bomb.name}: ${status}, ${workSeconds.toFixed(2)} s of work`;
      if (workSeconds > toldSeconds || chosen) context.diagnostic(told);
      if (status === 0 || status >= 500 || workSeconds > workSecondsMax) faults.push(`${told}: ${text}`);
    }
    assert.deepEqual(faults, []);
    await assertHealthy(server);
  } finally {
    client.close();
    await server.stop();
  }
});

async function explode(server: FuzzedServer, client: Http1Client, { method, path, type, body }: Bomb) {
  const before = server.processorSeconds();
  const headers = { "content-type": type ?? "application/json", accept: "application/json" };
  const answered = client.send({ method, path, headers, body: Buffer.from(body) }, 30_000);
  const { status, text } = await answered.catch(async (error: unknown) => {
    throw new Error(`${method} ${path}, ${String(error).slice(0, 200)}: the server is in ${await server.stack()}`);
  });
  return { status, text: text.slice(0, 1000), workSeconds: server.processorSeconds() - before };
}

/** What is patched, and a kind with a schema that asks much. */
async function makeTargets(server: FuzzedServer): Promise<void> {
  await server.ask("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", bombDefinition);
  const customs = "/apis/bombs.example.com/v1/namespaces/default/bombs";
  await waitFor("the kind is served", async () => (await server.ask("GET", customs)).includes("BombList"));
  const metadata = { name: "target" };
  await server.ask("POST", "/api/v1/namespaces/default/configmaps", { metadata, data: { a: "b" } });
  const labels = { a: "b" };
  const template = { metadata: { labels }, spec: { containers: [{ name: "main", image: "x" }] } };
  const spec = { selector: { matchLabels: labels }, template };
  await server.ask("POST", "/apis/apps/v1/namespaces/default/deployments", { metadata, spec });
}
