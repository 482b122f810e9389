import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { runCli, startTestCluster, type TestCluster } from "./test-cluster.ts";

describe("several files in KUBECONFIG are read as one", () => {
  let cluster: TestCluster;
  let env: Record<string, string>;
  before(async () => {
    cluster = await startTestCluster();
    const first = await cluster.file(
      "first",
      "apiVersion: v1\nkind: Config\ncurrent-context: other\ncontexts: [{name: other, context: {cluster: c, user: u, namespace: mine}}]\nclusters: [{name: c, cluster: {server: 'https://127.0.0.1:1', certificate-authority: ca.crt}}]\n",
    );
    env = { KUBECONFIG: `${first}:${cluster.directory}/none:${cluster.kubeconfig}` };
  });
  after(() => cluster.close());

  test("the first current context is meant, paths are those of their file", async () => {
    assert.equal((await runCli(["config", "current-context"], { env })).stdout, "other\n");
    const { stdout } = await runCli(["config", "view"], { env });
    assert.ok(stdout.includes(`certificate-authority: ${cluster.directory}/ca.crt\n`), stdout);
  });

  test("a context of a later file can be used", async () => {
    const names = (await runCli(["config", "get-contexts", "-o", "name"], { env })).stdout.trim().split("\n");
    const name = names.find((one) => one !== "other") ?? "";
    const { code, stdout, stderr } = await runCli(["--context", name, "get", "ns", "default", "-o", "name"], { env });
    assert.deepEqual([code, stdout, stderr], [0, "namespace/default\n", ""]);
  });
});
