import type { CallContext } from "../../../lib/grpc/router.ts";
import type { Caller } from "../core.ts";
import type { AnyRequest, RequestAttributes } from "../request-attributes.ts";
import type { AuditedRequest, Auditor } from "./auditor.ts";

type AttributesOf = (request: AnyRequest) => RequestAttributes;
type Unary = (request: AnyRequest, context: CallContext) => unknown;
type Streaming = (request: unknown, context: CallContext) => AsyncIterable<unknown>;

/** A handler whose requests are written down. */
export function auditedUnary(auditor: Auditor, attributesOf: AttributesOf, handler: Unary): Unary {
  return async (request, context) => {
    const entry = auditor.begin(context, attributesOf(request), bodyOf(request));
    try {
      const answer = await handler(request, entry ? annotating(context, entry) : context);
      entry?.completed(answer);
      return answer;
    } catch (error) {
      entry?.failed(error);
      throw error;
    }
  };
}

/** Lets verbs write something down. A context is of one call only. */
function annotating(context: CallContext, entry: AuditedRequest): CallContext {
  const own: CallContext & Pick<Caller, "annotate"> = context;
  return Object.assign(own, { annotate: (key: string, value: string) => entry.annotate(key, value) });
}

/** The object of a request, or its patch where that is JSON. */
function bodyOf({ object, patch }: AnyRequest & { patch?: Uint8Array | undefined }): unknown {
  if (!patch) return object;
  try {
    return JSON.parse(Buffer.from(patch).toString());
  } catch {
    return undefined;
  }
}

/** As `auditedUnary`, for an answer that is a stream. */
export function auditedStream(auditor: Auditor, attributesOf: AttributesOf, handler: Streaming): Streaming {
  return (request, context) => {
    const entry = auditor.begin(context, attributesOf(request as AnyRequest));
    const answers = handler(request, context);
    return entry ? followed(answers, () => entry) : answers;
  };
}

/** As `auditedUnary`, for streams both ways: the first message says what they are about. */
export function auditedDuplex(auditor: Auditor, attributesOf: AttributesOf, handler: Streaming): Streaming {
  return (requests, context) => {
    let entry: AuditedRequest | undefined;
    async function* seen(): AsyncGenerator<AnyRequest> {
      let isFirst = true;
      for await (const request of requests as AsyncIterable<AnyRequest>) {
        if (isFirst) entry = auditor.begin(context, attributesOf(request));
        isFirst = false;
        yield request;
      }
    }
    return followed(handler(seen(), context), () => entry);
  };
}

async function* followed(
  answers: AsyncIterable<unknown>,
  entryOf: () => AuditedRequest | undefined,
): AsyncGenerator<unknown> {
  let hasStarted = false;
  try {
    for await (const answer of answers) {
      if (!hasStarted) entryOf()?.started();
      hasStarted = true;
      yield answer;
    }
  } catch (error) {
    entryOf()?.failed(error);
    throw error;
  } finally {
    entryOf()?.completed();
  }
}
