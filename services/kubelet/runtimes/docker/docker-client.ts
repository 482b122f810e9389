import { Agent } from "node:http";
import type { Readable } from "node:stream";
import { inspect } from "node:util";
import Dockerode from "dockerode";
import type { Clock } from "../../../../lib/base/clock.ts";
import { RuntimeError, type RuntimeErrorCode } from "../runtime.ts";

/** Where Docker listens unless told otherwise. */
export const defaultSocketPath = "/var/run/docker.sock";

/** No request that answers at once takes longer than this; streams and stops have deadlines of their own. */
const requestDeadlineMs = 120_000;

/** What a query string may hold. */
export type Query = Record<string, string | number | boolean | string[]>;

/** Docker's API: every call has a deadline, every failure is a `RuntimeError`. */
export interface DockerClient {
  readonly docker: Dockerode;
  readonly socketPath: string;
  /** Runs one request. @throws RuntimeError by HTTP status (see `dockerStatus`), `Unavailable` when Docker does not answer. */
  call<T>(what: string, request: (abortSignal: AbortSignal) => Promise<T>, deadlineMs?: number): Promise<T>;
  /** Posts a JSON body and answers the JSON answer. */
  post(what: string, path: string, query: Query, body: object): Promise<unknown>;
  /** Opens an answer of unknown length; the stream fails with the signal's reason when aborted. */
  open(what: string, path: string, query: Query, signal: AbortSignal): Promise<Readable>;
}

/**
 * Opens a connection per request: one kept alive fails on its next use when the daemon was restarted, and a new one costs
 * microseconds. Prints as a word, because docker-modem prints everything about every request, for a log that nobody reads.
 */
class QuietAgent extends Agent {
  [inspect.custom](): string {
    return "QuietAgent";
  }
}

/** Connects to Docker at a Unix socket; nothing is sent yet. */
export function createDockerClient(socketPath: string, clock: Clock): DockerClient {
  // `host` overrides what the environment (DOCKER_HOST) would otherwise slip in.
  const docker = new Dockerode({ socketPath, host: undefined });
  Object.assign(docker.modem, { agent: new QuietAgent({ keepAlive: false }) });

  const call: DockerClient["call"] = async (what, request, deadlineMs = requestDeadlineMs) => {
    const controller = new AbortController();
    // Raced, as not every method of dockerode takes the signal.
    const late = new Promise<never>((_resolve, reject) => {
      controller.signal.addEventListener("abort", () => reject(controller.signal.reason), { once: true });
    });
    const cancel = clock.schedule(deadlineMs, () =>
      controller.abort(new RuntimeError("Unavailable", `${what}: Docker did not answer in ${deadlineMs} ms`)),
    );
    try {
      return await Promise.race([request(controller.signal), late]);
    } catch (error) {
      throw translateError(error, what, socketPath);
    } finally {
      cancel();
    }
  };

  return {
    docker,
    socketPath,
    call,
    post: (what, path, query, body) =>
      call(what, (abortSignal) =>
        dial(docker, { path: `${path}?`, method: "POST", options: { _query: query, _body: body }, abortSignal }),
      ),
    open: async (what, path, query, signal) => {
      try {
        const options = { path: `${path}?`, method: "GET", options: query, isStream: true, abortSignal: signal };
        return asReadable(await dial(docker, options));
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        throw translateError(error, what, socketPath);
      }
    },
  };
}

type DialOptions = Parameters<Dockerode["modem"]["dial"]>[0];

function dial(docker: Dockerode, options: DialOptions): Promise<unknown> {
  const statusCodes = { 200: true, 201: true, 204: true };
  return new Promise((resolve, reject) => {
    docker.modem.dial({ ...options, statusCodes }, (error, result) => (error ? reject(error) : resolve(result)));
  });
}

function asReadable(result: unknown): Readable {
  if (isReadable(result)) return result;
  throw new Error("expected a stream");
}

function isReadable(value: unknown): value is Readable {
  return typeof value === "object" && value !== null && "pipe" in value && "destroy" in value;
}

const codeOfStatus: Record<number, RuntimeErrorCode> = { 400: "InvalidConfig", 404: "NotFound" };
const connectionErrors = new Set(["ENOENT", "ECONNREFUSED", "EACCES", "ECONNRESET", "EPIPE", "ENOTSOCK"]);

function translateError(error: unknown, what: string, socketPath: string): RuntimeError {
  if (error instanceof RuntimeError) return error;
  const system = systemCode(error);
  if (system && connectionErrors.has(system)) {
    return new RuntimeError("Unavailable", connectionProblem(system, socketPath), { cause: error });
  }
  const status = statusOf(error);
  const code = (status === undefined ? undefined : codeOfStatus[status]) ?? "Unavailable";
  return new RuntimeError(code, `${what}: ${messageOf(error)}`, { cause: error });
}

/** One line on why Docker cannot be reached and what to do about it. */
function connectionProblem(systemErrorCode: string, socketPath: string): string {
  switch (systemErrorCode) {
    case "ENOENT":
      return `no Docker socket at ${socketPath}: start Docker or use --runtime process`;
    case "EACCES":
      return `no permission for the Docker socket at ${socketPath}: join the group docker, run as root or use --runtime process`;
    default:
      return `Docker does not answer at ${socketPath} (${systemErrorCode}): start Docker or use --runtime process`;
  }
}

/** The HTTP status with which Docker refused, when `error` came from `DockerClient`. */
export function dockerStatus(error: unknown): number | undefined {
  return error instanceof RuntimeError ? statusOf(error.cause) : undefined;
}

/** Docker's own words for a refusal. */
export function dockerMessage(error: unknown): string {
  return messageOf(error instanceof RuntimeError && error.cause !== undefined ? error.cause : error);
}

/** Awaits `request`; a refusal with one of `statuses` counts as done. */
export async function tolerate(statuses: number[], request: Promise<unknown>): Promise<void> {
  try {
    await request;
  } catch (error) {
    const status = dockerStatus(error);
    if (status === undefined || !statuses.includes(status)) throw error;
  }
}

function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("statusCode" in error)) return undefined;
  return typeof error.statusCode === "number" ? error.statusCode : undefined;
}

function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/^\(HTTP code \d+\) .*? - /s, "").trim();
}
