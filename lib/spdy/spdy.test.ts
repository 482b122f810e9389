import assert from "node:assert/strict";
import { Duplex, PassThrough } from "node:stream";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { constants, createDeflate } from "node:zlib";
import fc from "fast-check";
import { eventually } from "../base/eventually.ts";
import { headerDictionary } from "./dictionary.ts";
import {
  dataFrameHead,
  type Frame,
  FrameParser,
  goAwayFrame,
  pingFrame,
  rstStreamFrame,
  synReplyFrame,
  synStreamFrame,
  windowUpdateFrame,
} from "./frames.ts";
import { HeaderReader, HeaderWriter } from "./header-blocks.ts";
import { SpdySession } from "./spdy-session.ts";
import type { SpdyStream } from "./spdy-stream.ts";

test("headers that were written are read, block after block", async () => {
  const [writer, reader] = [new HeaderWriter(), new HeaderReader()];
  for (const value of ["error", "x".repeat(5000), ""]) {
    const headers = new Map([
      ["streamtype", value],
      ["port", "80"],
    ]);
    assert.deepEqual(await reader.read(writer.write(headers)), headers);
  }
  reader.close();
});

test("headers that were compressed with the dictionary are read, whatever the case of their names", async () => {
  const deflate = createDeflate({ dictionary: headerDictionary });
  const reader = new HeaderReader();
  const chunks: Buffer[] = [];
  deflate.on("data", (chunk: Buffer) => chunks.push(chunk));
  for (const type of ["stdin", "stdout"]) {
    deflate.write(Buffer.concat([words(1, 10), Buffer.from("StreamType"), words(type.length), Buffer.from(type)]));
    await new Promise<void>((resolve) => deflate.flush(constants.Z_SYNC_FLUSH, resolve));
    assert.deepEqual(await reader.read(Buffer.concat(chunks.splice(0))), new Map([["streamtype", type]]));
  }
  reader.close();
  deflate.destroy();
});

test("headers that end too early, are too large or no headers at all are refused", async () => {
  const refused = async (block: Buffer) => {
    const reader = new HeaderReader();
    await assert.rejects(reader.read(block), { message: /headers/ });
    reader.close();
  };
  await refused(Buffer.from("no zlib at all"));
  await refused(new HeaderWriter().write(new Map([["a", "b"]])).subarray(0, 10));
  const deflate = createDeflate({ dictionary: headerDictionary });
  deflate.end(Buffer.alloc(10 * 1024 * 1024));
  await refused(Buffer.concat(await deflate.toArray()));
});

const streamId = fc.integer({ min: 0, max: 0x7fffffff });
const block = fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes));
const frameBytes = fc.oneof(
  fc.tuple(streamId, block).map(([id, bytes]) => synStreamFrame(id, bytes)),
  fc.tuple(streamId, block).map(([id, bytes]) => synReplyFrame(id, bytes)),
  fc.tuple(streamId, fc.nat()).map(([id, status]) => rstStreamFrame(id, status)),
  fc.tuple(streamId, fc.nat()).map(([id, delta]) => windowUpdateFrame(id, delta)),
  fc.nat().map(pingFrame),
  streamId.map(goAwayFrame),
  fc
    .tuple(streamId, block, fc.boolean())
    .map(([id, bytes, isLast]) => Buffer.concat([dataFrameHead(id, bytes.length, isLast), bytes])),
);

test("frames are the same, however their bytes come", () => {
  fc.assert(
    fc.property(fc.array(frameBytes, { maxLength: 8 }), fc.array(fc.integer({ min: 1, max: 40 })), (frames, cuts) => {
      const bytes = Buffer.concat(frames);
      const parser = new FrameParser();
      const pieces: Frame[] = [];
      let offset = 0;
      for (const cut of [...cuts, bytes.length]) {
        pieces.push(...parser.push(bytes.subarray(offset, offset + cut)));
        offset += cut;
      }
      assert.deepEqual(joined(pieces), joined([...new FrameParser().push(bytes)]));
    }),
  );
});

/** Data that came in pieces becomes one again. */
function joined(frames: readonly Frame[]): Frame[] {
  const result: Frame[] = [];
  let isOpen = false;
  for (const frame of frames) {
    const last = result.at(-1);
    if (isOpen && frame.kind === "data" && last?.kind === "data" && frame.streamId === last.streamId && !last.isLast) {
      result[result.length - 1] = { ...frame, data: Buffer.concat([last.data, frame.data]) };
    } else result.push(frame);
    isOpen = frame.kind === "data" && !frame.isLast;
  }
  return result;
}

test("no bytes whatever do more than end the connection", async () => {
  const noise = fc.array(fc.oneof(frameBytes, block), { maxLength: 10 }).map((parts) => Buffer.concat(parts));
  await fc.assert(
    fc.asyncProperty(noise, async (bytes) => {
      const { client, session } = connection((stream) => stream.end());
      client.write(bytes);
      client.end();
      await session.closed;
    }),
    { numRuns: 500 },
  );
});

test("a stream echoes, is ended by each side for itself, and its connection answers pings", async () => {
  const { client, session, frames } = connection(async (stream) => {
    for await (const chunk of stream.incoming) await stream.write(chunk);
    stream.end();
  });
  const headers = new HeaderWriter();
  client.write(synStreamFrame(1, headers.write(new Map([["streamtype", "data"]]))));
  const text = "x".repeat(100_000);
  client.write(Buffer.concat([dataFrameHead(1, text.length, false), Buffer.from(text)]));
  client.write(Buffer.concat([pingFrame(7), dataFrameHead(1, 3, true), Buffer.from("end")]));
  await eventually(() => frames.some((frame) => frame.kind === "data" && frame.isLast));
  assert.equal(dataOf(frames, 1), `${text}end`);
  assert.ok(frames.some((frame) => frame.kind === "ping" && frame.id === 7));
  assert.ok(frames.some((frame) => frame.kind === "synReply" && frame.streamId === 1));
  assert.ok(frames.some((frame) => frame.kind === "windowUpdate" && frame.streamId === 1));
  session.end();
  client.end();
  await session.closed;
});

test("a stream that its peer resets is over, and so are all when the peer goes", async () => {
  const streams: SpdyStream[] = [];
  let resets = 0;
  const { client, session } = connection((stream) => {
    stream.onReset = () => resets++;
    streams.push(stream);
  });
  const headers = new HeaderWriter();
  client.write(Buffer.concat([1, 3, 5].map((id) => synStreamFrame(id, headers.write(new Map())))));
  await eventually(() => streams.length === 3);
  client.write(rstStreamFrame(3, 5));
  await eventually(() => resets === 1);
  assert.equal(streams[1]?.isReset, true);
  client.destroy();
  await session.closed;
  assert.equal(resets, 3);
});

test("a client opens streams, sends and reads, and knows when the server refuses or goes", async () => {
  const [near, far] = pair();
  const server = new SpdySession(far, Buffer.alloc(0), async (stream) => {
    if (stream.headers.get("streamtype") === "none") return stream.reset();
    for await (const chunk of stream.incoming) await stream.write(chunk);
    stream.end();
  });
  const client = new SpdySession(near, Buffer.alloc(0));
  const stream = await client.open(new Map([["streamtype", "echo"]]));
  const text = "y".repeat(300_000);
  void stream.write(Buffer.from(text)).then(() => stream.end());
  assert.equal((await bytesOf(stream)).toString(), text);
  const none = await client.open(new Map([["streamtype", "none"]]));
  await eventually(() => none.isReset);
  const left = await client.open(new Map([["streamtype", "echo"]]));
  server.destroy();
  await client.closed;
  assert.equal(left.isReset, true);
  await assert.rejects(client.open(new Map()), { message: /closed/ });
});

test("what a server said is read also when it has reset the stream and gone since", async () => {
  const [near, far] = pair();
  const server = new SpdySession(far, Buffer.alloc(0), async (stream) => {
    await stream.write(Buffer.alloc(100_000, "z"));
    stream.reset();
    server.end();
  });
  const client = new SpdySession(near, Buffer.alloc(0));
  const stream = await client.open(new Map());
  await client.closed;
  let length = 0;
  for await (const chunk of stream.incoming) length += chunk.length;
  assert.equal(length, 100_000);
});

test("what a server said at last is read by a client that reads slowly, after the connection is closed", async () => {
  const socket = new Duplex({ allowHalfOpen: false, read: () => {}, write: (_bytes, _encoding, done) => done() });
  const client = new SpdySession(socket, Buffer.alloc(0));
  const opening = [1, 2].map(() => client.open(new Map()));
  const headers = new HeaderWriter();
  const replies = [1, 3].map((id) => synReplyFrame(id, headers.write(new Map())));
  const large = Buffer.alloc(1024 * 1024, "z");
  socket.push(
    Buffer.concat([...replies, dataFrameHead(1, large.length, true), large, dataFrameHead(3, 4, true), words(7)]),
  );
  socket.push(null);
  const [output, status] = await Promise.all(opening);
  await eventually(() => socket.destroyed);
  assert.ok((await bytesOf(output)).equals(large));
  assert.deepEqual(await bytesOf(status), words(7));
  await client.closed;
});

test("a peer that opens streams out of turn, or too many, is refused", async () => {
  const outOfTurn = connection(() => {});
  const headers = new HeaderWriter();
  for (const id of [3, 1]) outOfTurn.client.write(synStreamFrame(id, headers.write(new Map())));
  await outOfTurn.session.closed;
  const { client, session, frames } = connection(() => {});
  const more = new HeaderWriter();
  for (let id = 1; id <= 2003; id += 2) client.write(synStreamFrame(id, more.write(new Map())));
  await eventually(() => frames.some((frame) => frame.kind === "rstStream" && frame.streamId === 2003));
  client.destroy();
  await session.closed;
});

test("who does not read is not sent to without bound", async () => {
  let written = 0;
  let isOpen = false;
  const { client, session } = connection(async (stream) => {
    isOpen = true;
    for (; !stream.isReset; written++) await stream.write(Buffer.alloc(1024 * 1024));
  }, false);
  client.write(synStreamFrame(1, new HeaderWriter().write(new Map())));
  await eventually(() => isOpen);
  await setImmediate();
  assert.ok(written < 10, `${written} MB`);
  client.destroy();
  await session.closed;
});

function connection(onStream: (stream: SpdyStream) => void, reads = true) {
  const [client, server] = pair();
  const frames: Frame[] = [];
  const parser = new FrameParser();
  if (reads) client.on("data", (chunk: Buffer) => frames.push(...parser.push(Buffer.from(chunk))));
  client.on("error", () => {});
  return { client, frames, session: new SpdySession(server, Buffer.alloc(0), onStream) };
}

/** Two ends of a connection. */
function pair(): [Duplex, Duplex] {
  const [one, other] = [new PassThrough(), new PassThrough()];
  const client = Duplex.from({ readable: one, writable: other });
  const server = Duplex.from({ readable: other, writable: one });
  client.once("close", () => server.destroy());
  server.once("close", () => client.destroy());
  return [client, server];
}

async function bytesOf(stream: SpdyStream | undefined): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream?.incoming ?? []) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function dataOf(frames: readonly Frame[], id: number): string {
  return frames.map((frame) => (frame.kind === "data" && frame.streamId === id ? frame.data.toString() : "")).join("");
}

function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, 4 * index);
  return bytes;
}
