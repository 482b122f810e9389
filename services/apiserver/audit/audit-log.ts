import { closeSync, fstatSync, openSync, readdirSync, renameSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";

export interface AuditLogOptions {
  /** `-` is the standard output. */
  path: string;
  /** A file is put aside when it would grow larger; 100 MB when absent. */
  maxBytes?: number | undefined;
  /** How many of those are kept; all when absent. */
  maxBackups?: number | undefined;
}

const defaultMaxBytes = 100 * 1024 * 1024;

/** Lines of JSON in a file. Those of one moment are written together; a line is in the file before the next moment. */
export class AuditLog {
  readonly #options: AuditLogOptions;
  #file: number;
  #bytes: number;
  #waiting: string[] = [];
  #isClosed = false;

  /** @throws when the file cannot be written. */
  constructor(options: AuditLogOptions) {
    this.#options = options;
    this.#file = options.path === "-" ? 1 : openSync(options.path, "a", 0o600);
    this.#bytes = options.path === "-" ? 0 : fstatSync(this.#file).size;
  }

  /** Notes an event; those after the end are dropped. */
  write(event: object): void {
    // The number of a closed file may be that of another one by now.
    if (this.#isClosed) return;
    if (this.#waiting.length === 0) setImmediate(() => this.flush());
    this.#waiting.push(JSON.stringify(event));
  }

  /** Writes what waits. */
  flush(): void {
    if (this.#waiting.length === 0) return;
    const bytes = Buffer.from(`${this.#waiting.join("\n")}\n`);
    this.#waiting = [];
    if (this.#bytes > 0 && this.#bytes + bytes.length > (this.#options.maxBytes ?? defaultMaxBytes)) this.#rotate();
    writeSync(this.#file, bytes);
    this.#bytes += bytes.length;
  }

  close(): void {
    this.flush();
    this.#isClosed = true;
    if (this.#options.path !== "-") closeSync(this.#file);
  }

  #rotate(): void {
    const { path, maxBackups } = this.#options;
    if (path === "-") return;
    closeSync(this.#file);
    const extension = extname(path);
    const stem = basename(path, extension);
    const time = new Date().toISOString().replaceAll(":", "-").replace("Z", "");
    renameSync(path, join(dirname(path), `${stem}-${time}${extension}`));
    this.#file = openSync(path, "a", 0o600);
    this.#bytes = 0;
    if (maxBackups !== undefined) removeOldest(dirname(path), stem, extension, maxBackups);
  }
}

function removeOldest(directory: string, stem: string, extension: string, kept: number): void {
  const isBackup = (name: string) =>
    name.endsWith(extension) && /^-\d{4}-\d\d-\d\dT/.test(name.slice(stem.length)) && name.startsWith(stem);
  const backups = readdirSync(directory).filter(isBackup).sort().reverse();
  for (const name of backups.slice(kept)) rmSync(join(directory, name), { force: true });
}
