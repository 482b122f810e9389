import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  type PodExecRequest,
  type PodExecResponse,
  PodServiceDefinition,
} from "../../../gen/typernetes/core/v1/pod.ts";
import { KubeletServiceDefinition } from "../../../gen/typernetes/kubelet/v1/kubelet.ts";
import type { Client } from "../../../lib/client/client.ts";
import { inProcessTransport } from "../../../lib/grpc/in-process.ts";
import { Router } from "../../../lib/grpc/router.ts";
import { startTestApiserver, type TestApiserver } from "../test-harness.ts";

const namespace = "default";
const asked: string[] = [];
let server: TestApiserver;
let client: Client;

const kubelet = new Router().add(KubeletServiceDefinition, {
  async *log(request) {
    for (const line of ["one\n", "two\n"]) yield { chunk: Buffer.from(`${request.options?.container}: ${line}`) };
  },
  async *exec(requests) {
    let command: string[] = [];
    for await (const { options, stdin, stdinClosed } of requests) {
      if (options) command = options.command ?? [];
      if (stdin) yield { stdout: Buffer.from(`${command[0]} got ${Buffer.from(stdin).toString()}`) };
      if (stdinClosed) break;
    }
    yield { exitCode: 3 };
  },
  async *attach(requests) {
    for await (const { options, stdin } of requests) {
      yield { stdout: Buffer.from(options ? `${options.container}: ` : Buffer.from(stdin ?? []).toString()) };
    }
  },
  async *portForward(requests) {
    for await (const { port, data } of requests) yield { data: port ? Buffer.from(`${port}: `) : data };
  },
});

before(async () => {
  server = await startTestApiserver({
    kubeletTransport: async (node) => {
      asked.push(node.metadata?.name ?? "");
      return inProcessTransport(kubelet, { user: "kube-apiserver-kubelet-client", groups: ["system:masters"] });
    },
  });
  client = server.client();
  await client.core.v1.nodes.create({ metadata: { name: "n1" } });
  const one = [{ name: "c", image: "i" }];
  const two = [...one, { name: "d", image: "i" }];
  const make = (name: string, containers: typeof one, nodeName?: string) =>
    client.core.v1.pods.create({ metadata: { name, namespace }, spec: { containers, ...(nodeName && { nodeName }) } });
  await Promise.all([make("one", one, "n1"), make("two", two, "n1"), make("waiting", one)]);
});
after(() => server.close());

async function logOf(name: string, container?: string): Promise<string> {
  const request = { namespace, name, options: container ? { container } : {} };
  const chunks: Uint8Array[] = [];
  for await (const { chunk } of client.stream(PodServiceDefinition, "log", request)) if (chunk) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test("a log comes from the node of the pod", async () => {
  assert.equal(await logOf("one"), "c: one\nc: two\n");
  assert.equal(await logOf("two", "d"), "d: one\nd: two\n");
  assert.equal(asked.at(-1), "n1");
});

test("what is meant has to be clear, and there", async () => {
  await assert.rejects(logOf("two"), {
    reason: "BadRequest",
    message: "a container name must be specified for pod two, choose one of: [c d]",
  });
  await assert.rejects(logOf("one", "x"), { message: "container x is not valid for pod one" });
  await assert.rejects(logOf("waiting"), { message: "pod waiting does not have a host assigned" });
  await assert.rejects(logOf("absent"), { reason: "NotFound" });
});

test("a command's input and output pass through", async () => {
  async function* input(): AsyncGenerator<PodExecRequest> {
    yield { namespace, name: "one", options: { command: ["cat"], stdin: true } };
    yield { stdin: Buffer.from("hello") };
    yield { stdinClosed: true };
  }
  const answers: PodExecResponse[] = [];
  for await (const answer of client.duplex(PodServiceDefinition, "exec", input())) answers.push(answer);
  assert.equal(Buffer.from(answers[0]?.stdout ?? []).toString(), "cat got hello");
  assert.equal(answers[1]?.exitCode, 3);
});

test("a container that runs is attached to, and a port of its pod connected to", async () => {
  async function* attached() {
    yield { namespace, name: "one", options: { stdin: true } };
    yield { stdin: Buffer.from("hello") };
  }
  const output: Uint8Array[] = [];
  for await (const { stdout } of client.duplex(PodServiceDefinition, "attach", attached()))
    output.push(stdout ?? new Uint8Array());
  assert.equal(Buffer.concat(output).toString(), "c: hello");
  async function* connected() {
    yield { namespace, name: "one", port: 8080 };
    yield { data: Buffer.from("GET /") };
  }
  const answer: Uint8Array[] = [];
  for await (const { data } of client.duplex(PodServiceDefinition, "portForward", connected()))
    answer.push(data ?? new Uint8Array());
  assert.equal(Buffer.concat(answer).toString(), "8080: GET /");
});
