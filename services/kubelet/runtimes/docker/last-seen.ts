import type { LogEntry } from "../runtime.ts";

/** How far a stream of lines came. Lines may bear the same time. */
export class LastSeen {
  #timestamp = "";
  #count = 0;

  get any(): boolean {
    return this.#count > 0;
  }

  /** The time of the last line, as Docker wants it: seconds and nanoseconds. */
  get since(): string {
    const nanoseconds = /\.(\d{9})/.exec(this.#timestamp)?.[1] ?? "000000000";
    return `${Math.floor(Date.parse(this.#timestamp) / 1000)}.${nanoseconds}`;
  }

  note(entry: LogEntry): LogEntry {
    this.#count = entry.timestamp === this.#timestamp ? this.#count + 1 : 1;
    this.#timestamp = entry.timestamp;
    return entry;
  }

  /** Whether an entry of a second reading, which begins at the last line's time, was not in the first. */
  isNew({ timestamp }: LogEntry): boolean {
    if (timestamp < this.#timestamp) return false;
    return timestamp > this.#timestamp || --this.#count < 0;
  }
}
