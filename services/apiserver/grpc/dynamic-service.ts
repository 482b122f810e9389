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
import { type CallContext, EncodedMessage, type Handlers } from "../../../lib/grpc/router.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { Core } from "../core.ts";
import { badRequest } from "../errors.ts";
import type { ServedResource, ServedResources } from "../served-resources.ts";
import { discover } from "./discover.ts";
import { findType } from "./dynamic-types.ts";

/** What another server answers to a request without a body. @throws StatusError. */
export type AskElsewhere = (method: "GET" | "DELETE", path: string, context: CallContext) => Promise<unknown>;

/**
 * The service of objects whose type the caller knows only at run time: JSON becomes messages (a message of a kind is its own
 * JSON), everything else is left to the kinds' own verbs.
 */
export function dynamicHandlers(
  core: Core,
  served: ServedResources,
  askElsewhere: AskElsewhere,
): Handlers<typeof DynamicServiceDefinition> {
  const typed = new TypedServices(served);
  const findType = (reference: ResourceReference | undefined) => typed.find(reference);
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
    readPath: async ({ path = "" }, context) => ({ object: await askElsewhere("GET", path, context) }),
    deletePath: async ({ path = "" }, context) => ({ object: await askElsewhere("DELETE", path, context) }),
    discover: (request, context) => discover(core, served, request, context),
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

/** The other way round, and what reads. */
const ofSubresources: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(updateMethods).map(([subresource, method]) => [method, subresource])),
  getScale: "scale",
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

type UnaryVerb = (request: object, context: CallContext) => Promise<unknown>;
type StreamVerb = (request: object, context: CallContext) => AsyncIterable<unknown>;

class TypedServices {
  readonly #served: ServedResources;

  constructor(served: ServedResources) {
    this.#served = served;
  }

  find(reference: ResourceReference | undefined): ServedResource {
    return findType(this.#served, reference);
  }

  async write(verb: string, request: WriteRequest, context: CallContext): Promise<ObjectResponse> {
    const { type: reference, ...rest } = request;
    const type = this.find(reference);
    const { object, warnings } = readObject(type, verb, request);
    const response = await this.answerObject(verb, type, { ...rest, object }, context);
    return warnings.length > 0 ? { ...response, warnings: [...warnings] } : response;
  }

  async answerObject(
    verb: string,
    type: ServedResource,
    request: object,
    context: CallContext,
  ): Promise<ObjectResponse> {
    return { object: contentOf(await verbOf<UnaryVerb>(verb, type)(request, context)) as object };
  }

  async answerList(verb: string, type: ServedResource, request: object, context: CallContext): Promise<ListResponse> {
    const list = contentOf(await verbOf<UnaryVerb>(verb, type)(request, context)) as TypedList;
    return { ...list, items: list.items ?? [] };
  }

  async *watch({ type: reference, ...rest }: WatchRequest, context: CallContext): AsyncGenerator<WatchResponse> {
    const stream = verbOf<StreamVerb>("watch", this.find(reference))(rest, context);
    for await (const answer of stream) {
      const events = (contentOf(answer) as TypedEvents).events ?? [];
      yield { events: events.map(({ type, object, status }) => ({ type, object: object ?? status ?? {} })) };
    }
  }
}

/** A verb of a kind; requests of the dynamic service have the fields of the typed ones. */
function verbOf<V extends UnaryVerb | StreamVerb>(verb: string, { schema, handlers }: ServedResource): V {
  const handler = (handlers as Record<string, unknown>)[verb];
  if (handler) return handler as V;
  const { group, plural } = schema;
  const name = group ? `${plural}.${group}` : plural;
  const subresource = ofSubresources[verb];
  if (subresource && !schema.subresources.includes(subresource)) return noSubresource(subresource);
  throw new StatusError("MethodNotAllowed", `the server does not allow ${verb} of ${name}`, { group, kind: plural });
}

function readObject(type: ServedResource, verb: string, { object, options }: WriteRequest): Decoded<ApiObject> {
  if (object === undefined || object === null) throw badRequest("the request has no object");
  const validation = fieldValidation(options?.fieldValidation);
  return verb === "updateScale"
    ? decode<ApiObject>("autoscaling.v1.Scale", object, validation)
    : type.decode(object, validation);
}

function fieldValidation(asked: string | undefined): FieldValidation {
  if (!asked) return "Warn";
  if (asked === "Strict" || asked === "Warn" || asked === "Ignore") return asked;
  throw badRequest(`invalid fieldValidation "${asked}": must be one of Ignore, Warn, Strict`);
}

function contentOf(answer: unknown): unknown {
  return answer instanceof EncodedMessage ? answer.value : answer;
}
