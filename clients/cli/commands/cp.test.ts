import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { PodExecRequest, PodExecResponse } from "../../../gen/typernetes/core/v1/pod.ts";
import { startTestCluster, type TestCluster } from "../test-cluster.ts";
import { startTestKubelet, type TestKubelet } from "../test-kubelet.ts";

describe("cp", () => {
  let cluster: TestCluster;
  let kubelet: TestKubelet;
  let inside: string;

  before(async () => {
    cluster = await startTestCluster();
    kubelet = await startTestKubelet(cluster, { async *log() {}, exec: runHere });
    const spec = { nodeName: kubelet.nodeName, containers: [{ name: "main", image: "x" }] };
    await cluster.client.core.v1.pods.create({ metadata: { name: "web-1", namespace: "default" }, spec });
    inside = join(cluster.directory, "inside");
    await mkdir(inside);
  });
  after(async () => {
    await kubelet.close();
    await cluster.close();
  });

  test("a file goes in under another name, and into a directory, and comes out", async () => {
    const file = await cluster.file("plain.txt", "x".repeat(300_000));
    const named = await cluster.typectl(["cp", file, `web-1:${inside}/other.txt`]);
    assert.deepEqual([named.code, named.stderr], [0, ""]);
    await cluster.typectl(["cp", file, `default/web-1:${inside}`]);
    assert.equal((await readFile(join(inside, "other.txt"))).length, 300_000);
    assert.equal((await readFile(join(inside, "plain.txt"))).length, 300_000);
    const back = join(cluster.directory, "back.txt");
    const out = await cluster.typectl(["cp", `web-1:${inside}/other.txt`, back]);
    assert.deepEqual([out.code, out.stderr], [0, ""]);
    assert.equal((await readFile(back)).length, 300_000);
  });

  test("a directory comes out whole", async () => {
    await mkdir(join(inside, "deep/er"), { recursive: true });
    await writeFile(join(inside, "deep/er/file"), "found");
    const back = join(cluster.directory, "tree");
    await cluster.typectl(["cp", `web-1:${inside}/deep`, back]);
    assert.equal(await readFile(join(back, "er/file"), "utf8"), "found");
  });

  test("what is not there is told", async () => {
    const local = await cluster.typectl(["cp", "/nonexistent/x", "web-1:/tmp/x"]);
    assert.equal(local.stderr, "error: /nonexistent/x doesn't exist in local filesystem\n");
    const remote = await cluster.typectl(["cp", "web-1:/nonexistent/x", "x"]);
    assert.match(remote.stderr, /error: command terminated with exit code 2\n$/);
    const neither = await cluster.typectl(["cp", "a", "b"]);
    assert.equal(neither.stderr, "error: one of src or dest must be a remote file specification\n");
  });
});

/** Runs the command on this machine: the container is a directory of the test's. */
async function* runHere(requests: AsyncIterable<PodExecRequest>): AsyncGenerator<PodExecResponse> {
  const iterator = requests[Symbol.asyncIterator]();
  const { options = {} } = (await iterator.next()).value as PodExecRequest;
  const [program = "", ...words] = options.command ?? [];
  const child = spawn(program, words);
  const closed = once(child, "close");
  // It may end before it has read the padding of an archive.
  child.stdin.on("error", () => {});
  const feed = async () => {
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
      if (next.value.stdin?.length) child.stdin.write(next.value.stdin);
      if (next.value.stdinClosed) break;
    }
    child.stdin.end();
  };
  // Who asked may go before all has been read.
  if (options.stdin) feed().catch(() => child.stdin.end());
  else child.stdin.end();
  for await (const chunk of child.stdout) yield { stdout: chunk as Uint8Array };
  const [exitCode] = await closed;
  yield { exitCode: Number(exitCode) };
}
