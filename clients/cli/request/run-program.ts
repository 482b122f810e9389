import { spawn } from "node:child_process";
import { CliError } from "../cli-error.ts";
import type { Context } from "../context.ts";

/**
 * Runs a command of the user's environment on paths. Its output goes to the program's; with `isInteractive` it has the terminal
 * to itself. Answers its exit code. @throws CliError when it cannot be run or is killed
 */
export async function runProgram(
  { io }: Context,
  command: string,
  paths: readonly string[],
  isInteractive: boolean,
): Promise<number> {
  const stdio = isInteractive ? "inherit" : "pipe";
  // The command may have words of its own, such as `code --wait`.
  const argv = ["-c", `${command} "$@"`, "sh", ...paths];
  const child = spawn("/bin/sh", argv, { stdio, env: { ...io.env }, signal: io.signal });
  const ended = new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) =>
      code === null ? reject(new CliError(`${command} was ended by ${signal}`)) : resolve(code),
    );
  });
  const forward = async (from: typeof child.stdout, to: typeof io.stdout) => {
    for await (const chunk of from ?? []) await to.write(chunk as Uint8Array);
  };
  const [code] = await Promise.all([ended, forward(child.stdout, io.stdout), forward(child.stderr, io.stderr)]);
  return code;
}
