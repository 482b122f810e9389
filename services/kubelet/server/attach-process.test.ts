import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { PodAttachRequest, PodLogOptions, PodPortForwardRequest } from "../../../gen/typernetes/core/v1/pod.ts";
import { KubeletServiceDefinition } from "../../../gen/typernetes/kubelet/v1/kubelet.ts";
import { eventually } from "../../../lib/base/eventually.ts";
import { isReady, TestKubelet } from "../test-kubelet.ts";
import { processMachine } from "../test-process-machine.ts";

const { attach, log, portForward } = KubeletServiceDefinition.methods;
const place = { namespace: "default", name: "target" };
/** Answers in upper case, on one port of every address and on another of loopback. */
const server = `const serve = (port, host) => require("net").createServer({ allowHalfOpen: true }, (s) => {
  let heard = "";
  s.on("data", (data) => { heard += data; });
  s.on("end", () => s.end(heard.toUpperCase()));
}).listen(port, host);
serve(8080); serve(8081, "127.0.0.1");
console.log("out"); console.error("err");
process.stdin.on("data", (data) => process.stdout.write("heard " + data));`;

let node: TestKubelet;
before(async () => {
  node = await TestKubelet.start({ machine: await processMachine() });
  const command = [process.execPath, "-e", server];
  await node.create("target", { command, stdin: true }, { terminationGracePeriodSeconds: 0 });
  await node.until("target", isReady);
});
after(() => node.close());

test("attach passes input and output; the container runs on when the caller goes", async () => {
  async function* requests(): AsyncGenerator<PodAttachRequest> {
    yield { ...place, options: { stdin: true, stdout: true } };
    yield { stdin: Buffer.from("hello") };
    await new Promise(() => {});
  }
  for (let round = 0; round < 2; round++) {
    let heard = "";
    for await (const { stdout } of node.transport().duplex(KubeletServiceDefinition, attach, requests())) {
      heard += Buffer.from(stdout ?? []).toString();
      if (heard.endsWith("heard hello")) break;
    }
  }
});

test("a port is forwarded, also one of the pod's loopback; nobody at a port is told of", async () => {
  const ask = async (port: number): Promise<string> => {
    async function* requests(): AsyncGenerator<PodPortForwardRequest> {
      yield { ...place, port };
      yield { data: Buffer.from("hello") };
      yield { closed: true };
      await new Promise(() => {});
    }
    const chunks: Uint8Array[] = [];
    for await (const { data } of node.transport().duplex(KubeletServiceDefinition, portForward, requests()))
      if (data) chunks.push(data);
    return Buffer.concat(chunks).toString();
  };
  await eventually(async () => (await ask(8080).catch(() => "")) === "HELLO");
  // It asks for its host by name, so it may listen later.
  await eventually(async () => (await ask(8081).catch(() => "")) === "HELLO");
  await assert.rejects(ask(8082), { message: /^error forwarding port 8082: .*ECONNREFUSED/ });
});

test("a log can be had of one of its streams", async () => {
  const logs = async (options: PodLogOptions): Promise<string> => {
    const chunks: Uint8Array[] = [];
    const stream = node.transport().serverStream(KubeletServiceDefinition, log, { ...place, options });
    for await (const { chunk } of stream) if (chunk) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  };
  await eventually(async () => (await logs({ stream: "Stderr" })) === "err\n");
  assert.match(await logs({ stream: "Stdout" }), /^out\n/);
});
