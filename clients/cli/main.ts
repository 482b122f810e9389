import { processIo } from "./process-io.ts";
import { run } from "./run.ts";

for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    // Who read the output has read enough.
    process.exit(error.code === "EPIPE" ? 0 : 1);
  });
}

process.exitCode = await run(process.argv.slice(2), processIo());
// What still waits for input must not keep a finished command alive; output that is a pipe has to be written first.
await Promise.all(
  [process.stdout, process.stderr].map((stream) => new Promise<void>((done) => stream.write("", () => done()))),
);
process.exit();
