import type { LogEntry } from "../runtime.ts";

const newline = 10;
const space = 32;
const full = "F".charCodeAt(0);

/** One line of a log file: `<RFC 3339> <stream> <F or P> <bytes>`; `F` ends a line of output, `P` is a part of one. */
export interface LogLine {
  timestamp: string;
  stream: LogEntry["stream"];
  isFull: boolean;
  /** The output's bytes, with the newline if the line is full. */
  bytes: Buffer;
}

/** The complete lines of `data`, and how many bytes they take. What is no line of a log is left out. */
export function parseLines(data: Buffer): { lines: LogLine[]; bytes: number } {
  const lines: LogLine[] = [];
  let start = 0;
  for (let end = data.indexOf(newline); end >= 0; end = data.indexOf(newline, start)) {
    const line = parseLine(data.subarray(start, end + 1));
    if (line) lines.push(line);
    start = end + 1;
  }
  return { lines, bytes: start };
}

function parseLine(data: Buffer): LogLine | undefined {
  const streamAt = data.indexOf(space) + 1;
  const tagAt = data.indexOf(space, streamAt) + 1;
  const contentAt = data.indexOf(space, tagAt) + 1;
  if (streamAt === 0 || tagAt === 0 || contentAt === 0) return undefined;
  const isFull = data[tagAt] === full;
  return {
    timestamp: withNanoseconds(data.toString("latin1", 0, streamAt - 1)),
    stream: data.toString("latin1", streamAt, tagAt - 1) === "stderr" ? "stderr" : "stdout",
    isFull,
    bytes: data.subarray(contentAt, isFull ? data.length : data.length - 1),
  };
}

/** Runtimes leave out zeros at the end of a second's fraction. */
function withNanoseconds(timestamp: string): string {
  const match = /^([^.Z+]+?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(timestamp);
  return match ? `${match[1]}.${(match[2] ?? "").padEnd(9, "0")}${match[3]}` : timestamp;
}

/**
 * Where the last `count` lines of output begin in `data`; undefined when it does not hold as many and something may come
 * before it. Output after the last full line counts as a line.
 */
export function tailOffset(
  data: Buffer,
  count: number,
  isWhole: boolean,
): { offset: number; found: number } | undefined {
  let found = 0;
  for (let end = data.lastIndexOf(newline) + 1; end > 0; ) {
    const previous = end >= 2 ? data.lastIndexOf(newline, end - 2) : -1;
    const start = previous + 1;
    if (start === 0 && !isWhole) return undefined;
    if (parseLine(data.subarray(start, end))?.isFull || end === data.lastIndexOf(newline) + 1) {
      if (found === count) return { offset: end, found };
      found++;
    }
    end = start;
  }
  return isWhole ? { offset: 0, found } : undefined;
}

/** A line longer than this is told in parts. */
const lineBytesMax = 4 << 20;

/** Makes entries of log lines; the parts of a line that are there together become one entry. */
export class LineJoiner {
  readonly #open = new Map<LogEntry["stream"], { parts: LogLine[]; bytes: number }>();

  *join(lines: readonly LogLine[]): Generator<LogEntry> {
    for (const line of lines) {
      const open = this.#open.get(line.stream) ?? { parts: [], bytes: 0 };
      this.#open.set(line.stream, open);
      open.parts.push(line);
      open.bytes += line.bytes.length;
      if (line.isFull || open.bytes > lineBytesMax) yield* this.#take(line.stream);
    }
  }

  /** What waits for the rest of its line. */
  *flush(): Generator<LogEntry> {
    for (const stream of [...this.#open.keys()]) yield* this.#take(stream);
  }

  *#take(stream: LogEntry["stream"]): Generator<LogEntry> {
    const { parts = [] } = this.#open.get(stream) ?? {};
    this.#open.delete(stream);
    const [first] = parts;
    if (!first) return;
    const { timestamp } = first;
    yield { timeMs: Date.parse(timestamp), timestamp, stream, line: Buffer.concat(parts.map(({ bytes }) => bytes)) };
  }
}
