import { ServerResponse } from "node:http";
import { badRequest } from "../../errors.ts";
import type { Exchange, Upgrade } from "../exchange.ts";

/** How long a connection may be silent before the machine asks whether its other end is still there. */
const keepAliveMs = 30_000;

/**
 * The connection of a request for another protocol, from now on the caller's to write to and to close; with that, the
 * exchange is over. @throws StatusError BadRequest when no other protocol was asked for.
 */
export function takeSocket(exchange: Exchange): Upgrade {
  const { response, upgrade } = exchange;
  if (!upgrade || !(response instanceof ServerResponse)) throw upgradeRequired();
  const { socket } = upgrade;
  exchange.beLongRunning();
  response.detachSocket(socket);
  response.statusCode = 101;
  socket.once("close", () => response.emit("close"));
  socket.setTimeout(0);
  socket.setKeepAlive(true, keepAliveMs);
  return upgrade;
}

export function upgradeRequired() {
  return badRequest("Upgrade request required");
}

/** The protocol that a request wants to go on in, in lower case. */
export function wantedProtocol({ headers, upgrade }: Exchange): string | undefined {
  return upgrade && headers.upgrade?.toLowerCase();
}

/** What a header lists, over all its lines. */
export function listedIn(header: string | readonly string[] | undefined): string[] {
  const lines = typeof header === "string" ? [header] : (header ?? []);
  return lines.flatMap((line) => line.split(",").map((word) => word.trim())).filter(Boolean);
}
