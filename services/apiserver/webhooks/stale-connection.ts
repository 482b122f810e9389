import type { ClientRequest } from "node:http";

/**
 * Whether a request failed because its connection, which was kept from an earlier one, had been closed by the other side: then
 * it was not heard, and may be sent again, on a connection of its own.
 */
export function wasStale({ reusedSocket }: ClientRequest, { code }: NodeJS.ErrnoException): boolean {
  return reusedSocket && (code === "ECONNRESET" || code === "EPIPE");
}
