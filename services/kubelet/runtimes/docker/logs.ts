import { type LogEntry, type LogOptions, RuntimeError } from "../runtime.ts";
import type { DockerClient } from "./docker-client.ts";
import { LastSeen } from "./last-seen.ts";
import { type Frame, readFrames } from "./stream-frames.ts";

/** Docker cuts lines into parts of this size; only the last part has the newline. */
const partBytes = 16 * 1024;
/** A line longer than this is handed on in pieces. */
const lineBytesMax = 1024 * 1024;
const newline = 10;

interface Query {
  readonly tail: number | "all";
  /** Seconds and their fractions. */
  readonly since: string | undefined;
}

/** Reads a container's output from Docker's log files; `tty` as the container was made with. */
export async function* readLogs(
  client: DockerClient,
  containerId: string,
  tty: boolean,
  options: LogOptions,
  signal: AbortSignal = new AbortController().signal,
): AsyncGenerator<LogEntry> {
  if (options.tailLines === 0 && !options.follow) return;
  const tail: Query["tail"] = options.tailLines ?? "all";
  const since = options.sinceMs === undefined ? undefined : (options.sinceMs / 1000).toFixed(3);
  const read = async function* (follow: boolean, query: Query) {
    const all = { stdout: true, stderr: true, timestamps: true, follow, tail: query.tail };
    const asked = query.since === undefined ? all : { ...all, since: query.since };
    const frames = readFrames(await client.open("read logs", `/containers/${containerId}/logs`, asked, signal), tty);
    yield* tty ? readTerminalLines(frames) : readFramedLines(frames);
  };
  const lines = async function* () {
    const seen = new LastSeen();
    for await (const entry of read(options.follow, { tail, since })) yield seen.note(entry);
    if (!options.follow || signal.aborted || (tail === 0 && !seen.any)) return;
    // Docker may end the stream with the container before it has sent the last lines.
    const rest: Query = seen.any ? { tail: "all", since: seen.since } : { tail, since };
    try {
      for await (const entry of read(false, rest)) if (seen.isNew(entry)) yield entry;
    } catch (error) {
      // A container that was removed when it ended has nothing more to say.
      if (!(error instanceof RuntimeError && error.code === "NotFound")) throw error;
    }
  };
  try {
    yield* joinParts(lines());
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Each frame is one line, or one part of a long line. */
async function* readFramedLines(frames: AsyncIterable<Frame>): AsyncGenerator<LogEntry> {
  for await (const { stream, payload } of frames) yield parseLine(payload, stream);
}

/** A terminal's output comes without frames: lines are what ends in a newline. */
async function* readTerminalLines(frames: AsyncIterable<Frame>): AsyncGenerator<LogEntry> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const { payload } of frames) {
    rest = rest.length === 0 ? payload : Buffer.concat([rest, payload]);
    for (let end = rest.indexOf(newline); end >= 0; end = rest.indexOf(newline)) {
      yield parseLine(rest.subarray(0, end + 1), "stdout");
      rest = rest.subarray(end + 1);
    }
  }
  if (rest.length > 0) yield parseLine(rest, "stdout");
}

/** `2026-01-01T00:00:00.000000000Z the line\n` */
function parseLine(bytes: Buffer, stream: LogEntry["stream"]): LogEntry {
  const space = bytes.indexOf(" ");
  const timestamp = bytes.toString("latin1", 0, space);
  return { timestamp, timeMs: Date.parse(timestamp), stream, line: bytes.subarray(space + 1) };
}

/** Puts the parts of long lines together again; the time is that of the first part. */
async function* joinParts(entries: AsyncIterable<LogEntry>): AsyncGenerator<LogEntry> {
  const open = new Map<LogEntry["stream"], { first: LogEntry; parts: Uint8Array[]; bytes: number }>();
  const close = (stream: LogEntry["stream"]) => {
    const joined = open.get(stream);
    open.delete(stream);
    return joined && { ...joined.first, line: Buffer.concat(joined.parts) };
  };
  for await (const entry of entries) {
    const joined = open.get(entry.stream);
    const isWhole = entry.line.at(-1) === newline || entry.line.length < partBytes;
    if (!joined && isWhole) {
      yield entry;
      continue;
    }
    const grown = joined ?? { first: entry, parts: [], bytes: 0 };
    grown.parts.push(entry.line);
    grown.bytes += entry.line.length;
    open.set(entry.stream, grown);
    if (!isWhole && grown.bytes < lineBytesMax) continue;
    const whole = close(entry.stream);
    if (whole) yield whole;
  }
  for (const stream of [...open.keys()]) {
    const last = close(stream);
    if (last) yield last;
  }
}
