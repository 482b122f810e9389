import { methodNotAllowed } from "../refusals.ts";
import type { ResourceRequest } from "../resource-request.ts";
import { letInWith } from "./let-in.ts";
import { serveLog } from "./pod-log.ts";
import { serveSpdyCommand } from "./spdy-command.ts";
import { upgradeRequired, wantedProtocol } from "./take-socket.ts";
import { serveWebSocketCommand } from "./websocket-command.ts";

/** Serves what is open for as long as both sides want. @throws StatusError while the answer is still HTTP's. */
export async function serveStream(request: ResourceRequest): Promise<void> {
  switch (request.path.subresource) {
    case "log":
      return serveLog(request);
    case "exec":
    case "attach":
      return serveCommand(request);
    default:
      throw methodNotAllowed();
  }
}

/** Whoever asks with GET, as WebSockets must, needs to be allowed that, and what the command itself is: to create. */
async function serveCommand(request: ResourceRequest): Promise<void> {
  const { method } = request.exchange;
  if (method !== "GET" && method !== "POST") throw methodNotAllowed();
  if (method === "GET") await letInWith(request, "get");
  switch (wantedProtocol(request.exchange)) {
    case "spdy/3.1":
      return serveSpdyCommand(request);
    case "websocket":
      return serveWebSocketCommand(request);
    default:
      throw upgradeRequired();
  }
}
