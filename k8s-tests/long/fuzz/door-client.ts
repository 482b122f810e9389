import type { OddRequest } from "./odd-request.ts";

/** What came of a request: its status, 0 when the connection was closed instead, and the beginning of the answer. */
export interface Outcome {
  status: number;
  text: string;
}

/** The status of requests that the client itself has broken off. */
export const brokenOff = -1;

/** Connections to the REST door, over one version of HTTP. */
export interface DoorClient {
  /** Listens to an answer for `patienceMs` at most. Rejects when there is none within a minute. */
  send(request: OddRequest, patienceMs: number): Promise<Outcome>;
  close(): void;
}

/** Where a server is, and how its administrator comes in. */
export interface Admittance {
  readonly host: string;
  readonly port: number;
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Longer than a server lets a request take. */
export const answerDeadlineMs = 90_000;

/** There is no answer in any time; `sofar` is what has come. */
export function tooLate(request: OddRequest, sofar: string): Error {
  return new Error(`no answer within ${answerDeadlineMs} ms, but ${sofar}, to ${told(request)}`);
}

/** A request as it is shown to whoever looks for a fault. */
export function told(request: OddRequest): string {
  return JSON.stringify({ ...request, body: request.body?.toString("latin1").slice(0, 5000) });
}
