import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { freePort } from "../../../../lib/base/test-port.ts";
import type { PortMapping } from "../runtime.ts";
import { type Promises, type TestBench, until } from "./test-bench.ts";

export const networkPromises: Promises = {
  "a pod is reached at its address and by its host port": async (bench) => {
    const hostPort = await freePort();
    const portMappings: PortMapping[] = [{ hostPort, containerPort: 8080, protocol: "TCP" }];
    const sandbox = await bench.sandbox({ portMappings });
    await bench.start(bench.subject.serve(8080, "hello"), {}, sandbox);
    const ip = await address(bench, sandbox);
    assert.equal(await answer(ip, 8080), "hello");
    assert.equal(await answer(bench.subject.place.internalIP, hostPort), "hello");
    await bench.runtime.removeSandbox(sandbox);
    await assert.rejects(ask(bench.subject.place.internalIP, hostPort));
  },

  "a pod in the node's network has no address of its own": async (bench) => {
    const sandbox = await bench.sandbox({ hostNetwork: true });
    const { netns } = bench.subject.place;
    const expected = statSync(netns ? `/run/netns/${netns}` : "/proc/self/ns/net").ino;
    assert.equal(await bench.output("readlink /proc/self/ns/net", {}, sandbox), `net:[${expected}]\n`);
    assert.deepEqual((await bench.runtime.listSandboxes())[0]?.ips, []);
  },
};

async function address({ runtime }: TestBench, sandbox: string): Promise<string> {
  return (await runtime.listSandboxes()).find(({ id }) => id === sandbox)?.ips[0] ?? "";
}

/** What the server answers once it listens. */
function answer(host: string, port: number): Promise<string> {
  return until(`${host}:${port} answers`, () => ask(host, port).catch(() => undefined));
}

async function ask(host: string, port: number): Promise<string> {
  const socket = connect({ host, port, timeout: 5_000 });
  socket.on("timeout", () => socket.destroy(new Error("timed out")));
  return text(socket);
}
