import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { StoreError } from "../store.ts";
import { damaged } from "./damaged.ts";
import { damagedExitCode } from "./verify-store.ts";

/** Reads a whole store; throws StoreError `Damaged` when something is wrong. */
export type StoreVerifier = (directory: string) => Promise<void>;

const deadlineMs = 120_000;
const outputBytesMax = 4096;

/** Verifies in a child process: `command` with the store's directory as last argument runs `runVerifyStore`. */
function childVerifier(command: readonly [string, ...string[]]): StoreVerifier {
  return async (directory) => {
    const { code, signal, output } = await run(command, resolve(directory));
    if (code === 0) return;
    if (code === damagedExitCode) throw damaged(directory, output);
    if (signal === "SIGBUS" || signal === "SIGSEGV" || signal === "SIGABRT") {
      throw damaged(directory, `its file is broken or cut off (reading it ends in ${signal})`);
    }
    const how = signal ? `ended by ${signal}` : `exit code ${code}`;
    throw new StoreError("Unavailable", `the check of the store in ${directory} did not run: ${how} ${output}`.trim());
  };
}

/** Verifies with the program beside this one: `verify-store-main`, from the sources or as an entry of the bundle. */
export const defaultVerifier: StoreVerifier = (directory) => {
  const [source, bundled] = ["verify-store-main.ts", "verify-store-main.js"].map((name) =>
    fileURLToPath(new URL(name, import.meta.url)),
  );
  const program = [source, bundled].find((path) => path !== undefined && existsSync(path));
  if (!program) throw new StoreError("Unavailable", `no program to check the store with: ${bundled} is missing`);
  return childVerifier([process.execPath, ...loaders(), program])(directory);
};

/** What this process was told to load TypeScript with. */
function loaders(): string[] {
  return process.execArgv.flatMap((flag, index, flags) =>
    flag === "--import" ? [flag, flags[index + 1] ?? ""] : flag.startsWith("--import=") ? [flag] : [],
  );
}

interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  output: string;
}

function run([program, ...args]: readonly [string, ...string[]], directory: string): Promise<Outcome> {
  return new Promise((settle, reject) => {
    const child = spawn(program, [...args, directory], {
      // Loaders named on the command line are found from here.
      cwd: dirname(fileURLToPath(import.meta.url)),
      stdio: ["ignore", "pipe", "pipe"],
      timeout: deadlineMs,
      killSignal: "SIGKILL",
    });
    let output = "";
    const collect = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(0, outputBytesMax);
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.on("error", (cause) => {
      reject(new StoreError("Unavailable", `the check of the store did not start: ${cause.message}`, { cause }));
    });
    child.on("close", (code, signal) => settle({ code, signal, output: output.trim() }));
  });
}
