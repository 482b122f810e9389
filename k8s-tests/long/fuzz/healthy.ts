import assert from "node:assert/strict";
import type { FuzzedServer } from "./fuzzed-server.ts";

const path = "/api/v1/namespaces/default/configmaps";

/** Creates, reads, watches and deletes an object, and looks for what the server complained of. @throws AssertionError */
export async function assertHealthy(server: FuzzedServer): Promise<void> {
  assert.equal(server.program.ended, false);
  assert.doesNotMatch(server.program.output, /"level":"(error|fatal)"|Unhandled|Warning:/);
  const made = JSON.parse(await server.ask("POST", path, { metadata: { name: "healthy" }, data: { a: "1" } })) as Made;
  const version = Number(made.metadata.resourceVersion) - 1;
  assert.equal(JSON.parse(await server.ask("GET", `${path}/healthy`)).data.a, "1");
  assert.match(await server.ask("GET", path), /"name":"healthy"/);
  const query = `watch=1&timeoutSeconds=1&fieldSelector=metadata.name%3Dhealthy&resourceVersion=${version}`;
  assert.match(await server.ask("GET", `${path}?${query}`), /^{"type":"ADDED".*"name":"healthy"/);
  assert.match(await server.ask("DELETE", `${path}/healthy`), /"status":"Success"/);
  assert.equal(await server.ask("GET", "/readyz"), "ok");
}

interface Made {
  metadata: { resourceVersion: string };
}
