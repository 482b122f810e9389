import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Frame, readFrames } from "./stream-frames.ts";

const frames = fc.array(
  fc.record({
    stream: fc.constantFrom("stdout" as const, "stderr" as const),
    payload: fc.uint8Array({ maxLength: 300 }),
  }),
);

test("frames are found however the stream is cut", async () => {
  await fc.assert(
    fc.asyncProperty(frames, fc.integer({ min: 1, max: 97 }), async (sent, chunkBytes) => {
      const bytes = Buffer.concat(sent.map(encode));
      const received: { stream: string; payload: string }[] = [];
      for await (const frame of readFrames(chunks(bytes, chunkBytes), false)) received.push(text(frame));
      assert.deepEqual(received, sent.map(text));
    }),
  );
});

test("a terminal's output has no frames", async () => {
  const received: Frame[] = [];
  for await (const frame of readFrames(chunks(Buffer.from("\x01\0\0\0plain"), 4), true)) received.push(frame);
  assert.equal(Buffer.concat(received.map((frame) => frame.payload)).toString(), "\x01\0\0\0plain");
});

function text(frame: { stream: string; payload: Uint8Array }) {
  return { stream: frame.stream, payload: Buffer.from(frame.payload).toString("hex") };
}

function encode({ stream, payload }: { stream: string; payload: Uint8Array }): Buffer {
  const header = Buffer.alloc(8);
  header[0] = stream === "stderr" ? 2 : 1;
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

async function* chunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}
