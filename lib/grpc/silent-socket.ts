import type { Socket } from "node:net";

/** Of checks without a byte in between, so many end a connection: longer than it takes to ask twice for a sign of life. */
const silentChecksMax = 4;
const checkIntervalMs = 20_000;

/**
 * Destroys a connection that nothing comes over any more. For connections on which the other end is asked for a sign of life
 * by another part: over HTTP/2, some broken ones are given up by Node without being closed, and would stay for ever.
 */
export function destroyWhenSilent(socket: Socket, intervalMs = checkIntervalMs): void {
  let [seen, silentChecks] = [socket.bytesRead, 0];
  const timer = setInterval(() => {
    silentChecks = socket.bytesRead === seen ? silentChecks + 1 : 0;
    seen = socket.bytesRead;
    if (silentChecks >= silentChecksMax) socket.destroy();
  }, intervalMs);
  timer.unref();
  socket.once("close", () => clearInterval(timer));
}
