/** A piece of a container's output. */
export interface Frame {
  stream: "stdout" | "stderr";
  payload: Buffer;
}

const headerBytes = 8;

/**
 * Takes Docker's multiplexed output apart: frames of one byte for the stream, three of nothing, a big-endian length and
 * as many bytes. With a terminal there are no frames, and every chunk is output as it is.
 */
export async function* readFrames(source: AsyncIterable<Buffer>, tty: boolean): AsyncGenerator<Frame> {
  if (tty) {
    for await (const payload of source) yield { stream: "stdout", payload };
    return;
  }
  let rest: Buffer = Buffer.alloc(0);
  let pending: Buffer[] = [];
  let needed = headerBytes;
  let have = 0;
  for await (const chunk of source) {
    pending.push(chunk);
    have += chunk.length;
    // Joined only when a frame is whole, so that a large frame in small chunks is not copied over and over.
    if (have < needed) continue;
    rest = pending.length === 1 ? chunk : Buffer.concat(pending);
    while (rest.length >= headerBytes) {
      const end = headerBytes + rest.readUInt32BE(4);
      if (rest.length < end) break;
      yield { stream: rest[0] === 2 ? "stderr" : "stdout", payload: rest.subarray(headerBytes, end) };
      rest = rest.subarray(end);
    }
    needed = rest.length < headerBytes ? headerBytes : headerBytes + rest.readUInt32BE(4);
    pending = rest.length > 0 ? [rest] : [];
    have = rest.length;
  }
}
