import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, readSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as yieldTurn } from "node:timers/promises";
import type { Clock } from "../../../../lib/base/clock.ts";
import type { LogLimits } from "../../configuration/log-limits.ts";
import { formatOutput, type LogStream, logTimestamp, parseLog } from "./cri-log.ts";
import { type LogFile, listLogFiles, logFile, type OutputPosition } from "./log-files.ts";

/** The size of the pieces in which a container's supervisor leaves its output. */
export const CHUNK_BYTES = 1 << 20;
const READ_BYTES = 256 << 10;

const NEWLINE = 10;

const STREAMS: LogStream[] = ["stdout", "stderr"];

/** Where a collector reads and writes. */
export interface OutputCollectorOptions {
  /** Holds the chunks `stdout.0000000`, `stdout.0000001`, …, numbered from the start of the container. */
  runDir: string;
  logDir: string;
  limits: LogLimits;
  clock: Clock;
}

/**
 * Moves a container's output from chunks, which its supervisor writes whether a kubelet runs or not, into log files
 * with times. How far it came follows from the log files themselves, so after a kill at any moment nothing is lost and
 * nothing is written twice.
 */
export class OutputCollector {
  readonly #options: OutputCollectorOptions;
  readonly #position: OutputPosition;
  readonly #chunks: Partial<Record<LogStream, number>> = {};
  readonly #buffer = Buffer.allocUnsafe(READ_BYTES);
  #file: LogFile;
  #fd: number;
  #size: number;
  #pumping: Promise<void> | undefined;
  #more = false;
  #caughtUp = false;
  #ended = false;
  #version = 0;
  #waiting: (() => void)[] = [];

  constructor(options: OutputCollectorOptions) {
    this.#options = options;
    this.#file = listLogFiles(options.logDir).at(-1) ?? logFile(options.logDir, 0, { stdout: 0, stderr: 0 });
    this.#fd = openSync(this.#file.path, "a+");
    const { position, bytes } = endOf(this.#file);
    // A write that was cut short by a kill is taken back; its chunk is still there.
    ftruncateSync(this.#fd, bytes);
    this.#position = position;
    this.#size = bytes;
  }

  /** Whether all output of an ended container has been moved. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Moves what is there. Resolves when there was no more. */
  drain(): Promise<void> {
    this.#more = true;
    this.#pumping ??= this.#pump();
    return this.#pumping;
  }

  /** Moves the rest; no output comes any more. */
  async finish(): Promise<void> {
    if (this.#ended) return;
    await this.drain();
    this.#ended = true;
    this.close();
  }

  /** Whether nothing comes any more, because the container has ended or the runtime was closed. */
  get closed(): boolean {
    return this.#fd < 0;
  }

  /** Rises with every change of the log files. */
  get version(): number {
    return this.#version;
  }

  /** Resolves when `version` is no longer `since`, or when the end is reached. */
  changed(since: number): Promise<void> {
    if (this.#version !== since || this.closed) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Closes files and wakes who waits. */
  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
    for (const stream of STREAMS) this.#closeChunk(stream);
    this.#wake();
  }

  async #pump(): Promise<void> {
    await Promise.resolve();
    try {
      while (this.#more && this.#fd >= 0) {
        this.#more = false;
        while (this.#fd >= 0 && this.#moveSome()) await yieldTurn();
        this.#caughtUp = true;
      }
    } finally {
      // At once after the last look: who asks from now on is not answered by what was seen before.
      this.#pumping = undefined;
    }
  }

  #moveSome(): boolean {
    let moved = false;
    for (const stream of STREAMS) {
      const output = this.#read(stream);
      if (!output) continue;
      this.#append(stream, output);
      moved = true;
    }
    if (moved) this.#wake();
    return moved;
  }

  #read(stream: LogStream): Buffer | undefined {
    const fd = this.#openChunk(stream);
    if (fd === undefined) return undefined;
    const count = readSync(fd, this.#buffer, 0, READ_BYTES, this.#position[stream] % CHUNK_BYTES);
    return count > 0 ? this.#buffer.subarray(0, count) : undefined;
  }

  #append(stream: LogStream, output: Buffer): void {
    const lines = formatOutput(logTimestamp(this.#timeOf(stream)), stream, output);
    for (let written = 0; written < lines.length; ) written += writeSync(this.#fd, lines, written);
    this.#size += lines.length;
    this.#position[stream] += output.length;
    if (this.#position[stream] % CHUNK_BYTES === 0) {
      this.#closeChunk(stream);
      rmSync(this.#chunkPath(stream, this.#position[stream] / CHUNK_BYTES - 1), { force: true });
    }
    // At the end of a line, unless it is very long.
    const excess = this.#size - this.#options.limits.maxSizeBytes;
    if (excess > 0 && (output.at(-1) === NEWLINE || excess > READ_BYTES)) this.#rotate();
  }

  /** Output that waited for this process has the time at which it was written. */
  #timeOf(stream: LogStream): number {
    const now = this.#options.clock.now();
    const fd = this.#chunks[stream];
    return this.#caughtUp || fd === undefined ? now : Math.min(now, fstatSync(fd).mtimeMs);
  }

  #rotate(): void {
    closeSync(this.#fd);
    this.#file = logFile(this.#options.logDir, this.#file.sequence + 1, this.#position);
    this.#fd = openSync(this.#file.path, "a+");
    this.#size = 0;
    for (const old of listLogFiles(this.#options.logDir).slice(0, -this.#options.limits.maxFiles)) rmSync(old.path);
  }

  #openChunk(stream: LogStream): number | undefined {
    const open = this.#chunks[stream];
    if (open !== undefined) return open;
    try {
      const fd = openSync(this.#chunkPath(stream, Math.floor(this.#position[stream] / CHUNK_BYTES)), "r");
      this.#chunks[stream] = fd;
      return fd;
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      throw error;
    }
  }

  #closeChunk(stream: LogStream): void {
    const fd = this.#chunks[stream];
    if (fd !== undefined) closeSync(fd);
    delete this.#chunks[stream];
  }

  #chunkPath(stream: LogStream, index: number): string {
    return join(this.#options.runDir, `${stream}.${String(index).padStart(7, "0")}`);
  }

  #wake(): void {
    this.#version++;
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

/** Where the output of a log file ends, and how many of its bytes are complete lines. */
function endOf(file: LogFile): { position: OutputPosition; bytes: number } {
  const { lines, bytes } = parseLog(readFileSync(file.path));
  const position = { ...file.start };
  for (const line of lines) position[line.stream] += line.bytes.length;
  return { position, bytes };
}
