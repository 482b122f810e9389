import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { systemClock } from "../../../../lib/base/clock.ts";
import { createDockerClient, defaultSocketPath } from "./docker-client.ts";
import { watchEvents } from "./events.ts";
import { containerConfig, sandboxConfig } from "./test-config.ts";
import { startTestNode, withoutDocker } from "./test-runtime.ts";

test("what happened while Docker was out of reach is told after", { skip: withoutDocker }, async (t) => {
  const { runtime, cluster } = await startTestNode(t);
  const line = await startLine(t);
  const abort = new AbortController();
  t.after(() => abort.abort());
  const scope = { cluster, nodeName: "node-1" };
  const client = createDockerClient(line.socketPath, systemClock);
  const events = watchEvents({ client, scope, clock: systemClock }, abort.signal)[Symbol.asyncIterator]();
  const kindsOf = new Map<string, Set<string>>();
  const see = async (id: string, kind: string) => {
    while (!kindsOf.get(id)?.has(kind)) {
      const { value, done } = await events.next();
      assert.ok(!done, `${kind} of ${id} is told`);
      const subject = value.containerId ?? value.sandboxId;
      kindsOf.set(subject, (kindsOf.get(subject) ?? new Set()).add(value.kind));
    }
  };

  const removed = await runtime.runSandbox(sandboxConfig());
  const sandbox = await runtime.runSandbox(sandboxConfig());
  const ended = await runtime.createContainer(sandbox, containerConfig("sleep 1000"));
  await runtime.startContainer(ended);
  await see(removed, "started");
  await see(ended, "started");

  line.cut();
  await runtime.removeSandbox(removed);
  await runtime.stopContainer(ended, 0);
  const late = await runtime.createContainer(sandbox, containerConfig("sleep 1000", { name: "late" }));
  await runtime.startContainer(late);
  line.mend();
  await see(removed, "removed");
  await see(ended, "exited");
  await see(late, "started");

  abort.abort();
  while (!(await events.next()).done);
});

/** A connection to Docker that can be cut and mended. */
async function startLine(t: TestContext): Promise<{ socketPath: string; cut(): void; mend(): void }> {
  const directory = await mkdtemp(join(tmpdir(), "typernetes-line-"));
  const socketPath = join(directory, "docker.sock");
  const open = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) return near.destroy();
    const far = connect(defaultSocketPath);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from);
      from.on("error", () => {});
      from.on("close", () => {
        open.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  });
  const cut = () => {
    isCut = true;
    for (const socket of open) socket.destroy();
  };
  t.after(async () => {
    cut();
    server.close();
    await rm(directory, { recursive: true, force: true });
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return { socketPath, cut, mend: () => (isCut = false) };
}
