import { methodNotAllowed } from "../refusals.ts";
import type { ResourceRequest } from "../resource-request.ts";
import { serveLog } from "./pod-log.ts";
import { serveProxy } from "./proxy/serve-proxy.ts";
import { serveSpdyCommand } from "./spdy-command.ts";
import { serveSpdyForward } from "./spdy-forward.ts";
import { upgradeRequired, wantedProtocol } from "./take-socket.ts";
import { serveWebSocketCommand } from "./websocket-command.ts";
import { serveWebSocketForward } from "./websocket-forward.ts";

/** Serves what is open for as long as both sides want. @throws StatusError while the answer is still HTTP's. */
export async function serveStream(request: ResourceRequest): Promise<void> {
  switch (request.path.subresource) {
    case "log":
      return serveLog(request);
    case "exec":
    case "attach":
      return serveUpgraded(request, serveSpdyCommand, serveWebSocketCommand);
    case "portforward":
      return serveUpgraded(request, serveSpdyForward, serveWebSocketForward);
    case "proxy":
      return serveProxy(request);
    default:
      throw methodNotAllowed();
  }
}

type Serve = (request: ResourceRequest) => Promise<void>;

async function serveUpgraded(request: ResourceRequest, spdy: Serve, webSocket: Serve): Promise<void> {
  const { method } = request.exchange;
  if (method !== "GET" && method !== "POST") throw methodNotAllowed();
  switch (wantedProtocol(request.exchange)) {
    case "spdy/3.1":
      return spdy(request);
    case "websocket":
      return webSocket(request);
    default:
      throw upgradeRequired();
  }
}
