import type { ResourceSchema } from "../../gen/schema.ts";
import type { ServiceDefinition } from "../../lib/grpc/method.ts";
import type { CallContext, Handlers } from "../../lib/grpc/router.ts";
import { auditedDuplex, auditedStream, auditedUnary } from "./audit/audited.ts";
import { authorise } from "./auth/authorise.ts";
import type { Caller, Core } from "./core.ts";
import { fromStore } from "./errors.ts";
import type { Seat } from "./fairness/priority-level.ts";
import { listWidth } from "./fairness/width.ts";
import { type AnyRequest, attributesOf, type RequestAttributes } from "./request-attributes.ts";
import type { ResourceInfo } from "./resource-info.ts";

/** A kind as it is served: in the form that clients see, over the kind that is stored, if its objects are stored. */
export interface GuardedKind {
  readonly schema: ResourceSchema;
  readonly info?: ResourceInfo;
}

type Unary = (request: AnyRequest, context: CallContext) => unknown;
type Streaming = (request: unknown, context: CallContext) => AsyncIterable<unknown>;

/**
 * The way of a request: the door has authenticated and decoded; here it is let in, the verb does its work (for writes along
 * `write-path.ts`), and what the store had against it is told in the API's words. Every door calls the verbs of a kind
 * through these handlers.
 */
export function guard<S extends ServiceDefinition>(
  core: Core,
  kind: GuardedKind,
  service: S,
  handlers: Handlers<S>,
): Handlers<S> {
  const guarded: Record<string, unknown> = {};
  for (const [method, handler] of Object.entries(handlers)) {
    const definition = service.methods[method];
    if (!definition || !handler) continue;
    const { audit } = core;
    const about = (request: AnyRequest) => attributesOf(kind.schema, method, request);
    // `Handlers` has checked each handler against the streams of its method.
    if (definition.requestStream) {
      const duplex = guardDuplex(handler as Streaming, (request, context) => letIn(core, about(request), context));
      guarded[method] = audit ? auditedDuplex(audit, about, duplex) : duplex;
    } else if (definition.responseStream) {
      const stream = guardStream(core, handler as Streaming, about);
      guarded[method] = audit ? auditedStream(audit, about, stream) : stream;
    } else {
      const unary = guardUnary(core, handler as unknown as Unary, about, kind.info);
      guarded[method] = audit ? auditedUnary(audit, about, unary) : unary;
    }
  }
  return guarded as Handlers<S>;
}

/** Whether the caller may do this. @throws StatusError `Unauthorized`, `Forbidden`. */
export async function letIn(core: Core, attributes: RequestAttributes, context: CallContext): Promise<Caller> {
  await authorise(core, context.identity, attributes);
  return context;
}

type LetIn = (request: AnyRequest, context: CallContext) => Promise<Caller>;

type About = (request: AnyRequest) => RequestAttributes;

/** Each step goes on at once where it has nothing to wait for: most reads are answered in the turn in which they came. */
function guardUnary(core: Core, handler: Unary, about: About, info: ResourceInfo | undefined): Unary {
  return (request, caller: Caller) => {
    const attributes = about(request);
    const waiting = authorise(core, caller.identity, attributes);
    return waiting ? waiting.then(() => enter(request, caller, attributes)) : enter(request, caller, attributes);
  };

  function enter(request: AnyRequest, caller: Caller, attributes: RequestAttributes): unknown {
    const width = isOfCollection(attributes) ? () => widthOf(core, request, info) : one;
    const entering = core.fairness?.enter(caller, attributes, width);
    if (entering instanceof Promise) return entering.then((seat) => handle(request, caller, attributes, seat));
    return handle(request, caller, attributes, entering);
  }

  function handle(request: AnyRequest, caller: Caller, attributes: RequestAttributes, seat: Seat | undefined): unknown {
    try {
      const answer = handler(request, caller);
      if (!(answer instanceof Promise)) return answered(answer, caller, attributes, seat);
      return answer.then(
        (later) => answered(later, caller, attributes, seat),
        (error) => failed(error, seat),
      );
    } catch (error) {
      return failed(error, seat);
    }
  }

  function answered(answer: unknown, caller: Caller, { verb }: RequestAttributes, seat: Seat | undefined): unknown {
    // Most of the work of a list is still to be done: its door encodes it.
    if (seat && verb === "list" && caller.flow) caller.flow.whenAnswered(() => seat.release());
    else seat?.release();
    return answer;
  }

  function failed(error: unknown, seat: Seat | undefined): never {
    seat?.release();
    throw info ? fromStore(error, info, "") : error;
  }
}

/** Watches take a seat while they begin; what else is open for as long as its client wants takes none. */
function guardStream(core: Core, handler: Streaming, about: About): Streaming {
  return (request, context) =>
    new DeferredStream(async () => {
      const attributes = about(request as AnyRequest);
      const caller = await letIn(core, attributes, context);
      const isWatch = attributes.verb === "watch";
      const entering = isWatch ? core.fairness?.enter(caller, attributes, one) : undefined;
      const seat = entering instanceof Promise ? await entering : entering;
      try {
        return handler(request, caller)[Symbol.asyncIterator]();
      } finally {
        seat?.release();
      }
    });
}

const one = () => 1;

function isOfCollection({ verb }: RequestAttributes): boolean {
  return verb === "list" || verb === "deletecollection";
}

function widthOf(core: Core, request: AnyRequest, info: ResourceInfo | undefined): number {
  if (!info) return 1;
  return listWidth(core.cache.cacheOf(info).size, request.listOptions ?? request.options);
}

/** The first message says what the stream is about. */
function guardDuplex(handler: Streaming, letIn: LetIn): Streaming {
  return (requests, context) =>
    new DeferredStream(async () => {
      const messages = (requests as AsyncIterable<AnyRequest>)[Symbol.asyncIterator]();
      const first = await messages.next();
      const caller = await letIn(first.done ? {} : first.value, context);
      return handler(replay(first, messages), caller)[Symbol.asyncIterator]();
    });
}

async function* replay<T>(first: IteratorResult<T>, rest: AsyncIterator<T>): AsyncGenerator<T> {
  try {
    for (let result = first; !result.done; result = await rest.next()) yield result.value;
  } finally {
    await rest.return?.();
  }
}

/** A stream that is opened by `open`, or when its first item is asked for; then items pass without a detour. */
export class DeferredStream implements AsyncIterableIterator<unknown> {
  readonly #open: () => Promise<AsyncIterator<unknown>>;
  #opening: Promise<AsyncIterator<unknown>> | undefined;
  #stream: AsyncIterator<unknown> | undefined;

  constructor(open: () => Promise<AsyncIterator<unknown>>) {
    this.#open = open;
  }

  next(): Promise<IteratorResult<unknown>> {
    return this.#stream ? this.#stream.next() : this.#begin();
  }

  async return(): Promise<IteratorResult<unknown>> {
    const stream = this.#stream ?? (await this.#opening?.catch(() => undefined));
    await stream?.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Resolves when the caller was let in and its request understood; for doors that have to say so before the first item. */
  async open(): Promise<void> {
    this.#opening ??= this.#open();
    this.#stream = await this.#opening;
  }

  async #begin(): Promise<IteratorResult<unknown>> {
    await this.open();
    return this.next();
  }
}
