import type {
  DynamicServiceDefinition,
  ListResponse,
  ObjectResponse,
  ResourceReference,
  WatchRequest,
  WatchResponse,
} from "../../../gen/typernetes/dynamic/v1/dynamic.ts";
import type { ListMeta } from "../../../gen/typernetes/meta/v1/object_meta.ts";
import type { Status } from "../../../gen/typernetes/meta/v1/status.ts";
import { type Decoded, decode, type FieldValidation } from "../../../lib/api/decode.ts";
import { StatusError } from "../../../lib/base/status-error.ts";
import {
  type CallContext,
  EncodedMessage,
  type Handlers,
  invokeStream,
  invokeUnary,
  type Route,
  type Router,
  routePath,
} from "../../../lib/grpc/router.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import { badRequest } from "../errors.ts";
import { type DynamicType, findType, unserved } from "./dynamic-types.ts";

/**
 * The service of objects whose type the caller knows only at run time: JSON becomes messages (a message of a kind is its own
 * JSON), everything else is left to the typed services of `router`.
 */
export function dynamicHandlers(router: Router): Handlers<typeof DynamicServiceDefinition> {
  const typed = new TypedServices(router);
  return {
    create: (request, context) => typed.write("create", request, context),
    get: ({ type, subresource, ...rest }, context) =>
      typed.answerObject(readMethod(subresource), findType(type), rest, context),
    list: ({ type, ...rest }, context) => typed.answerList("list", findType(type), rest, context),
    watch: (request, context) => typed.watch(request, context),
    update: ({ subresource, ...request }, context) => typed.write(updateMethod(subresource), request, context),
    updateStatus: (request, context) => typed.write("updateStatus", request, context),
    patch: ({ type, ...rest }, context) => typed.answerObject("patch", findType(type), rest, context),
    delete: ({ type, ...rest }, context) => typed.answerObject("delete", findType(type), rest, context),
    deleteCollection: ({ type, ...rest }, context) =>
      typed.answerList("deleteCollection", findType(type), rest, context),
  };
}

/** Methods of the typed services that replace a part of an object. */
const updateMethods: Readonly<Record<string, string>> = {
  status: "updateStatus",
  scale: "updateScale",
  finalize: "finalize",
  approval: "updateApproval",
  ephemeralcontainers: "updateEphemeralContainers",
  resize: "resize",
};

function updateMethod(subresource = ""): string {
  if (subresource === "") return "update";
  return updateMethods[subresource] ?? noSubresource(subresource);
}

function readMethod(subresource = ""): string {
  if (subresource === "" || subresource === "status") return "get";
  return subresource === "scale" ? "getScale" : noSubresource(subresource);
}

function noSubresource(name: string): never {
  throw new StatusError("NotFound", `the server could not find the requested subresource ${name}`);
}

interface WriteRequest {
  type?: ResourceReference | undefined;
  object?: unknown;
  options?: { fieldValidation?: string | undefined } | undefined;
}

interface TypedList {
  metadata?: ListMeta;
  apiVersion?: string;
  kind?: string;
  items?: ApiObject[];
}

interface TypedEvents {
  events?: { type?: string; object?: ApiObject; status?: Status }[];
}

class TypedServices {
  readonly #router: Router;

  constructor(router: Router) {
    this.#router = router;
  }

  async write(verb: string, request: WriteRequest, context: CallContext): Promise<ObjectResponse> {
    const { type: reference, ...rest } = request;
    const type = findType(reference);
    const message = verb === "updateScale" ? "autoscaling.v1.Scale" : type.info.message;
    const { object, warnings } = readObject(message, request);
    const response = await this.answerObject(verb, type, { ...rest, object }, context);
    return warnings.length > 0 ? { ...response, warnings: [...warnings] } : response;
  }

  async answerObject(verb: string, type: DynamicType, request: object, context: CallContext): Promise<ObjectResponse> {
    return { object: await this.#call<object>(verb, type, request, context) };
  }

  async answerList(verb: string, type: DynamicType, request: object, context: CallContext): Promise<ListResponse> {
    const list = await this.#call<TypedList>(verb, type, request, context);
    return { ...list, items: list.items ?? [] };
  }

  async *watch({ type: reference, ...rest }: WatchRequest, context: CallContext): AsyncGenerator<WatchResponse> {
    const route = this.#route("watch", findType(reference));
    for await (const answer of invokeStream<TypedEvents>(route, rest, context)) {
      const events = contentOf(answer).events ?? [];
      yield { events: events.map(({ type, object, status }) => ({ type, object: object ?? status ?? {} })) };
    }
  }

  async #call<T>(verb: string, type: DynamicType, request: object, context: CallContext): Promise<T> {
    return contentOf(await invokeUnary<T>(this.#route(verb, type), request, context));
  }

  #route(verb: string, { info, service }: DynamicType): Route {
    const method = service.methods[verb];
    if (!method) {
      const details = { group: info.group, kind: info.plural };
      throw new StatusError("MethodNotAllowed", `the server does not allow ${verb} of ${info.qualifiedName}`, details);
    }
    const route = this.#router.find(routePath(service, method));
    if (!route) throw unserved(info.group, info.plural);
    return route;
  }
}

function readObject(message: string, { object, options }: WriteRequest): Decoded<ApiObject> {
  if (object === undefined || object === null) throw badRequest("the request has no object");
  return decode<ApiObject>(message, object, fieldValidation(options?.fieldValidation));
}

function fieldValidation(asked: string | undefined): FieldValidation {
  if (!asked) return "Warn";
  if (asked === "Strict" || asked === "Warn" || asked === "Ignore") return asked;
  throw badRequest(`invalid fieldValidation "${asked}": must be one of Ignore, Warn, Strict`);
}

function contentOf<T>(answer: T | EncodedMessage<T>): T {
  return answer instanceof EncodedMessage ? answer.value : answer;
}
