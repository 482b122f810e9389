import type { Scale } from "../../../gen/typernetes/autoscaling/v1/scale.ts";
import type { Status } from "../../../gen/typernetes/meta/v1/status.ts";
import type { EncodedMessage } from "../../../lib/grpc/router.ts";
import { fromStatus } from "../../../lib/grpc/status.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { Caller } from "../core.ts";
import { sendStatus, successOf } from "./answer-status.ts";
import type { ProtobufType } from "./kubernetes-protobuf.ts";
import { placePart } from "./place-object.ts";
import { methodNotAllowed, must, resourceNotFound } from "./refusals.ts";
import { type Representation, representationFor } from "./representation.ts";
import { contractBody, readObject } from "./request-body.ts";
import { fieldValidation, writeOptions } from "./request-options.ts";
import type { ResourceRequest } from "./resource-request.ts";
import { type Answer, sendObject } from "./send-object.ts";
import { isStreamed, openStream } from "./stream-seam.ts";
import { callerOf, get, patch, replaceWith } from "./verbs.ts";

type Handle = (request: ResourceRequest) => Promise<void> | undefined;
type Replace = (message: { object: ApiObject; options: object }, caller: Caller) => Answer | Promise<Answer>;

/** What stands under objects, and how each is asked for by method. */
const subresources: Readonly<Record<string, Readonly<Record<string, Handle>>>> = {
  status: { GET: get, PUT: replaceBy("updateStatus"), PATCH: patch },
  approval: { GET: get, PUT: replaceBy("updateApproval"), PATCH: patch },
  finalize: { PUT: replaceBy("finalize") },
  ephemeralcontainers: { GET: get, PUT: replaceBy("updateEphemeralContainers"), PATCH: patch },
  resize: { GET: get, PUT: replaceBy("resize"), PATCH: patch },
  scale: { GET: getScale, PUT: updateScale, PATCH: patchScale },
  binding: { POST: bind },
  eviction: { POST: evict },
  token: { POST: createToken },
};

/** Answers a request for a part of an object. @throws StatusError. */
export function answerSubresource(request: ResourceRequest): Promise<void> | undefined {
  const { exchange, path, served } = request;
  const subresource = path.subresource ?? "";
  if (!served.schema.subresources.includes(subresource)) throw resourceNotFound();
  if (isStreamed(subresource)) return openStream(request);
  if (!Object.hasOwn(subresources, subresource) || path.rest !== undefined) throw resourceNotFound();
  const methods = subresources[subresource] ?? {};
  const method = exchange.method === "HEAD" ? "GET" : exchange.method;
  const handle = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (!handle) throw methodNotAllowed();
  return handle(request);
}

/** Handlers of some kinds only; by the names that their services give them. */
function handlerNamed<H>({ served }: ResourceRequest, name: string): H {
  const handlers: Readonly<Record<string, unknown>> = served.handlers;
  // The kind's service has checked the handler; here it is one of many kinds' handlers.
  return must(Object.hasOwn(handlers, name) ? (handlers[name] as H | undefined) : undefined);
}

function replaceBy(name: string): Handle {
  return async (request) => replaceWith(request, handlerNamed<Replace>(request, name));
}

const scaleType = { message: "autoscaling.v1.Scale", apiVersion: "autoscaling/v1", kind: "Scale" };
const scaleKind = contractBody("autoscaling.v1.Scale", "v1", "Scale");

async function getScale(request: ResourceRequest): Promise<void> {
  const handler = must(request.served.handlers.getScale);
  const { namespace, name } = request.path;
  sendObject(request.exchange, scaleRepresentation(request), await handler({ namespace, name }, callerOf(request)));
}

function updateScale(request: ResourceRequest): Promise<void> {
  const handler = must(request.served.handlers.updateScale);
  const replace = async (message: { object: Scale; options: object }, caller: Caller) => handler(message, caller);
  return replaceWith(request, replace, scaleKind, scaleRepresentation(request));
}

/** The verb answers the whole object; clients want to see its scale. */
async function patchScale(request: ResourceRequest): Promise<void> {
  const scale = must(request.served.handlers.getScale);
  const { namespace, name } = request.path;
  await patch(request, async () => {
    sendObject(request.exchange, scaleRepresentation(request), await scale({ namespace, name }, callerOf(request)));
  });
}

function scaleRepresentation({ exchange, served }: ResourceRequest): Representation {
  return otherKind(representationFor(exchange, served, "object"), scaleType);
}

/** For answers of another kind than the object's. */
function otherKind(representation: Representation, type: ProtobufType): Representation {
  return { ...representation, type };
}

const bindingKind = contractBody("core.v1.Binding", "v1", "Binding");

async function bind(request: ResourceRequest): Promise<void> {
  const handler = handlerNamed<(message: object, caller: Caller) => Promise<unknown>>(request, "bind");
  const { exchange } = request;
  const options = writeOptions(exchange.query, "CreateOptions");
  const binding = await readObject(exchange, bindingKind, fieldValidation(options, "CreateOptions"));
  placePart(request.path, binding);
  const { results } = (await handler({ bindings: [binding], options }, callerOf(request))) as { results?: Status[] };
  const [failure] = results ?? [];
  if (failure?.status === "Failure") throw fromStatus(failure);
  sendStatus(exchange, successOf(undefined, 201), 201);
}

const evictionKind = contractBody("policy.v1.Eviction", "v1", "Eviction");

async function evict(request: ResourceRequest): Promise<void> {
  const handler = handlerNamed<(message: object, caller: Caller) => Promise<Status | EncodedMessage<Status>>>(
    request,
    "evict",
  );
  const { exchange } = request;
  const options = writeOptions(exchange.query, "CreateOptions");
  const eviction = await readObject(exchange, evictionKind, fieldValidation(options, "CreateOptions"));
  placePart(request.path, eviction);
  await handler({ eviction, options }, callerOf(request));
  sendStatus(exchange, successOf(undefined, 201), 201);
}

const tokenType = {
  message: "authentication.v1.TokenRequest",
  apiVersion: "authentication.k8s.io/v1",
  kind: "TokenRequest",
};
const tokenKind = contractBody("authentication.v1.TokenRequest", "v1", "TokenRequest");

async function createToken(request: ResourceRequest): Promise<void> {
  const handler = handlerNamed<(message: object, caller: Caller) => Promise<Answer>>(request, "createToken");
  const { exchange, path } = request;
  const options = writeOptions(exchange.query, "CreateOptions");
  const object = await readObject(exchange, tokenKind, fieldValidation(options, "CreateOptions"));
  placePart(path, object);
  const { namespace, name } = path;
  const answer = await handler({ namespace, name, object, options }, callerOf(request));
  const representation = representationFor(exchange, request.served, "object");
  sendObject(exchange, otherKind(representation, tokenType), answer, 201);
}
