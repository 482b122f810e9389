import { onAbort } from "../base/abort.ts";
import { clonePlain, deepFreeze } from "../base/plain-data.ts";
import { StatusError } from "../base/status-error.ts";
import type { Logger } from "../observe/logger.ts";
import { AbortableStream } from "./abortable-stream.ts";
import { type CallObserver, defaultUnaryTimeoutMs } from "./call-observer.ts";
import type { MethodDefinition, ServiceDefinition } from "./method.ts";
import {
  type CallContext,
  EncodedMessage,
  type Identity,
  invokeStream,
  invokeUnary,
  type Route,
  type Router,
  routePath,
} from "./router.ts";
import { toStatusError } from "./status.ts";
import type { CallOptions, Transport } from "./transport.ts";

export interface InProcessOptions {
  /** Gets the unexpected errors of handlers. */
  logger?: Logger;
  observer?: CallObserver;
}

/**
 * A transport to handlers of the same process: no sockets and no encoding. Handlers get a copy of the request, so that they may
 * change it, and answers are frozen. Deadlines, signals and errors are as over the network.
 */
export function inProcessTransport(router: Router, identity: Identity, options: InProcessOptions = {}): Transport {
  return new InProcessTransport(router, identity, options);
}

class InProcessTransport implements Transport {
  readonly #router: Router;
  readonly #identity: Identity;
  readonly #options: InProcessOptions;
  readonly #routes = new Map<object, Route>();
  readonly #open = new Set<InProcessCall>();
  #closed = false;

  constructor(router: Router, identity: Identity, options: InProcessOptions) {
    this.#router = router;
    this.#identity = identity;
    this.#options = options;
  }

  async unary<Req, Res>(
    service: ServiceDefinition,
    method: MethodDefinition<Req, Res>,
    request: Req,
    options: CallOptions = {},
  ): Promise<Res> {
    const route = this.#route(service, method);
    const call = this.#begin(route, options, defaultUnaryTimeoutMs);
    try {
      return received(await call.settled(invokeUnary<Res>(route, clonePlain(request), call)));
    } catch (error) {
      throw call.failed(error);
    } finally {
      call.end();
    }
  }

  serverStream<Req, Res>(
    service: ServiceDefinition,
    method: MethodDefinition<Req, Res>,
    request: Req,
    options: CallOptions = {},
  ): AsyncIterable<Res> {
    return { [Symbol.asyncIterator]: () => this.#stream(service, method, () => clonePlain(request), options) };
  }

  duplex<Req, Res>(
    service: ServiceDefinition,
    method: MethodDefinition<Req, Res>,
    requests: AsyncIterable<Req>,
    options: CallOptions = {},
  ): AsyncIterable<Res> {
    const requestsOf = (call: InProcessCall) => {
      const fail = (error: unknown) => {
        call.abort(error);
        return error;
      };
      return call.owned(new AbortableStream<Req, Req>(() => requests, { receive: clonePlain, fail }));
    };
    return { [Symbol.asyncIterator]: () => this.#stream(service, method, requestsOf, options) };
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const call of this.#open) call.abort(new StatusError("ServiceUnavailable", "the transport is closed"));
  }

  #stream<Req, Res>(
    service: ServiceDefinition,
    method: MethodDefinition<Req, Res>,
    requestOf: (call: InProcessCall) => unknown,
    options: CallOptions,
  ): AsyncIterator<Res> {
    const route = this.#route(service, method);
    const call = this.#begin(route, options, undefined);
    return call.owned(
      new AbortableStream<Res | EncodedMessage<Res>, Res>(() => invokeStream<Res>(route, requestOf(call), call), {
        receive: received,
        fail: (error) => call.failed(error),
        ended: () => call.end(),
      }),
    );
  }

  #begin(route: Route, options: CallOptions, timeoutMs: number | undefined): InProcessCall {
    if (this.#closed) throw new StatusError("ServiceUnavailable", "the transport is closed");
    const call = new InProcessCall(route, this.#identity, this.#options, (ended) => this.#open.delete(ended));
    this.#open.add(call);
    call.limit(options.signal, options.timeoutMs ?? timeoutMs);
    if (options.onWarning) call.warn = options.onWarning;
    return call;
  }

  #route<Req, Res>(service: ServiceDefinition, method: MethodDefinition<Req, Res>): Route {
    let route = this.#routes.get(method);
    if (route) return route;
    const path = routePath(service, method);
    route = this.#router.find(path);
    if (!route) throw new StatusError("MethodNotAllowed", `no service answers ${path}`);
    this.#routes.set(method, route);
    return route;
  }
}

function ignoreWarning(_text: string): void {}

/** One call: its context as the handler sees it, and its end. */
class InProcessCall implements CallContext {
  readonly identity: Identity;
  warn = ignoreWarning;
  readonly #route: Route;
  readonly #options: InProcessOptions;
  readonly #onEnd: (call: InProcessCall) => void;
  readonly #observed: ((error?: StatusError) => void) | undefined;
  readonly #streams: { abort(reason: unknown): void }[] = [];
  #controller: AbortController | undefined;
  #aborted: { reason: unknown } | undefined;
  #reject: ((reason: unknown) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #unlink: (() => void) | undefined;
  #failure: StatusError | undefined;
  #ended = false;

  constructor(route: Route, identity: Identity, options: InProcessOptions, onEnd: (call: InProcessCall) => void) {
    this.identity = identity;
    this.#route = route;
    this.#options = options;
    this.#onEnd = onEnd;
    this.#observed = options.observer?.(route, identity);
  }

  /** Made when first asked for: most handlers never do. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#aborted) this.#controller.abort(this.#aborted.reason);
    return this.#controller.signal;
  }

  limit(signal: AbortSignal | undefined, timeoutMs: number | undefined): void {
    if (timeoutMs !== undefined) {
      const timedOut = () => this.abort(new StatusError("Timeout", `no answer within ${timeoutMs} ms`));
      this.#timer = setTimeout(timedOut, timeoutMs);
    }
    if (signal) this.#unlink = onAbort(signal, () => this.abort(signal.reason));
  }

  /** The handler's answer, or the reason of the abort when that comes first. */
  settled<T>(answer: Promise<T>): Promise<T> {
    if (this.#aborted) {
      answer.catch(() => {});
      return Promise.reject(this.#aborted.reason);
    }
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      answer.then(resolve, reject);
    });
  }

  /** Ties a stream to the call: it breaks when the call aborts. */
  owned<In, Out>(stream: AbortableStream<In, Out>): AbortableStream<In, Out> {
    if (this.#aborted) stream.abort(this.#aborted.reason);
    this.#streams.push(stream);
    return stream;
  }

  abort(reason: unknown): void {
    if (this.#aborted || this.#ended) return;
    this.#aborted = { reason };
    this.#controller?.abort(reason);
    this.#reject?.(reason);
    for (const stream of this.#streams) stream.abort(reason);
  }

  /** What the caller sees of a failure. */
  failed(error: unknown): unknown {
    if (this.#aborted && error === this.#aborted.reason) {
      this.#failure = new StatusError("Timeout", "the call was ended");
      return error;
    }
    this.#failure = toStatusError(error, routePath(this.#route.service, this.#route.method), this.#options.logger);
    return this.#failure;
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#unlink?.();
    this.#onEnd(this);
    this.#observed?.(this.#failure);
    // A stream's handler may still be at work for a caller that has gone.
    if (this.#streams.length > 0) this.#leave();
  }

  #leave(): void {
    const reason = new StatusError("Timeout", "the call has ended");
    this.#aborted ??= { reason };
    this.#controller?.abort(reason);
    for (const stream of this.#streams) stream.abort(reason);
  }
}

function received<T>(answer: T | EncodedMessage<T>): T {
  return deepFreeze(answer instanceof EncodedMessage ? answer.value : answer);
}
