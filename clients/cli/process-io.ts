import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { homedir } from "node:os";
import type { ReadStream, WriteStream } from "node:tty";
import { systemClock } from "../../lib/base/clock.ts";
import type { Input, Io, Output, Terminal } from "./io.ts";

/** The streams, environment and terminal of this process. */
export function processIo(): Io {
  const { stdin, stdout, stderr } = process;
  return {
    stdout: outputOf(stdout),
    stderr: outputOf(stderr),
    stdin: inputOf(stdin),
    terminal: stdin.isTTY && stdout.isTTY ? terminalOf(stdin, stdout) : undefined,
    env: process.env,
    home: homedir(),
    clock: systemClock,
    signal: new AbortController().signal,
  };
}

function outputOf(stream: WriteStream): Output {
  return {
    isTerminal: stream.isTTY === true,
    async write(chunk) {
      if (!stream.write(chunk)) await once(stream, "drain");
    },
  };
}

function inputOf(stream: ReadStream): Input {
  return {
    isTerminal: stream.isTTY === true,
    async *chunks() {
      for await (const chunk of stream) yield typeof chunk === "string" ? Buffer.from(chunk) : (chunk as Uint8Array);
    },
  };
}

function terminalOf(stdin: ReadStream, stdout: WriteStream): Terminal {
  return {
    size: () => ({ columns: stdout.columns, rows: stdout.rows }),
    makeRaw: () => {
      stdin.setRawMode(true);
      // Node's raw mode still turns line feeds into line breaks, which the program in the container has done where it wants.
      spawnSync("stty", ["-opost"], { stdio: ["inherit", "ignore", "ignore"] });
      return () => stdin.setRawMode(false);
    },
    onResize: (listener) => {
      stdout.on("resize", listener);
      return () => stdout.off("resize", listener);
    },
  };
}
