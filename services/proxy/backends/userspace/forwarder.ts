import type { Clock } from "../../../../lib/base/clock.ts";
import type { Balancer } from "./balancer.ts";

/** Takes connections at one address and port and forwards them to the balancer's endpoints. */
export interface Forwarder {
  /** Called after the balancer's endpoints changed. */
  endpointsChanged(): void;
  /** Stops listening at once; resolves when the last TCP connection has ended. UDP flows end at once. */
  retire(): Promise<void>;
  /** Ends everything. Idempotent. */
  close(): Promise<void>;
}

/** What all forwarders of a backend share. */
export interface ForwarderContext {
  clock: Clock;
  /** How long an endpoint may take to accept a connection, in milliseconds. */
  connectTimeoutMs: number;
  /** How long a UDP flow is kept without a packet, in milliseconds. */
  udpIdleMs: number;
  /** Room for connections and UDP flows. */
  room: Room;
}

/** Opens a forwarder; rejects when the address cannot be listened on. */
export type OpenForwarder = (
  address: string,
  port: number,
  balancer: Balancer,
  context: ForwarderContext,
) => Promise<Forwarder>;

/** Counts what is open against a bound. */
export class Room {
  readonly #max: number;
  #taken = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** Whether there was room for one more; it is then taken until `give`. */
  take(): boolean {
    if (this.#taken >= this.#max) return false;
    this.#taken++;
    return true;
  }

  give(): void {
    this.#taken--;
  }
}
