import type { Clock } from "../../lib/base/clock.ts";

/** Where a program writes. */
export interface Output {
  readonly isTerminal: boolean;
  /** Resolves when more may be written. */
  write(chunk: string | Uint8Array): Promise<void>;
}

/** Where a program reads from. */
export interface Input {
  readonly isTerminal: boolean;
  chunks(): AsyncIterable<Uint8Array>;
}

/** The window that a person sits at. */
export interface Terminal {
  size(): { columns: number; rows: number };
  /** Keys come as they are pressed, none is interpreted; returns what undoes it. */
  makeRaw(): () => void;
  /** Returns what stops the listening. */
  onResize(listener: () => void): () => void;
}

/** Everything outside that a command touches; tests hand in their own. */
export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdin: Input;
  /** Absent when nobody sits there. */
  readonly terminal: Terminal | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The home folder of the user. */
  readonly home: string;
  readonly clock: Clock;
  /** Ends what the program is doing. */
  readonly signal: AbortSignal;
}

/** Reads an input to its end. */
export async function readAll(input: Input): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of input.chunks()) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
