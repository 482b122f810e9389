/** What SPDY/3.1 sends, both ways. Headers are still compressed. */
export type Frame =
  | { kind: "synStream"; streamId: number; isLast: boolean; headerBlock: Buffer }
  | { kind: "synReply" | "headers"; streamId: number; isLast: boolean; headerBlock: Buffer }
  | { kind: "data"; streamId: number; isLast: boolean; data: Buffer }
  | { kind: "rstStream"; streamId: number; status: number }
  | { kind: "ping"; id: number }
  | { kind: "goAway" }
  | { kind: "windowUpdate"; streamId: number; delta: number }
  | { kind: "settings" | "unknown" };

/** Why a stream is reset. */
export const rstStatus = { protocolError: 1, invalidStream: 2, refusedStream: 3, cancel: 5, internalError: 6 } as const;

/** The peer does not keep to SPDY/3.1; the connection is beyond saving. */
export class SpdyError extends Error {}

const frameType = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const;
const headLength = 8;
/** Of control frames; data passes in pieces. */
const controlLengthMax = 64 * 1024;
const flagLast = 1;
const version = 3;

/** Takes bytes as they come and gives frames; holds at most one control frame. */
export class FrameParser {
  #pending: Buffer = Buffer.alloc(0);
  /** The frame of data that is passing. */
  #data: { streamId: number; isLast: boolean; left: number } | undefined;

  /** @throws SpdyError */
  *push(chunk: Buffer): Generator<Frame> {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    for (let frame = this.#next(); frame; frame = this.#next()) yield frame;
  }

  #next(): Frame | undefined {
    if (this.#data) return this.#passData(this.#data);
    const bytes = this.#pending;
    if (bytes.length < headLength) return undefined;
    const length = bytes.readUIntBE(5, 3);
    const flags = bytes[4] ?? 0;
    if (((bytes[0] ?? 0) & 0x80) === 0) {
      this.#pending = bytes.subarray(headLength);
      this.#data = { streamId: streamIdAt(bytes, 0), isLast: (flags & flagLast) !== 0, left: length };
      return this.#passData(this.#data);
    }
    if ((bytes.readUInt16BE(0) & 0x7fff) !== version) throw new SpdyError("another version of SPDY than 3");
    if (length > controlLengthMax) throw new SpdyError(`a control frame of ${length} bytes`);
    if (bytes.length < headLength + length) return undefined;
    this.#pending = bytes.subarray(headLength + length);
    return controlFrame(bytes.readUInt16BE(2), flags, bytes.subarray(headLength, headLength + length));
  }

  #passData(data: { streamId: number; isLast: boolean; left: number }): Frame | undefined {
    if (data.left > 0 && this.#pending.length === 0) return undefined;
    const piece = this.#pending.subarray(0, data.left);
    this.#pending = this.#pending.subarray(piece.length);
    data.left -= piece.length;
    if (data.left === 0) this.#data = undefined;
    return { kind: "data", streamId: data.streamId, data: piece, isLast: data.isLast && data.left === 0 };
  }
}

function controlFrame(type: number, flags: number, body: Buffer): Frame {
  const isLast = (flags & flagLast) !== 0;
  switch (type) {
    case frameType.synStream:
      wants(body, 10);
      return { kind: "synStream", streamId: streamIdAt(body, 0), isLast, headerBlock: body.subarray(10) };
    case frameType.synReply:
    case frameType.headers: {
      wants(body, 4);
      const kind = type === frameType.headers ? "headers" : "synReply";
      return { kind, streamId: streamIdAt(body, 0), isLast, headerBlock: body.subarray(4) };
    }
    case frameType.rstStream:
      wants(body, 8);
      return { kind: "rstStream", streamId: streamIdAt(body, 0), status: body.readUInt32BE(4) };
    case frameType.ping:
      wants(body, 4);
      return { kind: "ping", id: body.readUInt32BE(0) };
    case frameType.windowUpdate:
      wants(body, 8);
      return { kind: "windowUpdate", streamId: streamIdAt(body, 0), delta: body.readUInt32BE(4) & 0x7fffffff };
    case frameType.goAway:
      return { kind: "goAway" };
    case frameType.settings:
      return { kind: "settings" };
    default:
      return { kind: "unknown" };
  }
}

function wants(body: Buffer, length: number): void {
  if (body.length < length) throw new SpdyError(`a frame of ${body.length} bytes where ${length} are needed`);
}

function streamIdAt(bytes: Buffer, offset: number): number {
  return bytes.readUInt32BE(offset) & 0x7fffffff;
}

/** Opens a stream; `headerBlock` is compressed. */
export function synStreamFrame(streamId: number, headerBlock: Buffer): Buffer {
  const head = Buffer.alloc(10);
  head.writeUInt32BE(streamId, 0);
  return control(frameType.synStream, Buffer.concat([head, headerBlock]));
}

export function synReplyFrame(streamId: number, headerBlock: Buffer): Buffer {
  return control(frameType.synReply, Buffer.concat([words(streamId), headerBlock]));
}

export function rstStreamFrame(streamId: number, status: number): Buffer {
  return control(frameType.rstStream, words(streamId, status));
}

export function pingFrame(id: number): Buffer {
  return control(frameType.ping, words(id));
}

export function goAwayFrame(lastStreamId: number): Buffer {
  return control(frameType.goAway, words(lastStreamId, 0));
}

export function windowUpdateFrame(streamId: number, delta: number): Buffer {
  return control(frameType.windowUpdate, words(streamId, delta));
}

/** The head of a frame of data; the bytes follow. */
export function dataFrameHead(streamId: number, length: number, isLast: boolean): Buffer {
  const head = Buffer.alloc(headLength);
  head.writeUInt32BE(streamId & 0x7fffffff, 0);
  head[4] = isLast ? flagLast : 0;
  head.writeUIntBE(length, 5, 3);
  return head;
}

function control(type: number, body: Buffer): Buffer {
  const head = Buffer.alloc(headLength);
  head.writeUInt16BE(0x8000 | version, 0);
  head.writeUInt16BE(type, 2);
  head.writeUIntBE(body.length, 5, 3);
  return Buffer.concat([head, body]);
}

function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, 4 * index);
  return bytes;
}
