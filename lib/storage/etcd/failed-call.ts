import { GRPCDeadlineExceededError, GRPCUnavailableError } from "etcd3";

// What gRPC says of a call that it had no connection for: nothing of it has left the process.
const unsent = /UNAVAILABLE: (No connection established|Name resolution failed|Channel closed before call started)/;

/** A call to etcd that failed on the way, or whose answer did not come in time. */
export class FailedCall extends Error {
  /** True when etcd has never heard of the call, so that repeating it does nothing twice. */
  readonly wasNeverSent: boolean;
  /** True when etcd was out of reach; a call that changes nothing may then be repeated. */
  readonly isUnavailable: boolean;

  readonly #isLate: boolean;

  constructor(cause: Error) {
    super(cause.message, { cause });
    this.#isLate = cause instanceof GRPCDeadlineExceededError;
    this.isUnavailable = cause instanceof GRPCUnavailableError;
    this.wasNeverSent = this.isUnavailable && unsent.test(cause.message);
  }

  /** That the time of a repetition has passed does not tell what is wrong: what it was repeated for is told, too. */
  after(before: FailedCall | undefined): Error {
    if (!before || !this.#isLate) return this;
    return new Error(`${before.message}; then ${this.message}`, { cause: this });
  }
}
