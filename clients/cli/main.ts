import { writeSync } from "node:fs";
import { processIo } from "./process-io.ts";
import { run } from "./run.ts";

const outputs = [process.stdout, process.stderr];
for (const stream of outputs) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    // Who read the output has read enough.
    if (error.code === "EPIPE") process.exit(0);
    // Not through a stream: this may be the one that failed.
    writeSync(2, `error: cannot write the output: ${error.message}\n`);
    process.exit(1);
  });
}

void main();

async function main(): Promise<void> {
  process.exitCode = await run(process.argv.slice(2), processIo());
  // What still waits for input must not keep a finished command alive; output that is a pipe has to be written first.
  await Promise.all(outputs.map((stream) => new Promise<void>((done) => stream.write("", () => done()))));
  process.exit();
}
