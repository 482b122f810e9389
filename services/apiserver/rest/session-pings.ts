import type { Http2Session } from "node:http2";

/** How often a client is asked whether it is still there, and how long it may take to say so. */
const pingIntervalMs = 30_000;
const pongDeadlineMs = 15_000;
/** That time passes in so many steps: one in which this process was kept from reading is no longer than the others. */
const deadlineSteps = 5;

/**
 * Ends an HTTP/2 connection whose client does not answer pings any more: a machine that was switched off says nothing, and
 * of some broken connections Node does not notice that they have gone. Until then their watches would stay.
 */
export function endWhenSilent(session: Http2Session, intervalMs = pingIntervalMs, deadlineMs = pongDeadlineMs): void {
  const timer = setInterval(() => ping(session, deadlineMs), intervalMs);
  timer.unref();
  session.once("close", () => clearInterval(timer));
}

function ping(session: Http2Session, deadlineMs: number): void {
  if (session.destroyed) return;
  let stepsLeft = deadlineSteps;
  const late = setInterval(() => {
    if (--stepsLeft === 0) session.destroy();
  }, deadlineMs / deadlineSteps);
  late.unref();
  session.ping(() => clearInterval(late));
}
