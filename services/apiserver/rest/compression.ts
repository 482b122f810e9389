import type { OutgoingHttpHeaders } from "node:http";
import { promisify } from "node:util";
import { createGzip, type Gzip, gzip as gzipCallback } from "node:zlib";
import type { Exchange } from "./exchange.ts";

/** Smaller answers go as they are. */
const compressedBytesMin = 128 * 1024;
/** Most of what compression gains, for little time. */
const level = 1;
const gzip = promisify(gzipCallback);

/** Whether the client takes compressed answers. */
export function acceptsGzip(exchange: Exchange): boolean {
  const accepted = exchange.headers["accept-encoding"];
  return accepted !== undefined && /(?:^|[\s,])gzip(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(String(accepted));
}

/** Sends a whole answer, compressed if it is large and the client takes that. */
export function sendBody(
  exchange: Exchange,
  status: number,
  type: string,
  body: Uint8Array | string,
  headers?: OutgoingHttpHeaders,
): void {
  if (body.length < compressedBytesMin || !acceptsGzip(exchange)) {
    exchange.send(status, type, body, headers);
    return;
  }
  gzip(body, { level }).then(
    (packed) => exchange.send(status, type, packed, { ...headers, ...gzipHeaders }),
    () => exchange.send(status, type, body, headers),
  );
}

/** What a compressed answer says of itself. */
export const gzipHeaders = { "Content-Encoding": "gzip", Vary: "Accept-Encoding" };

/** Compresses a stream. */
export function gzipStream(): Gzip {
  return createGzip({ level });
}
