import { methodNotAllowed } from "../refusals.ts";
import type { ResourceRequest } from "../resource-request.ts";
import { serveSpdyCommand } from "./spdy-command.ts";
import { upgradeRequired, wantedProtocol } from "./take-socket.ts";

/** Serves what is open for as long as both sides want. @throws StatusError while the answer is still HTTP's. */
export function serveStream(request: ResourceRequest): Promise<void> {
  switch (request.path.subresource) {
    case "exec":
    case "attach":
      return serveCommand(request);
    default:
      throw methodNotAllowed();
  }
}

function serveCommand(request: ResourceRequest): Promise<void> {
  const { method } = request.exchange;
  if (method !== "GET" && method !== "POST") throw methodNotAllowed();
  switch (wantedProtocol(request.exchange)) {
    case "spdy/3.1":
      return serveSpdyCommand(request);
    default:
      throw upgradeRequired();
  }
}
