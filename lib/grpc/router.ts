import { StatusError } from "../base/status-error.ts";
import type { MethodDefinition, ServiceDefinition } from "./method.ts";

/** Who calls: from a client certificate, or named by the process for its own components. */
export interface Identity {
  /** Common name of the certificate: `system:kube-scheduler`, `system:node:worker-1`, `kubernetes-admin`, … */
  user: string;
  /** Organisations of the certificate: `system:masters`, `system:nodes`, … */
  groups: readonly string[];
  /** Names the user over time, where an authenticator knows it. */
  uid?: string | undefined;
  /** What else an authenticator knows: `authentication.kubernetes.io/credential-id` and the like. */
  extra?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** How a call came, for those who write it down. */
export interface CallOrigin {
  /** Names the call in logs, and to its client. */
  readonly id: string;
  readonly uri: string;
  readonly address: string | undefined;
  readonly userAgent: string | undefined;
  /** Who called, when that is somebody else than the one who is acted for. */
  readonly sender: Identity | undefined;
}

/** What a handler knows about its call. */
export interface CallContext {
  /** Where a door knows it. */
  readonly origin?: CallOrigin | undefined;
  identity: Identity;
  /** Aborted when the caller has gone, or its deadline has passed, or the server stops. */
  signal: AbortSignal;
  /** Tells the caller something besides the answer. */
  readonly warn?: (text: string) => void;
}

/** An answer whose bytes are at hand, so that the wire needs no encoding and the process no decoding. */
export interface Encoded<T> {
  /** The protobuf encoding. */
  readonly bytes: Uint8Array;
  /** The decoded message, frozen. */
  readonly value: T;
}

/** Marks `Encoded` answers apart from messages. */
export class EncodedMessage<T> implements Encoded<T> {
  #bytes: Uint8Array | undefined;
  #value: T | undefined;
  readonly #toBytes: () => Uint8Array;
  readonly #toValue: () => T;

  /** Either side is made when it is first asked for. */
  constructor(toBytes: () => Uint8Array, toValue: () => T) {
    this.#toBytes = toBytes;
    this.#toValue = toValue;
  }

  get bytes(): Uint8Array {
    this.#bytes ??= this.#toBytes();
    return this.#bytes;
  }

  get value(): T {
    this.#value ??= this.#toValue();
    return this.#value;
  }
}

/** The answer of a unary method: at once where it is at hand. */
export type Answer<Res> = Res | EncodedMessage<Res> | Promise<Res | EncodedMessage<Res>>;

/** What a service does for one method; the shape follows the method's streams. */
export type Handler<Req = never, Res = unknown> =
  | ((request: Req, context: CallContext) => Answer<Res>)
  | ((request: Req, context: CallContext) => AsyncIterable<Res | EncodedMessage<Res>>)
  | ((requests: AsyncIterable<Req>, context: CallContext) => AsyncIterable<Res | EncodedMessage<Res>>);

/** Handlers by method name (as in the service definition's `methods`). */
export type Handlers<S extends ServiceDefinition> = {
  [M in keyof S["methods"]]?: S["methods"][M] extends MethodDefinition<infer Req, infer Res>
    ? MethodHandler<S["methods"][M], Req, Res>
    : never;
};

type MethodHandler<M extends MethodDefinition, Req, Res> = M["requestStream"] extends true
  ? (requests: AsyncIterable<Req>, context: CallContext) => AsyncIterable<Res | EncodedMessage<Res>>
  : M["responseStream"] extends true
    ? (request: Req, context: CallContext) => AsyncIterable<Res | EncodedMessage<Res>>
    : (request: Req, context: CallContext) => Answer<Res>;

/** One method with what serves it. */
export interface Route {
  service: ServiceDefinition;
  method: MethodDefinition;
  handler: Handler;
}

/** The services of one process: served over the network by `startGrpcServer`, in process by `inProcessTransport`. */
export class Router {
  readonly #routes = new Map<string, Route>();

  /** Adds a service. Methods without a handler answer `MethodNotAllowed`. */
  add<S extends ServiceDefinition>(service: S, handlers: Handlers<S>): this {
    for (const [key, method] of Object.entries(service.methods)) {
      const handler = handlers[key as keyof Handlers<S>] as Handler | undefined;
      this.#routes.set(routePath(service, method), { service, method, handler: handler ?? unserved(service, method) });
    }
    return this;
  }

  /** Adds every service of another router. */
  include(other: Router): this {
    for (const route of other.routes()) this.#routes.set(routePath(route.service, route.method), route);
    return this;
  }

  /** The route at a gRPC path such as `/typernetes.core.v1.PodService/Get`. */
  find(path: string): Route | undefined {
    return this.#routes.get(path);
  }

  routes(): Iterable<Route> {
    return this.#routes.values();
  }
}

/** The path of a method on the wire. */
export function routePath(service: ServiceDefinition, method: MethodDefinition): string {
  return `/${service.fullName}/${method.name}`;
}

/** Runs a unary method. What the handler throws at once becomes a rejection. */
export async function invokeUnary<Res>(
  route: Route,
  request: unknown,
  context: CallContext,
): Promise<Res | EncodedMessage<Res>> {
  // `Router.add` has checked handler and method against each other; a path on the wire cannot carry their types.
  const handler = route.handler as unknown as (request: unknown, context: CallContext) => Answer<Res>;
  return handler(request, context);
}

/** Runs a method that streams its answer; `request` is the message, or the stream of messages. */
export function invokeStream<Res>(
  route: Route,
  request: unknown,
  context: CallContext,
): AsyncIterable<Res | EncodedMessage<Res>> {
  const handler = route.handler as unknown as (
    request: unknown,
    context: CallContext,
  ) => AsyncIterable<Res | EncodedMessage<Res>>;
  return handler(request, context);
}

function unserved(service: ServiceDefinition, method: MethodDefinition): Handler {
  const refuse = () => new StatusError("MethodNotAllowed", `${service.fullName} does not serve ${method.name}`);
  if (!method.responseStream) return () => Promise.reject(refuse());
  return () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(refuse()) }) });
}
