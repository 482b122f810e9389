import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import type { PodExecRequest, PodLogOptions } from "../../../gen/typernetes/core/v1/pod.ts";
import { KubeletServiceDefinition } from "../../../gen/typernetes/kubelet/v1/kubelet.ts";
import { eventually } from "../../../lib/base/eventually.ts";
import { isReady, TestKubelet } from "../test-kubelet.ts";
import { processMachine } from "../test-process-machine.ts";

const { exec, log, stats, listPods } = KubeletServiceDefinition.methods;

let node: TestKubelet;
before(async () => {
  node = await TestKubelet.start({ machine: await processMachine() });
  await node.create(
    "target",
    { command: ["sh", "-c", "for i in 1 2 3 4 5; do echo line $i; done; exec sleep 1000"] },
    { terminationGracePeriodSeconds: 0 },
  );
  await node.until("target", isReady);
});
after(() => node.close());

async function* requests(
  command: string[],
  options: object,
  ...more: PodExecRequest[]
): AsyncGenerator<PodExecRequest> {
  yield { namespace: "default", name: "target", options: { command, ...options } };
  yield* more;
}

async function run(input: AsyncIterable<PodExecRequest>) {
  const result = { stdout: "", stderr: "", exitCode: undefined as number | undefined };
  for await (const message of node.transport().duplex(KubeletServiceDefinition, exec, input)) {
    result.stdout += Buffer.from(message.stdout ?? []).toString();
    result.stderr += Buffer.from(message.stderr ?? []).toString();
    result.exitCode = message.exitCode ?? result.exitCode;
  }
  return result;
}

/** Processes whose command line has `mark`. */
function processesWith(mark: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(mark);
    } catch {
      return false;
    }
  });
}

test("a command answers with its output, its errors and its exit code", async () => {
  const result = await run(requests(["sh", "-c", "echo out; echo err >&2; exit 3"], { stdout: true, stderr: true }));
  assert.deepEqual(result, { stdout: "out\n", stderr: "err\n", exitCode: 3 });
});

test("a command reads its input to the end", async () => {
  const stdin = (text: string): PodExecRequest => ({ stdin: Buffer.from(text) });
  const input = requests(["sh", "-c", "cat; echo end"], { stdin: true, stdout: true }, stdin("one "), stdin("two "), {
    stdinClosed: true,
  });
  assert.deepEqual(await run(input), { stdout: "one two end\n", stderr: "", exitCode: 0 });
});

test("large input and output pass whole, although nobody holds them", async () => {
  const megabytes = 24;
  async function* input() {
    yield* requests(["cat"], { stdin: true, stdout: true });
    for (let block = 0; block < megabytes * 16; block++) yield { stdin: Buffer.alloc(64 * 1024, block) };
    yield { stdinClosed: true };
  }
  let bytes = 0;
  for await (const message of node.transport().duplex(KubeletServiceDefinition, exec, input()))
    bytes += message.stdout?.length ?? 0;
  assert.equal(bytes, megabytes * 1024 * 1024);
});

test("a command that nobody listens to any more is killed, also when it writes without end", async () => {
  for (const script of ["sleep 1000", "while :; do echo x; done"]) {
    const mark = randomUUID();
    const abort = new AbortController();
    const input = requests(
      ["sh", "-c", `${script} # ${mark}; :`],
      { stdin: true, stdout: true },
      { stdin: Buffer.from("x") },
    );
    const reading = (async () => {
      for await (const _ of node.transport().duplex(KubeletServiceDefinition, exec, input, { signal: abort.signal }));
    })().catch(() => {});
    await eventually(() => processesWith(mark).length > 0);
    abort.abort(new Error("gone"));
    await reading;
    await eventually(() => processesWith(mark).length === 0);
  }
});

test("who stops reading ends the command", async () => {
  const mark = randomUUID();
  const input = requests(["sh", "-c", `while :; do echo x; done # ${mark}; :`], { stdout: true });
  for await (const _ of node.transport().duplex(KubeletServiceDefinition, exec, input)) break;
  await eventually(() => processesWith(mark).length === 0);
});

test("a terminal has the size that is asked for, also later", async () => {
  async function* input(): AsyncGenerator<PodExecRequest> {
    yield* requests(["sh"], { stdin: true, stdout: true, tty: true }, { resize: { columns: 100, rows: 40 } });
    yield { stdin: Buffer.from("stty size; exit\n") };
    await new Promise(() => {});
  }
  const { stdout, exitCode } = await run(input());
  assert.match(stdout, /40 100/);
  assert.equal(exitCode, 0);
});

test("what cannot be run is refused with the reason", async () => {
  await assert.rejects(run(requests(["no-such-command"], {})), { name: "StatusError", message: /no-such-command/ });
  await assert.rejects(run(requests([], {})), { reason: "BadRequest" });
  await assert.rejects(run(requests(["true"], { container: "none" })), { reason: "BadRequest" });
  const elsewhere = (async function* () {
    yield { namespace: "default", name: "nobody", options: { command: ["true"] } };
  })();
  await assert.rejects(run(elsewhere), { reason: "NotFound" });
});

async function logs(options: PodLogOptions, signal?: AbortSignal): Promise<string> {
  const request = { namespace: "default", name: "target", options };
  const chunks: Uint8Array[] = [];
  for await (const { chunk } of node
    .transport()
    .serverStream(KubeletServiceDefinition, log, request, { ...(signal && { signal }) }))
    if (chunk) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test("logs: all, the tail, a number of bytes, with times, since a time", async () => {
  assert.equal(
    await eventually(async () => {
      const text = await logs({});
      return text.includes("5") ? text : undefined;
    }),
    "line 1\nline 2\nline 3\nline 4\nline 5\n",
  );
  assert.equal(await logs({ tailLines: 2 }), "line 4\nline 5\n");
  assert.equal(await logs({ limitBytes: 10 }), "line 1\nlin");
  assert.match(await logs({ timestamps: true, tailLines: 1 }), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z line 5\n$/);
  assert.equal(await logs({ sinceTime: "2099-01-01T00:00:00Z" }), "");
  assert.equal(await logs({ sinceSeconds: 3600, tailLines: 1 }), "line 5\n");
  await assert.rejects(logs({ previous: true }), {
    message: 'previous terminated container "main" in pod "target" not found',
  });
});

test("logs that are followed end when nobody listens", async () => {
  const abort = new AbortController();
  const following = logs({ follow: true }, abort.signal);
  setImmediate(() => abort.abort(new Error("enough")));
  await assert.rejects(following);
});

test("the node tells its pods and what they use", async () => {
  const transport = node.transport();
  const { pods } = await transport.unary(KubeletServiceDefinition, listPods, {});
  assert.deepEqual(
    pods?.map(({ metadata }) => metadata?.name),
    ["target"],
  );
  const answer = await transport.unary(KubeletServiceDefinition, stats, {});
  assert.equal(answer.node?.nodeName, "node-1");
  const [container] = answer.pods?.[0]?.containers ?? [];
  assert.equal(container?.name, "main");
  assert.ok((container?.usage?.memoryWorkingSetBytes ?? 0) > 0);
});
