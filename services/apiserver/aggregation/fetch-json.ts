import { type RequestOptions, request } from "node:https";
import { isRecord } from "../../../lib/api/records.ts";
import { fromStatus } from "../../../lib/grpc/status.ts";
import { connectionFault } from "../webhooks/call-faults.ts";
import { wasStale } from "../webhooks/stale-connection.ts";

const answerBytesMax = 16 * 1024 * 1024;

/** What a server answered. */
export interface FetchedJson {
  /** Parsed; undefined when it is no JSON. */
  readonly value: unknown;
  /** By which the server knows this answer. */
  readonly tag: string | undefined;
  /** Whether it still is the one that the client knows. */
  readonly isSame: boolean;
}

/**
 * Asks a server for JSON, by GET unless the options say otherwise. @throws Error with what stood against it, also when the answer is no success; StatusError when the
 * server says why.
 */
export function fetchJson(options: RequestOptions, timeoutMs: number, signal: AbortSignal): Promise<FetchedJson> {
  return fetchOver(options, AbortSignal.any([AbortSignal.timeout(timeoutMs), signal]));
}

function fetchOver(options: RequestOptions, signal: AbortSignal, isRetry = false): Promise<FetchedJson> {
  const { method = "GET" } = options;
  const asked = `${method[0]}${method.slice(1).toLowerCase()}`;
  const url = `https://${options.host}:${options.port}${options.path}`;
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) =>
      reject(new Error(`${asked} ${JSON.stringify(url)}: ${connectionFault(error)}`, { cause: error }));
    const outgoing = request({ ...options, method, signal }, (incoming) => {
      const parts: Buffer[] = [];
      let length = 0;
      incoming.on("data", (part: Buffer) => {
        length += part.length;
        if (length > answerBytesMax) incoming.destroy(new Error("the answer is too large"));
        else parts.push(part);
      });
      incoming.on("error", fail);
      incoming.on("end", () => {
        const { statusCode = 0, headers } = incoming;
        const isSame = statusCode === 304;
        const isGood = isSame || (statusCode >= 200 && statusCode < 300);
        if (isGood) resolve({ value: isSame ? undefined : parsed(Buffer.concat(parts)), tag: headers.etag, isSame });
        else reject(refusalIn(parsed(Buffer.concat(parts))) ?? new Error(`bad status from ${url}: ${statusCode}`));
      });
    });
    outgoing.on("error", (error: NodeJS.ErrnoException) => {
      if (isRetry || !wasStale(outgoing, error)) fail(error);
      else fetchOver({ ...options, agent: false }, signal, true).then(resolve, reject);
    });
    outgoing.end();
  });
}

function refusalIn(answer: unknown): Error | undefined {
  if (!isRecord(answer) || answer["kind"] !== "Status" || typeof answer["message"] !== "string") return undefined;
  const { message, reason, code } = answer;
  return fromStatus({
    message,
    ...(typeof reason === "string" && { reason }),
    ...(typeof code === "number" && { code }),
  });
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}
