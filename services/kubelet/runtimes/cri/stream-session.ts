import { Readable, Writable } from "node:stream";
import { finished } from "node:stream/promises";
import type { SpdyStream } from "../../../../lib/spdy/spdy-stream.ts";
import { type ExecSession, RuntimeError } from "../runtime.ts";
import type { StreamConnection } from "./stream-connection.ts";

/** Input, output and terminal of a session over a runtime's streams; without its end. */
export function sessionStreams({
  streams,
}: StreamConnection): Pick<ExecSession, "stdin" | "stdout" | "stderr" | "resize"> {
  const stdin = streams.get("stdin");
  const stderr = streams.get("stderr");
  return {
    ...(stdin ? { stdin: inputTo(stdin) } : {}),
    stdout: outputOf(streams.get("stdout")),
    ...(stderr ? { stderr: outputOf(stderr) } : {}),
    resize: async (columns, rows) => {
      await streams.get("resize")?.write(Buffer.from(`${JSON.stringify({ Width: columns, Height: rows })}\n`));
    },
  };
}

/** Resolves when everything written was read, or nobody reads any more. */
export async function outputsRead({ stdout, stderr }: Pick<ExecSession, "stdout" | "stderr">): Promise<void> {
  await Promise.all([stdout, stderr].map((stream) => stream && finished(stream, { writable: false }).catch(() => {})));
}

function outputOf(stream: SpdyStream | undefined): Readable {
  return Readable.from(stream?.incoming ?? [], { objectMode: false });
}

/** A writable whose end closes the input and leaves the output open. */
function inputTo(stream: SpdyStream): Writable {
  return new Writable({
    write: (chunk: Uint8Array, _encoding, done) => void stream.write(chunk).then(() => done(), done),
    final: (done) => {
      stream.end();
      done();
    },
  });
}

/** What the runtime says of a command's end: its exit code. @throws RuntimeError `StartFailed`, `Unavailable`. */
export async function exitCodeFrom(stream: SpdyStream | undefined): Promise<number> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream?.incoming ?? []) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  if (text === "") throw new RuntimeError("Unavailable", "the connection to the runtime broke");
  const { status, reason, message = "", details }: EndStatus = JSON.parse(text);
  if (status === "Success") return 0;
  const code = details?.causes?.find((cause) => cause.reason === "ExitCode")?.message;
  if (reason === "NonZeroExitCode" && code !== undefined) return Number(code);
  // The reason's own words come before it, and are added again where the error ends up.
  throw new RuntimeError("StartFailed", message.replace(/^Internal error occurred: /, ""));
}

/** Kubernetes' `Status`, as much of it as tells of an end. */
interface EndStatus {
  status?: string;
  reason?: string;
  message?: string;
  details?: { causes?: { reason?: string; message?: string }[] };
}
