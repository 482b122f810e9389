import { type ClientRequest, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { StatusError } from "../../../../../lib/base/status-error.ts";
import type { ProxiedRequest } from "./serve-proxy.ts";

const connectTimeoutMs = 30_000;

/** The request to the one that is asked, over a connection of its own; its body is the caller's to send. */
export function makeOutgoing({ exchange, target, url, headers }: ProxiedRequest): ClientRequest {
  const { scheme, host, port } = target;
  const make = scheme === "https" ? httpsRequest : httpRequest;
  // Certificates of pods say nothing that could be checked.
  const tls = { rejectUnauthorized: false };
  const outgoing = make({ host, port, method: exchange.method, path: url, headers, agent: false, ...tls });
  const late = setTimeout(() => outgoing.destroy(new Error(`dial tcp ${host}:${port}: i/o timeout`)), connectTimeoutMs);
  const isThere = () => clearTimeout(late);
  outgoing.once("close", isThere);
  outgoing.once("socket", (socket) => socket.once("connect", isThere));
  return outgoing;
}

/** What clients are told when nobody answers. */
export function unreachable(error: Error): StatusError {
  return new StatusError("ServiceUnavailable", `error trying to reach service: ${error.message}`, {}, { cause: error });
}
