import type { MethodDefinition, ServiceDefinition } from "./method.ts";

/** Settings of one call. */
export interface CallOptions {
  /** Ends the call; it then throws the signal's reason. */
  signal?: AbortSignal;
  /** The call fails with reason `Timeout` after this many milliseconds. Unary calls have 30 s when absent, streams none. */
  timeoutMs?: number;
  /** Gets what the server tells besides its answer, at the end of the call. */
  onWarning?: (text: string) => void;
}

/**
 * How a client reaches services: over the network (`connect`), or to handlers in the same process (`inProcessTransport`),
 * with the same results and the same errors. Failures are `StatusError`; `ServiceUnavailable` when nobody answers.
 * Messages that come out are shared and frozen in process: nobody changes them.
 */
export interface Transport {
  unary<Req, Res>(
    service: ServiceDefinition,
    method: MethodDefinition<Req, Res>,
    request: NoInfer<Req>,
    options?: CallOptions,
  ): Promise<Res>;
  serverStream<Req, Res>(
    service: ServiceDefinition,
    method: MethodDefinition<Req, Res>,
    request: NoInfer<Req>,
    options?: CallOptions,
  ): AsyncIterable<Res>;
  duplex<Req, Res>(
    service: ServiceDefinition,
    method: MethodDefinition<Req, Res>,
    requests: AsyncIterable<NoInfer<Req>>,
    options?: CallOptions,
  ): AsyncIterable<Res>;
  /** Ends open calls and releases the connection. Idempotent. */
  close(): Promise<void>;
}
