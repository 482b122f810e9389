import { type FileHandle, open } from "node:fs/promises";
import type { Clock } from "../../../../lib/base/clock.ts";
import type { LogEntry, LogOptions } from "../runtime.ts";
import { logFiles } from "./log-files.ts";
import { LineJoiner, type LogLine, parseLines, tailOffset } from "./log-lines.ts";

const readBytes = 256 << 10;
/** How often a log that is followed is looked at again. */
const lookMs = 100;
/** A runtime may write the last lines a moment after the end: they are in when a log has been still for this many looks. */
const stillLooks = 2;
/** How often its container is asked whether it still runs. */
const askMs = 500;

/** What is read. */
export interface LogSource {
  logPath: string;
  clock: Clock;
  /** Whether more may come. */
  isRunning(): Promise<boolean>;
  /** Whether its container ended a moment ago. */
  hasJustEnded(): Promise<boolean>;
}

/** A container's output from its log files, as `Runtime.logs` promises it. */
export async function* readLog(source: LogSource, options: LogOptions, signal: AbortSignal): AsyncGenerator<LogEntry> {
  const cursor = new LogCursor(source.logPath);
  const joiner = new LineJoiner();
  const wanted = (entry: LogEntry) => options.sinceMs === undefined || entry.timeMs >= options.sinceMs;
  const watch = new Watch(source);
  let still = 0;
  try {
    await cursor.begin(options.tailLines);
    while (!signal.aborted) {
      // Asked before reading: what is written until the end is read below.
      const mayGrow = options.follow && (await watch.isRunning());
      const lines = await cursor.read();
      for (const entry of lines.length > 0 ? joiner.join(lines) : joiner.flush()) {
        if (wanted(entry)) yield entry;
        if (signal.aborted) return;
      }
      still = lines.length > 0 ? 0 : still + 1;
      if (still === 0) continue;
      if (!mayGrow && (still > stillLooks || !(await source.hasJustEnded()))) return;
      await source.clock.sleep(lookMs, signal).catch(() => {}); // aborted: seen above
    }
  } finally {
    await cursor.close();
  }
}

/** Asks a container now and then whether it runs. */
class Watch {
  readonly #source: LogSource;
  #askedMs = Number.NEGATIVE_INFINITY;
  #running = true;

  constructor(source: LogSource) {
    this.#source = source;
  }

  async isRunning(): Promise<boolean> {
    const nowMs = this.#source.clock.monotonic();
    if (this.#running && nowMs - this.#askedMs >= askMs) {
      this.#askedMs = nowMs;
      this.#running = await this.#source.isRunning();
    }
    return this.#running;
  }
}

/** A place in the log files, which goes on from file to file as they are moved away. */
class LogCursor {
  readonly #logPath: string;
  readonly #buffer = Buffer.allocUnsafe(readBytes);
  #rest: Buffer = Buffer.alloc(0);
  /** Files that come after the one that is read. */
  #next: FileHandle[] = [];
  #file: FileHandle | undefined;
  #offset = 0;

  constructor(logPath: string) {
    this.#logPath = logPath;
  }

  /** Goes to the beginning, or to where the last `tailLines` lines begin. */
  async begin(tailLines: number | undefined): Promise<void> {
    const files = await openAll(await logFiles(this.#logPath));
    if (tailLines === undefined) {
      this.#next = files;
      this.#file = this.#next.shift();
      return;
    }
    let missing = tailLines;
    for (let file = files.pop(); file; file = files.pop()) {
      const { offset, found } = await tailStart(file, missing);
      missing -= found;
      if (this.#file) this.#next.unshift(this.#file);
      this.#file = file;
      this.#offset = offset;
      if (missing === 0) break;
    }
    await Promise.all(files.map((file) => file.close()));
  }

  /** The next lines; none at the end of the last file. */
  async read(): Promise<LogLine[]> {
    for (;;) {
      this.#file ??= await this.#reopened(undefined);
      if (!this.#file) return [];
      const { bytesRead } = await this.#file.read(this.#buffer, 0, readBytes, this.#offset);
      if (bytesRead === 0) {
        const following = this.#next.shift() ?? (await this.#reopened(this.#file));
        if (!following) return [];
        await this.#file.close();
        this.#file = following;
        this.#offset = 0;
        continue;
      }
      this.#offset += bytesRead;
      const data = Buffer.concat([this.#rest, this.#buffer.subarray(0, bytesRead)]);
      const { lines, bytes } = parseLines(data);
      this.#rest = data.subarray(bytes);
      if (lines.length > 0) return lines;
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#file, ...this.#next].map((file) => file?.close()));
  }

  /** The file at the log's path, when it is another than `file`, which then has been moved away. */
  async #reopened(file: FileHandle | undefined): Promise<FileHandle | undefined> {
    const [present] = await openAll([this.#logPath]);
    if (!present || !file) return present;
    const [now, before] = await Promise.all([present.stat(), file.stat()]);
    // What was written until the runtime let go of the old file is read first.
    if (now.ino !== before.ino && before.size <= this.#offset) return present;
    await present.close();
    return undefined;
  }
}

/** Files that are gone meanwhile are left out. */
async function openAll(paths: string[]): Promise<FileHandle[]> {
  const files = await Promise.all(paths.map((path) => open(path).catch(() => undefined)));
  return files.filter((file) => file !== undefined);
}

/** Where the last `count` lines of a file begin; looks at no more of it than needed. */
async function tailStart(file: FileHandle, count: number): Promise<{ offset: number; found: number }> {
  const { size } = await file.stat();
  for (let length = Math.min(size, readBytes); ; length = Math.min(size, length * 4)) {
    const data = Buffer.alloc(length);
    const { bytesRead } = await file.read(data, 0, length, size - length);
    const start = tailOffset(data.subarray(0, bytesRead), count, length === size);
    if (start) return { offset: size - length + start.offset, found: start.found };
  }
}
