import { EncodedMessage } from "../../../lib/grpc/router.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import { WrittenAnswer } from "../registry/stored-object.ts";
import { CachedAnswer } from "../watch-cache/cached-answer.ts";
import { statusType } from "./answer-status.ts";
import { sendBody } from "./compression.ts";
import { encodeAnswer, wantsPretty } from "./encode-answer.ts";
import type { Exchange } from "./exchange.ts";
import { cachedProtobuf } from "./kubernetes-protobuf.ts";
import { json, protobuf } from "./media-types.ts";
import { jsonLine, type Representation } from "./representation.ts";
import { partialObject } from "./tables.ts";

/** An answer as handlers give it. */
export type Answer = ApiObject | EncodedMessage<ApiObject>;

/** Answers one object: from bytes that the cache has, where that is what the client wants. */
export function sendObject(exchange: Exchange, representation: Representation, answer: Answer, status = 200): void {
  const { encoding, shape } = representation;
  if (shape.kind === "object" && encoding === json && answer instanceof CachedAnswer && !wantsPretty(exchange)) {
    sendBody(exchange, status, json, answer.cache.encoded(answer.entry, "json", jsonLine));
    return;
  }
  if (shape.kind === "object" && encoding === protobuf && answer instanceof CachedAnswer) {
    sendBody(exchange, status, protobuf, cachedProtobuf(representation.type, answer));
    return;
  }
  if (shape.kind === "object" && encoding === json && answer instanceof WrittenAnswer) {
    sendBody(exchange, status, json, encodeAnswer(exchange, answer.unfrozen(), json, representation.type));
    return;
  }
  const object = objectOf(answer);
  const type = object.kind === "Status" ? statusType : representation.type;
  sendBody(exchange, status, encoding, encodeAnswer(exchange, inShape(representation, object), encoding, type));
}

/** The object of an answer. */
export function objectOf(answer: Answer): ApiObject {
  return answer instanceof EncodedMessage ? answer.value : answer;
}

/** An object as the client wants to see it. A `Status` stays what it is. */
function inShape({ shape }: Representation, object: ApiObject): object {
  if (shape.kind === "object" || object.kind === "Status") return object;
  if (shape.kind === "metadata") return partialObject(object, shape.apiVersion);
  const { resourceVersion } = object.metadata ?? {};
  return shape.format.table({ ...(resourceVersion && { resourceVersion }) }, [shape.format.row(object)]);
}
