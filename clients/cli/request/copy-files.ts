import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, lstat, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, posix, resolve } from "node:path";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { CliError } from "../cli-error.ts";
import type { Context } from "../context.ts";
import { runSession } from "./container-session.ts";

interface Place {
  readonly pod: Pod;
  readonly container: string;
}

/** Copies a file or directory into a container, which needs `tar`; into `to` where that is a directory. @throws CliError */
export async function copyTo(context: Context, place: Place, from: string, to: string): Promise<void> {
  const source = resolve(from);
  const found = await stat(source).catch(() => undefined);
  if (!found) throw new CliError(`${from} doesn't exist in local filesystem`);
  const isDirectory = (await runIn(context, place, ["test", "-d", to])) === 0;
  const target = isDirectory ? posix.join(to, basename(source)) : posix.normalize(to).replace(/\/$/, "");
  await inTemporary(async (directory) => {
    const name = posix.basename(target);
    const isNamed = name === basename(source);
    if (!isNamed) await cp(source, join(directory, name), { recursive: true, verbatimSymlinks: true });
    const tar = spawn("tar", ["-cf", "-", "-C", isNamed ? dirname(source) : directory, "--", name], {
      stdio: ["ignore", "pipe", "ignore"],
      signal: context.io.signal,
    });
    const ended = endOf(tar);
    ended.catch(() => {});
    const command = ["tar", "-xmf", "-", "-C", posix.dirname(target)];
    // A program that nobody reads from would never end.
    const exitCode = await runIn(context, place, command, { input: tar.stdout }).finally(() => tar.stdout.destroy());
    if (exitCode !== 0) throw new CliError(`command terminated with exit code ${exitCode}`);
    await ended;
  });
}

/** Copies a file or directory out of a container, which needs `tar`; links are left out. @throws CliError */
export async function copyFrom(context: Context, place: Place, from: string, to: string): Promise<void> {
  const source = posix.normalize(from).replace(/\/$/, "");
  await inTemporary(async (directory) => {
    const tar = spawn("tar", ["-xf", "-", "-C", directory], {
      stdio: ["pipe", "ignore", "ignore"],
      signal: context.io.signal,
    });
    const ended = endOf(tar);
    ended.catch(() => {});
    // What stops reading says why when it ends.
    tar.stdin.on("error", () => {});
    const output = async (chunk: Uint8Array) => {
      if (!tar.stdin.write(chunk)) await Promise.race([once(tar.stdin, "drain"), ended]);
    };
    const command = ["tar", "cf", "-", "-C", posix.dirname(source), "--", posix.basename(source)];
    const exitCode = await runIn(context, place, command, { output }).finally(() => tar.stdin.end());
    if (exitCode !== 0) throw new CliError(`command terminated with exit code ${exitCode}`);
    await ended;
    const found = join(directory, posix.basename(source));
    const isInto = (await stat(to).catch(() => undefined))?.isDirectory() && !(await stat(found)).isDirectory();
    await cp(found, isInto ? join(to, basename(found)) : to, {
      recursive: true,
      filter: async (path) => {
        if (!(await lstat(path)).isSymbolicLink()) return true;
        await context.note(`warning: skipping symlink: ${JSON.stringify(path.slice(directory.length + 1))}`);
        return false;
      },
    });
  });
}

function runIn(
  context: Context,
  { pod, container }: Place,
  command: readonly string[],
  streams: { input?: AsyncIterable<Uint8Array>; output?: (chunk: Uint8Array) => Promise<void> } = {},
): Promise<number | undefined> {
  const stdin = streams.input !== undefined;
  return runSession(context, pod, { container, command, stdin, terminal: undefined, ...streams });
}

async function inTemporary(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "typectl-cp-"));
  try {
    await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function endOf(tar: ChildProcess): Promise<void> {
  const ended = once(tar, "close");
  const [code] = await ended;
  if (code !== 0) throw new CliError(`tar ended with code ${code}`);
}
