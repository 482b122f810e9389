import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { PeerCertificate } from "node:tls";
import {
  type handleBidiStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  type ServerDuplexStream,
  type ServerWritableStream,
} from "@grpc/grpc-js";
import { isStatusError, StatusError } from "../base/status-error.ts";
import type { Logger } from "../observe/logger.ts";
import type { CallObserver } from "./call-observer.ts";
import {
  type CallOrigin,
  EncodedMessage,
  type Identity,
  invokeStream,
  invokeUnary,
  type Route,
  routePath,
} from "./router.ts";
import { detailsKey, toGrpcFailure, toStatusError } from "./status.ts";
import { addWarnings } from "./warnings.ts";

/** What the calls of a server share. */
export interface Serving {
  /** A promise where a token is shown. */
  identify(wire: WireCall, route: Route): Identity | Promise<Identity>;
  /** A unary call has no longer than this, whatever its client says. */
  unaryTimeoutMs: number;
  /** Who sent the calls of those as whom others act. */
  senders: WeakMap<Identity, Identity>;
  observer: CallObserver | undefined;
  logger: Logger;
  /** The calls in progress, to be ended when the server stops. */
  open: Set<ServedCall>;
}

/** A call as the wire hands it over. */
export interface WireCall {
  readonly metadata: Metadata;
  readonly cancelled: boolean;
  on(event: "cancelled", listener: () => void): unknown;
  getPeer(): string;
  getAuthContext(): { sslPeerCertificate?: PeerCertificate };
}

/** One call over the network: its signal, its caller, its end. */
export class ServedCall {
  #abort: AbortController | undefined;
  #aborted: StatusError | undefined;
  readonly #serving: Serving;
  readonly #route: Route;
  readonly #identity: Identity;
  readonly #wire: WireCall;
  readonly #observed: ((error?: StatusError) => void) | undefined;
  #gone = false;
  #warnings: string[] | undefined;

  constructor(serving: Serving, route: Route, identity: Identity, call: WireCall) {
    this.#serving = serving;
    this.#route = route;
    this.#identity = identity;
    this.#wire = call;
    this.#observed = serving.observer?.(route, this.#identity);
    serving.open.add(this);
    call.on("cancelled", () => {
      // Also said of calls that have been answered.
      if (!serving.open.has(this)) return;
      this.#gone = true;
      this.abort(new StatusError("Timeout", "the caller has gone or its deadline has passed"));
    });
  }

  /** Whether nobody waits for an answer any more. */
  get gone(): boolean {
    return this.#gone;
  }

  get identity(): Identity {
    return this.#identity;
  }

  /** Made when first asked for: most handlers never do. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#aborted) this.#abort.abort(this.#aborted);
    return this.#abort.signal;
  }

  get origin(): CallOrigin {
    const [userAgent] = this.#wire.metadata.get("user-agent");
    return {
      id: randomUUID(),
      uri: routePath(this.#route.service, this.#route.method),
      address: hostOf(this.#wire.getPeer()),
      userAgent: typeof userAgent === "string" ? userAgent : undefined,
      sender: this.#serving.senders.get(this.#identity),
    };
  }

  /** May be handed on by itself. */
  get warn(): (text: string) => void {
    return (text) => {
      this.#warnings ??= [];
      this.#warnings.push(text);
    };
  }

  /** What ends an answer; undefined where there is nothing to say. */
  get trailers(): Metadata | undefined {
    if (!this.#warnings) return undefined;
    const trailers = new Metadata();
    addWarnings(trailers, this.#warnings);
    return trailers;
  }

  /** Why the call was ended before its handler was done, if it was. */
  get aborted(): StatusError | undefined {
    return this.#aborted;
  }

  abort(reason: StatusError): void {
    this.#aborted ??= reason;
    this.#abort?.abort(reason);
  }

  /** The failure as it is sent. An unexpected one is logged, unless it comes of the caller's going. */
  failed(error: unknown): Failure {
    const overruled = this.#gone || !isStatusError(error);
    const seen: unknown = overruled && this.#aborted ? this.#aborted : error;
    const status = toStatusError(seen, routePath(this.#route.service, this.#route.method), this.#serving.logger);
    this.end(status);
    const failure = wireFailure(status);
    addWarnings(failure.metadata, this.#warnings ?? []);
    return failure;
  }

  end(error?: StatusError): void {
    if (this.#serving.open.delete(this)) this.#observed?.(error);
  }
}

/** An address without its port. */
function hostOf(peer: string): string {
  return peer.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
}

type Failure = { code: number; details: string; metadata: Metadata };

function wireFailure(error: StatusError): Failure {
  const { code, message, details } = toGrpcFailure(error);
  const metadata = new Metadata();
  metadata.set(detailsKey, Buffer.from(details));
  return { code, details: message, metadata };
}

/** Serves a method that answers once. */
export function serveUnary(serving: Serving, route: Route): handleUnaryCall<Buffer, Buffer> {
  return (wire, answer) =>
    begin(serving, route, wire, {
      refuse: (failure) => answer(failure),
      run: (call) => {
        let answered = false;
        const answerOnce = (act: () => void) => {
          clearTimeout(timer);
          if (!answered) act();
          answered = true;
        };
        const timer = setTimeout(() => {
          const late = new StatusError("Timeout", `no answer within ${serving.unaryTimeoutMs} ms`);
          call.abort(late);
          answerOnce(() => answer(call.failed(late)));
        }, serving.unaryTimeoutMs);
        invoke(route, wire.request, call).then(
          (bytes) =>
            answerOnce(() => {
              call.end();
              answer(null, bytes, call.trailers);
            }),
          (error: unknown) => answerOnce(() => answer(call.failed(error))),
        );
      },
    });
}

async function invoke(route: Route, request: Buffer, call: ServedCall): Promise<Buffer> {
  return encoded(route, await invokeUnary(route, decoded(route, request), call));
}

/** Serves a method that streams its answer. */
export function serveServerStream(serving: Serving, route: Route): handleServerStreamingCall<Buffer, Buffer> {
  return (wire) =>
    begin(serving, route, wire, {
      refuse: (failure) => wire.emit("error", failure),
      run: (call) => void pump(route, call, wire, () => invokeStream(route, decoded(route, wire.request), call)),
    });
}

/** Serves a method that streams both ways. */
export function serveDuplex(serving: Serving, route: Route): handleBidiStreamingCall<Buffer, Buffer> {
  return (wire) =>
    begin(serving, route, wire, {
      refuse: (failure) => wire.emit("error", failure),
      run: (call) => void pump(route, call, wire, () => invokeStream(route, requestsOf(route, call, wire), call)),
    });
}

interface Course {
  refuse: (failure: Failure) => void;
  run: (call: ServedCall) => void;
}

/** Runs a call once it is known who calls: at once, unless a token has to be looked at. */
function begin(serving: Serving, route: Route, wire: WireCall, { refuse, run }: Course): void {
  const refuseFor = (error: unknown) =>
    refuse(wireFailure(toStatusError(error, routePath(route.service, route.method), serving.logger)));
  let identity: Identity | Promise<Identity>;
  try {
    identity = serving.identify(wire, route);
  } catch (error) {
    refuseFor(error);
    return;
  }
  if (!(identity instanceof Promise)) {
    run(new ServedCall(serving, route, identity, wire));
    return;
  }
  identity.then(
    (known) => {
      if (!wire.cancelled) run(new ServedCall(serving, route, known, wire));
    },
    (error) => refuseFor(error),
  );
}

type AnswerStream = ServerWritableStream<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>;

/** Writes what the handler streams, no faster than the client reads. Never throws. */
async function pump(
  route: Route,
  call: ServedCall,
  wire: AnswerStream,
  open: () => AsyncIterable<unknown>,
): Promise<void> {
  let answers: AsyncIterator<unknown> | undefined;
  const leave = () => void Promise.resolve(answers?.return?.()).catch(() => {});
  call.signal.addEventListener("abort", leave, { once: true });
  try {
    answers = open()[Symbol.asyncIterator]();
    for (let step = await answers.next(); !step.done; step = await answers.next()) {
      if (call.gone) break;
      if (!wire.write(encoded(route, step.value))) await drained(wire, call);
    }
    if (call.aborted) throw call.aborted;
    call.end();
    wire.end(call.trailers);
  } catch (error) {
    leave();
    const failure = call.failed(error);
    if (!call.gone) wire.emit("error", failure);
  } finally {
    call.signal.removeEventListener("abort", leave);
  }
}

async function drained(wire: AnswerStream, call: ServedCall): Promise<void> {
  await once(wire, "drain", { signal: call.signal });
}

async function* requestsOf(
  route: Route,
  call: ServedCall,
  wire: ServerDuplexStream<Buffer, Buffer>,
): AsyncGenerator<unknown> {
  try {
    // Destroying the stream when the handler has read enough would cut off its answer.
    for await (const bytes of wire.iterator({ destroyOnReturn: false })) yield decoded(route, bytes);
  } catch (error) {
    call.signal.throwIfAborted();
    throw error;
  }
}

function decoded(route: Route, bytes: Buffer): unknown {
  try {
    return route.method.requestType.decode(bytes);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StatusError("BadRequest", `the request cannot be decoded: ${why}`, {}, { cause: error });
  }
}

function encoded(route: Route, answer: unknown): Buffer {
  const bytes = answer instanceof EncodedMessage ? answer.bytes : route.method.responseType.encode(answer).finish();
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
