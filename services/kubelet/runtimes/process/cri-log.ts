/**
 * The lines of a container's log file, as container runtimes write them: `<RFC 3339 with nanoseconds, UTC> <stream>
 * <F|P> <bytes>`. `F` ends a line of output, `P` is a part of one. All before the bytes has a fixed width.
 */
const HEADER_BYTES = 40;

const TAG_AT = 38;
const STREAM_AT = 31;
const NEWLINE = 10;
const FULL = "F".charCodeAt(0);

export type LogStream = "stdout" | "stderr";

/** One line of a log file. */
export interface LogLine {
  timestamp: string;
  stream: LogStream;
  /** Whether the output's line ends here. */
  full: boolean;
  /** The output's bytes, with the newline if the line is full. */
  bytes: Buffer;
}

/** A time as the log writes it. */
export function logTimestamp(timeMs: number): string {
  return new Date(timeMs).toISOString().replace("Z", "000000Z");
}

/** The log lines for a piece of output. What follows its last newline becomes a part. */
export function formatOutput(timestamp: string, stream: LogStream, output: Buffer): Buffer {
  const full = Buffer.from(`${timestamp} ${stream} F `);
  const part = Buffer.from(`${timestamp} ${stream} P `);
  const newline = Buffer.from("\n");
  const pieces: Buffer[] = [];
  let start = 0;
  for (let end = output.indexOf(NEWLINE); end >= 0; end = output.indexOf(NEWLINE, start)) {
    pieces.push(full, output.subarray(start, end + 1));
    start = end + 1;
  }
  if (start < output.length) pieces.push(part, output.subarray(start), newline);
  return Buffer.concat(pieces);
}

/** The complete lines of `data`, and how many bytes they take. */
export function parseLog(data: Buffer): { lines: LogLine[]; bytes: number } {
  const lines: LogLine[] = [];
  let start = 0;
  for (let end = data.indexOf(NEWLINE); end >= 0; end = data.indexOf(NEWLINE, start)) {
    lines.push(parseLine(data, start, end));
    start = end + 1;
  }
  return { lines, bytes: start };
}

function parseLine(data: Buffer, start: number, end: number): LogLine {
  const full = isFull(data, start);
  return {
    timestamp: data.toString("latin1", start, start + STREAM_AT - 1),
    stream: data[start + STREAM_AT + 3] === "o".charCodeAt(0) ? "stdout" : "stderr",
    full,
    bytes: data.subarray(start + HEADER_BYTES, full ? end + 1 : end),
  };
}

/**
 * Where the last `count` lines of output begin in `data`; `found` says how many there are from there on. Output after
 * the last newline counts as a line.
 */
export function tailOffset(data: Buffer, count: number): { offset: number; found: number } {
  let found = 0;
  for (let end = data.length; end > 0; ) {
    const previous = end >= 2 ? data.lastIndexOf(NEWLINE, end - 2) : -1;
    const start = previous + 1;
    if (isFull(data, start) || end === data.length) {
      if (found === count) return { offset: end, found };
      found++;
    }
    end = start;
  }
  return { offset: 0, found };
}

function isFull(data: Buffer, lineStart: number): boolean {
  return data[lineStart + TAG_AT] === FULL;
}
