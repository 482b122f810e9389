import type { DeleteOptions } from "../../../gen/typernetes/meta/v1/options.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { Caller } from "../core.ts";
import { wasCreated } from "../verbs/apply.ts";
import { DeletedAnswer } from "../verbs/deleted-answer.ts";
import { successOf } from "./answer-status.ts";
import { ExchangeCaller } from "./exchange-caller.ts";
import { bareType } from "./media-types.ts";
import { placeObject } from "./place-object.ts";
import { readBody } from "./read-body.ts";
import { must, unsupportedType } from "./refusals.ts";
import { type Representation, representationFor } from "./representation.ts";
import { type BodyKind, readDeleteOptions, readObject } from "./request-body.ts";
import { booleanOf, deleteOptionsOf, fieldValidation, listOptions, writeOptions } from "./request-options.ts";
import type { ResourceRequest } from "./resource-request.ts";
import { returnsDeletedObject } from "./returns-deleted-object.ts";
import { sendList } from "./send-list.ts";
import { type Answer, objectOf, sendObject } from "./send-object.ts";
import { sendWatch } from "./send-watch.ts";
import { wantedProtocol } from "./streams/take-socket.ts";
import { sendWebSocketWatch } from "./streams/websocket-watch.ts";

/** Who calls a handler, for the whole of an exchange. */
export function callerOf({ exchange }: Pick<ResourceRequest, "exchange">): Caller {
  return new ExchangeCaller(exchange);
}

/** Promises nothing where the answer is at hand. */
export function get(request: ResourceRequest): Promise<void> | undefined {
  const { exchange, path, served } = request;
  const handler = must(served.handlers.get);
  const representation = representationFor(exchange, served, "object");
  const resourceVersion = exchange.hasQuery ? exchange.query.get("resourceVersion") : null;
  const options = resourceVersion ? { resourceVersion } : undefined;
  const { namespace, name } = path;
  const answer = handler({ namespace, name, options }, callerOf(request));
  if (answer instanceof Promise) return answer.then((later) => sendObject(exchange, representation, later));
  sendObject(exchange, representation, answer);
  return undefined;
}

export async function list(request: ResourceRequest): Promise<void> {
  const { exchange, path, served } = request;
  const handler = must(served.handlers.list);
  const representation = representationFor(exchange, served, "list");
  const options = listOptions(exchange.query);
  const answer = await handler({ namespace: path.namespace, options }, callerOf(request));
  await sendList(exchange, served, representation, answer);
}

export async function watch(request: ResourceRequest): Promise<void> {
  const { core, exchange, path, served } = request;
  const handler = must(served.handlers.watch);
  const representation = representationFor(exchange, served, "watch");
  const options = listOptions(exchange.query);
  if (path.name !== undefined) options.fieldSelector = `metadata.name=${path.name}`;
  const stream = handler({ namespace: path.namespace, options }, callerOf(request));
  const send = wantedProtocol(exchange) === "websocket" ? sendWebSocketWatch : sendWatch;
  await send(exchange, representation, stream, core.logger);
}

export async function create(request: ResourceRequest): Promise<void> {
  const { exchange, path, served } = request;
  const handler = must(served.handlers.create);
  const representation = representationFor(exchange, served, "object");
  const options = writeOptions(exchange.query, "CreateOptions");
  const object = await readObject(exchange, bodyKind(request), fieldValidation(options, "CreateOptions"));
  const answer = await handler({ namespace: path.namespace, object, options }, callerOf(request));
  sendObject(exchange, representation, answer, 201);
}

export function update(request: ResourceRequest): Promise<void> {
  return replaceWith(request, must(request.served.handlers.update));
}

/** Hands the object of a body to a handler that replaces, as what the path names. */
export async function replaceWith(
  request: ResourceRequest,
  handler: (message: { object: ApiObject; options: object }, caller: Caller) => Answer | Promise<Answer>,
  kind: BodyKind = bodyKind(request),
  representation: Representation = representationFor(request.exchange, request.served, "object"),
): Promise<void> {
  const { exchange } = request;
  const options = writeOptions(exchange.query, "UpdateOptions");
  const object = await readObject(exchange, kind, fieldValidation(options, "UpdateOptions"));
  placeObject(request.path, object);
  sendObject(exchange, representation, await handler({ object, options }, callerOf(request)));
}

const patchTypes = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
  "application/apply-patch+yaml",
];

/** `answer` answers in another way than with the patched object. */
export async function patch(request: ResourceRequest, answer?: () => Promise<void>): Promise<void> {
  const { exchange, path, served } = request;
  const handler = must(served.handlers.patch);
  const representation = representationFor(exchange, served, "object");
  const patchType = bareType(exchange.headers["content-type"]);
  const supported = served.isCustom ? patchTypes.filter((type) => !type.includes("strategic")) : patchTypes;
  if (!supported.includes(patchType)) throw unsupportedType(supported);
  const { query } = exchange;
  const force = booleanOf(query, "force");
  const options = { ...writeOptions(query, "PatchOptions"), ...(force !== undefined && { force }) };
  fieldValidation(options, "PatchOptions");
  const { namespace, name, subresource } = path;
  const bytes = await readBody(exchange);
  const message = { namespace, name, subresource, patchType, patch: bytes, options };
  const patched = await handler(message, callerOf(request));
  if (answer) await answer();
  else sendObject(exchange, representation, patched, wasCreated(patched) ? 201 : 200);
}

export async function deleteObject(request: ResourceRequest): Promise<void> {
  const { exchange, path, served } = request;
  const handler = must(served.handlers.delete);
  const representation = representationFor(exchange, served, "object");
  const options = await deleteOptions(request);
  const { namespace, name } = path;
  const answer = await handler({ namespace, name, options }, callerOf(request));
  if (!isGone(answer)) {
    sendObject(exchange, representation, answer, options.orphanDependents === false ? 202 : 200);
    return;
  }
  if (returnsDeletedObject(served.schema)) return sendObject(exchange, representation, answer);
  const { group, plural } = served.schema;
  const { uid } = objectOf(answer).metadata ?? {};
  sendObject(exchange, representation, successOf({ name, ...(group && { group }), kind: plural, uid }));
}

export async function deleteCollection(request: ResourceRequest): Promise<void> {
  const { exchange, path, served } = request;
  const handler = must(served.handlers.deleteCollection);
  const representation = representationFor(exchange, served, "list");
  const options = listOptions(exchange.query);
  const message = { namespace: path.namespace, listOptions: options, deleteOptions: await deleteOptions(request) };
  await sendList(exchange, served, representation, await handler(message, callerOf(request)));
}

/** What the body says, or else the query. */
async function deleteOptions({ exchange }: ResourceRequest): Promise<DeleteOptions> {
  return (await readDeleteOptions(exchange)) ?? deleteOptionsOf(exchange.query);
}

/** Whether nothing is left of a deleted object: what goes at once was never marked, in whatever form it is answered. */
function isGone(answer: Answer): boolean {
  return answer instanceof DeletedAnswer || !objectOf(answer).metadata?.deletionTimestamp;
}

/** How a body with an object of the request's kind is read. */
function bodyKind({ served }: ResourceRequest): BodyKind {
  const { version, kind, message } = served.schema;
  return {
    version,
    kind,
    message: served.isCustom ? undefined : message,
    decode: (value, validation) => served.decode(value, validation),
  };
}
