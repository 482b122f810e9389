import type {
  PodAttachRequest,
  PodExecOptions,
  PodExecRequest,
  PodExecResponse,
  TerminalSize,
} from "../../../../gen/typernetes/core/v1/pod.ts";
import type { Status } from "../../../../gen/typernetes/meta/v1/status.ts";
import type { Logger } from "../../../../lib/observe/logger.ts";
import type { Caller } from "../../core.ts";
import { badRequest } from "../../errors.ts";
import { must } from "../refusals.ts";
import { booleanOf } from "../request-options.ts";
import type { ResourceRequest } from "../resource-request.ts";
import { callerOf } from "../verbs.ts";
import { brokenStatus, exitStatus } from "./exit-status.ts";
import { type OpenCall, openCall } from "./open-call.ts";

/** Messages of exec and of attach are alike but for the command. */
type CommandRequest = PodExecRequest & PodAttachRequest & { isGet?: boolean };
export type CommandCall = OpenCall<CommandRequest, PodExecResponse>;
type CommandMethod = (requests: AsyncIterable<CommandRequest>, caller: Caller) => AsyncIterable<PodExecResponse>;

/** The client's side of a command. Sending to a client that has gone resolves at once. */
export interface CommandChannels {
  readonly stdin: AsyncIterable<Uint8Array> | undefined;
  readonly sizes: AsyncIterable<TerminalSize> | undefined;
  /** Absent when nobody wants to see it. */
  readonly stdout: ((bytes: Uint8Array) => Promise<void>) | undefined;
  readonly stderr: ((bytes: Uint8Array) => Promise<void>) | undefined;
  /** Tells how the command ended, and closes all. */
  finish(status: Status): void;
}

/** Which streams a client wants, and of what. @throws StatusError BadRequest. */
export function commandOptions({ exchange: { query } }: ResourceRequest): PodExecOptions {
  const tty = booleanOf(query, "tty") ?? false;
  const options: PodExecOptions = {
    stdin: booleanOf(query, "stdin") ?? false,
    stdout: booleanOf(query, "stdout") ?? false,
    // A terminal has one output.
    stderr: !tty && (booleanOf(query, "stderr") ?? false),
    tty,
    command: query.getAll("command"),
  };
  const container = query.get("container");
  if (container) options.container = container;
  if (options.stdin || options.stdout || options.stderr) return options;
  throw badRequest("you must specify at least 1 of stdin, stdout, stderr");
}

/** Runs or joins a command. @throws StatusError while there is something against it. */
export function openCommand(request: ResourceRequest, options: PodExecOptions): Promise<CommandCall> {
  const { path, served, exchange } = request;
  const { namespace, name, subresource = "" } = path;
  const handlers: Readonly<Record<string, unknown>> = served.handlers;
  // The handlers of pods were checked where they were made; here they are those of any kind.
  const method = must(handlers[subresource] as CommandMethod | undefined);
  const { command, ...rest } = options;
  const isGet = exchange.method === "GET";
  const first = { namespace, name, isGet, options: subresource === "exec" ? options : rest };
  return openCall(method, first, callerOf(request));
}

/** Passes everything between a command and its client until either ends. Never rejects. */
export async function relayCommand(call: CommandCall, channels: CommandChannels, logger: Logger): Promise<void> {
  void sendInput(call, channels.stdin).catch(() => {});
  void sendSizes(call, channels.sizes).catch(() => {});
  let exitCode = 0;
  try {
    for await (const { stdout, stderr, exitCode: code } of call.responses) {
      if (stdout?.length) await channels.stdout?.(stdout);
      if (stderr?.length) await channels.stderr?.(stderr);
      if (code !== undefined) exitCode = code;
    }
    channels.finish(exitStatus(exitCode));
  } catch (error) {
    channels.finish(brokenStatus(error, "a command in a container", logger));
  }
}

async function sendInput(call: CommandCall, stdin: CommandChannels["stdin"]): Promise<void> {
  if (!stdin) return;
  for await (const chunk of stdin) await call.send({ stdin: chunk });
  await call.send({ stdinClosed: true });
}

async function sendSizes(call: CommandCall, sizes: CommandChannels["sizes"]): Promise<void> {
  for await (const resize of sizes ?? []) await call.send({ resize });
}
