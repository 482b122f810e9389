import { processIo } from "./process-io.ts";
import { run } from "./run.ts";

const outputs = [process.stdout, process.stderr];
for (const stream of outputs) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    // Who read the output has read enough.
    process.exit(error.code === "EPIPE" ? 0 : 1);
  });
}

void main();

async function main(): Promise<void> {
  process.exitCode = await run(process.argv.slice(2), processIo());
  // What still waits for input must not keep a finished command alive; output that is a pipe has to be written first.
  await Promise.all(outputs.map((stream) => new Promise<void>((done) => stream.write("", () => done()))));
  process.exit();
}
