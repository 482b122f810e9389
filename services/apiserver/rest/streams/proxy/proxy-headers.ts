import type { IncomingHttpHeaders } from "node:http";

/** They are about one connection, not about what is sent over it. */
const ofConnections = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** Removes what was meant for the proxy's connection alone. */
export function dropConnectionHeaders(headers: IncomingHttpHeaders): void {
  const named = headers.connection?.split(",").map((name) => name.trim().toLowerCase()) ?? [];
  for (const name of [...ofConnections, ...named]) delete headers[name];
}

/** Removes who asks: the one that is asked must not be able to ask in that name. */
export function dropCredentials(headers: IncomingHttpHeaders): void {
  for (const name of Object.keys(headers)) {
    if (name === "authorization" || name.startsWith("impersonate-") || name.startsWith(":")) delete headers[name];
  }
}
