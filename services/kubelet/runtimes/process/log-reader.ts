import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { setImmediate as yieldTurn } from "node:timers/promises";
import type { LogEntry, LogOptions } from "../runtime.ts";
import { type LogLine, type LogStream, parseLog, tailOffset } from "./cri-log.ts";
import { type LogFile, listLogFiles } from "./log-files.ts";
import type { OutputCollector } from "./output-collector.ts";

const READ_BYTES = 256 << 10;
/** A line longer than this is told in parts. */
const LINE_BYTES_MAX = 4 << 20;

/** What is read: the log files in `logDir`, which `collector` writes. */
export interface LogSource {
  logDir: string;
  collector: OutputCollector;
}

/** A container's output from its log files, as `Runtime.logs` promises it. `onPlaced`: what comes from now on is read. */
export async function* readLog(
  source: LogSource,
  options: LogOptions,
  signal?: AbortSignal,
  onPlaced: () => void = () => {},
): AsyncGenerator<LogEntry> {
  await source.collector.drain();
  const cursor = new LogCursor(source.logDir, options.tailLines);
  onPlaced();
  const joiner = new LineJoiner();
  const wanted = (entry: LogEntry) => options.sinceMs === undefined || entry.timeMs >= options.sinceMs;
  try {
    while (!signal?.aborted) {
      // Asked before reading: what is written until the end is read below.
      const { closed, version } = source.collector;
      const lines = cursor.read();
      for (const entry of lines.length > 0 ? joiner.join(lines) : joiner.flush()) {
        if (wanted(entry)) yield entry;
        if (signal?.aborted) return;
      }
      if (lines.length > 0) await yieldTurn();
      else if (!options.follow || closed || cursor.closed) return;
      else await untilChanged(source.collector, version, signal);
    }
  } finally {
    cursor.close();
  }
}

async function untilChanged(
  collector: OutputCollector,
  version: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (!signal) return collector.changed(version);
  const { promise, resolve } = deferred();
  signal.addEventListener("abort", resolve, { once: true });
  if (signal.aborted) resolve();
  await Promise.race([collector.changed(version), promise]);
  signal.removeEventListener("abort", resolve);
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** A place in the log files, which goes on from file to file as they are rotated. */
class LogCursor {
  readonly #dir: string;
  readonly #buffer = Buffer.allocUnsafe(READ_BYTES);
  #rest: Buffer = Buffer.alloc(0);
  #sequence = -1;
  #fd = -1;
  #offset = 0;

  constructor(dir: string, tailLines: number | undefined) {
    this.#dir = dir;
    const files = listLogFiles(dir);
    const start = tailLines === undefined ? { file: files[0], offset: 0 } : tailStart(files, tailLines);
    if (start.file) this.#open(start.file, start.offset);
  }

  /** Whether there is nothing that could be read. */
  get closed(): boolean {
    return this.#fd < 0;
  }

  /** The next lines; none at the end of the last file. */
  read(): LogLine[] {
    while (this.#fd >= 0) {
      const count = readSync(this.#fd, this.#buffer, 0, READ_BYTES, this.#offset);
      if (count > 0) {
        this.#offset += count;
        const data = Buffer.concat([this.#rest, this.#buffer.subarray(0, count)]);
        const { lines, bytes } = parseLog(data);
        this.#rest = data.subarray(bytes);
        if (lines.length > 0) return lines;
        continue;
      }
      const next = listLogFiles(this.#dir).find((file) => file.sequence > this.#sequence);
      if (!next) return [];
      this.close();
      this.#open(next, 0);
    }
    return [];
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  #open(file: LogFile, offset: number): void {
    this.#fd = openSync(file.path, "r");
    this.#sequence = file.sequence;
    this.#offset = offset;
  }
}

function tailStart(files: LogFile[], tailLines: number): { file: LogFile | undefined; offset: number } {
  let missing = tailLines;
  for (const file of files.toReversed()) {
    const { offset, found } = tailOffset(readFileSync(file.path), missing);
    missing -= found;
    if (missing === 0 || file === files[0]) return { file, offset };
  }
  return { file: undefined, offset: 0 };
}

/** Makes entries of log lines; the parts of a line that are there together become one entry. */
class LineJoiner {
  readonly #parts = new Map<LogStream, LogLine[]>();

  *join(lines: LogLine[]): Generator<LogEntry> {
    for (const line of lines) {
      const parts = this.#parts.get(line.stream) ?? [];
      parts.push(line);
      this.#parts.set(line.stream, parts);
      const bytes = parts.reduce((sum, part) => sum + part.bytes.length, 0);
      if (line.full || bytes > LINE_BYTES_MAX) yield* this.#take(line.stream);
    }
  }

  /** What waits for the rest of its line. */
  *flush(): Generator<LogEntry> {
    for (const stream of [...this.#parts.keys()]) yield* this.#take(stream);
  }

  *#take(stream: LogStream): Generator<LogEntry> {
    const parts = this.#parts.get(stream) ?? [];
    this.#parts.delete(stream);
    const [first] = parts;
    if (!first) return;
    const { timestamp } = first;
    const line = Buffer.concat(parts.map((part) => part.bytes));
    yield { timeMs: Date.parse(timestamp), timestamp, stream, line };
  }
}
