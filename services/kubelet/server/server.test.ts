import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { eventually } from "../../../lib/base/eventually.ts";
import { chooseContainer } from "./choose-container.ts";
import { inBatches } from "./in-batches.ts";
import { mergeStreams } from "./merge-streams.ts";

const pod = (containers: string[], inits: string[] = [], annotations = {}): Pod => ({
  metadata: { name: "web", annotations },
  spec: { containers: containers.map((name) => ({ name })), initContainers: inits.map((name) => ({ name })) },
});
const annotation = { "kubectl.kubernetes.io/default-container": "b" };

const chosen: [what: string, pod: Pod, asked: string | undefined, name: string | RegExp][] = [
  ["the only one", pod(["a"]), undefined, "a"],
  ["the one that is named", pod(["a", "b"]), "b", "b"],
  ["an init container", pod(["a"], ["i"]), "i", "i"],
  ["the annotated one", pod(["a", "b"], [], annotation), undefined, "b"],
  ["one of several", pod(["a", "b"]), undefined, /must be specified for pod web, choose one of: \[a b\]/],
  ["one that is not there", pod(["a"]), "x", /container x is not valid for pod web/],
];
for (const [what, it, asked, name] of chosen) {
  test(`choice of a container: ${what}`, () => {
    if (typeof name === "string") assert.equal(chooseContainer(it, asked), name);
    else assert.throws(() => chooseContainer(it, asked), { message: name });
  });
}

test("what comes at once goes out together, up to the weight; what comes later goes later", async () => {
  const source = new PassThrough({ objectMode: true });
  for (const item of [1, 2, 3, 4, 5]) source.write(item);
  const batches: number[][] = [];
  const reading = (async () => {
    for await (const batch of inBatches<number>(source, 3, () => 1)) batches.push(batch);
  })();
  await eventually(() => batches.length === 2);
  source.write(6);
  await eventually(() => batches.length === 3);
  source.end();
  await reading;
  assert.deepEqual(batches, [[1, 2, 3], [4, 5], [6]]);
});

test("a failure is told after what came before it, and who stops early stops the source", async () => {
  async function* failing() {
    yield 1;
    throw new Error("broken");
  }
  const seen: number[][] = [];
  await assert.rejects(
    async () => {
      for await (const batch of inBatches(failing(), 10, () => 1)) seen.push(batch);
    },
    { message: "broken" },
  );
  let returned = false;
  async function* endless() {
    try {
      for (;;) yield await nextTurn(1);
    } finally {
      returned = true;
    }
  }
  for await (const _ of inBatches(endless(), 1, () => 1)) break;
  assert.equal(returned, true);
});

const wrapped = (name: string) => (chunk: Uint8Array) => `${name}:${Buffer.from(chunk)}`;

test("two streams are merged as they come, until both have ended", async () => {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const seen: string[] = [];
  const reading = (async () => {
    for await (const chunk of mergeStreams([
      { stream: out, wrap: wrapped("out") },
      { stream: err, wrap: wrapped("err") },
    ]))
      seen.push(chunk);
  })();
  out.write("a");
  await eventually(() => seen.length === 1);
  err.write("b");
  await eventually(() => seen.length === 2);
  out.end("c");
  err.destroy();
  await reading;
  assert.deepEqual(seen, ["out:a", "err:b", "out:c"]);
});

test("a stream is held while nobody takes its chunks", async () => {
  const out = new PassThrough({ highWaterMark: 1024 });
  const reading = mergeStreams([{ stream: out, wrap: (chunk) => chunk.length }])[Symbol.asyncIterator]();
  let written = 0;
  for (; out.write(Buffer.alloc(1024)); written++) if (written > 1000) assert.fail("nothing holds the writer");
  const first = await reading.next();
  assert.equal(first.value, 1024);
  for (let more = 0; out.write(Buffer.alloc(1024)); more++) if (more > 1000) assert.fail("nothing holds the writer");
  out.end();
  let rest = 0;
  for (let next = await reading.next(); !next.done; next = await reading.next()) rest += next.value;
  assert.ok(rest >= 1024);
});

test("a stream that breaks breaks the merged one", async () => {
  const out = new PassThrough();
  const reading = mergeStreams([{ stream: out, wrap: wrapped("out") }])[Symbol.asyncIterator]();
  const next = reading.next();
  out.destroy(new Error("broken"));
  await assert.rejects(next, { message: "broken" });
});
