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

export const answerDeadlineMs = 60_000;
