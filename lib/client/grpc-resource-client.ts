import type { ResourceSchema } from "../../gen/schema.ts";
import type { Scale, UpdateScaleRequest } from "../../gen/typernetes/autoscaling/v1/scale.ts";
import type { ListMeta } from "../../gen/typernetes/meta/v1/object_meta.ts";
import type { CreateOptions, DeleteOptions, ListOptions, UpdateOptions } from "../../gen/typernetes/meta/v1/options.ts";
import type {
  DeleteCollectionRequest,
  DeleteRequest,
  GetRequest,
  ListRequest,
  PatchRequest,
  WatchRequest,
} from "../../gen/typernetes/meta/v1/requests.ts";
import type { Status } from "../../gen/typernetes/meta/v1/status.ts";
import { deepFreeze } from "../base/plain-data.ts";
import { StatusError } from "../base/status-error.ts";
import type { MethodDefinition, ServiceDefinition } from "../grpc/method.ts";
import { fromStatus } from "../grpc/status.ts";
import type { CallOptions, Transport } from "../grpc/transport.ts";
import type {
  InNamespace,
  KubernetesObject,
  ObjectList,
  PatchSettings,
  ResourceClient,
  WatchEvent,
} from "./resource-client.ts";

interface CreateRequest<T> {
  namespace?: string | undefined;
  object?: T;
  options?: CreateOptions;
}

interface UpdateRequest<T> {
  object?: T;
  options?: UpdateOptions;
}

interface ListAnswer<T> {
  metadata?: ListMeta;
  items?: T[];
}

interface WatchAnswer<T> {
  events?: { type?: string; object?: T; status?: Status }[];
}

/** The client of one kind, over the service that the contracts generate for it. */
export class GrpcResourceClient<T extends KubernetesObject> implements ResourceClient<T> {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly #transport: Transport;
  readonly #service: ServiceDefinition;

  constructor(transport: Transport, schema: ResourceSchema, service: ServiceDefinition) {
    this.group = schema.group;
    this.version = schema.version;
    this.kind = schema.kind;
    this.plural = schema.plural;
    this.namespaced = schema.namespaced;
    this.#transport = transport;
    this.#service = service;
  }

  create(object: T, options: CreateOptions & CallOptions = {}): Promise<T> {
    const [call, rest] = split(options);
    return this.#unary<CreateRequest<T>, T>("create", { ...namespaceOf(object.metadata), object, options: rest }, call);
  }

  get(name: string, options: InNamespace & CallOptions = {}): Promise<T> {
    return this.#unary<GetRequest, T>("get", { ...namespaceOf(options), name }, options);
  }

  async list(options: InNamespace & ListOptions & CallOptions = {}): Promise<ObjectList<T>> {
    const [call, { namespace, ...rest }] = split(options);
    const request = { ...namespaceOf({ namespace }), options: rest };
    return asList(await this.#unary<ListRequest, ListAnswer<T>>("list", request, call));
  }

  async *watch(options: InNamespace & ListOptions & CallOptions = {}): AsyncGenerator<WatchEvent<T>[]> {
    const [call, { namespace, ...rest }] = split(options);
    const method = this.#method<WatchRequest, WatchAnswer<T>>("watch");
    const request = { ...namespaceOf({ namespace }), options: rest };
    for await (const answer of this.#transport.serverStream(this.#service, method, request, call)) {
      const { events, failure } = readBatch<T>(answer);
      if (events.length > 0) yield events;
      if (failure) throw failure;
    }
  }

  update(object: T, options: UpdateOptions & CallOptions = {}): Promise<T> {
    const [call, rest] = split(options);
    return this.#unary<UpdateRequest<T>, T>("update", { object, options: rest }, call);
  }

  updateStatus(object: T, options: UpdateOptions & CallOptions = {}): Promise<T> {
    const [call, rest] = split(options);
    return this.#unary<UpdateRequest<T>, T>("updateStatus", { object, options: rest }, call);
  }

  patch(name: string, patch: object | string, settings: PatchSettings = {}): Promise<T> {
    const [call, { namespace, type = "application/strategic-merge-patch+json", subresource, ...options }] =
      split(settings);
    const text = typeof patch === "string" ? patch : JSON.stringify(patch);
    const request = { ...namespaceOf({ namespace }), name, patchType: type, patch: Buffer.from(text), options };
    return this.#unary<PatchRequest, T>("patch", subresource ? { ...request, subresource } : request, call);
  }

  delete(name: string, options: InNamespace & DeleteOptions & CallOptions = {}): Promise<T> {
    const [call, { namespace, ...rest }] = split(options);
    return this.#unary<DeleteRequest, T>("delete", { ...namespaceOf({ namespace }), name, options: rest }, call);
  }

  async deleteCollection(
    options: InNamespace & { deleteOptions?: DeleteOptions; listOptions?: ListOptions } & CallOptions = {},
  ): Promise<ObjectList<T>> {
    const [call, request] = split(options);
    return asList(await this.#unary<DeleteCollectionRequest, ListAnswer<T>>("deleteCollection", request, call));
  }

  getScale(name: string, options: InNamespace & CallOptions = {}): Promise<Scale> {
    return this.#unary<GetRequest, Scale>("getScale", { ...namespaceOf(options), name }, options);
  }

  updateScale(scale: Scale, options: UpdateOptions & CallOptions = {}): Promise<Scale> {
    const [call, rest] = split(options);
    return this.#unary<UpdateScaleRequest, Scale>("updateScale", { object: scale, options: rest }, call);
  }

  async #unary<Req, Res>(verb: string, request: Req, options: CallOptions): Promise<Res> {
    return deepFreeze(
      await this.#transport.unary(this.#service, this.#method<Req, Res>(verb), request, callOptions(options)),
    );
  }

  #method<Req, Res>(verb: string): MethodDefinition<Req, Res> {
    const method = this.#service.methods[verb];
    if (!method) {
      throw new StatusError("MethodNotAllowed", `${this.plural} do not support ${verb}`, {
        group: this.group,
        kind: this.kind,
      });
    }
    // The generator gives each verb of each kind these messages; no type ties a verb's name to them.
    return method as MethodDefinition<Req, Res>;
  }
}

/** Parts what is for the call from what goes into the request. */
function split<O extends CallOptions>(options: O): [CallOptions, Omit<O, keyof CallOptions>] {
  const { signal, timeoutMs, onWarning, ...rest } = options;
  return [callOptions({ signal, timeoutMs, onWarning }), rest];
}

type GivenOptions = { readonly [K in keyof CallOptions]: CallOptions[K] | undefined };

function callOptions(options: GivenOptions): CallOptions {
  const call: CallOptions = {};
  if (options.signal) call.signal = options.signal;
  if (options.timeoutMs !== undefined) call.timeoutMs = options.timeoutMs;
  if (options.onWarning) call.onWarning = options.onWarning;
  return call;
}

function namespaceOf(holder: InNamespace | undefined): InNamespace {
  return holder?.namespace ? { namespace: holder.namespace } : {};
}

function asList<T>(answer: ListAnswer<T>): ObjectList<T> {
  return Object.freeze({ metadata: answer.metadata, items: answer.items ?? [] });
}

function readBatch<T>(answer: WatchAnswer<T>): { events: WatchEvent<T>[]; failure?: StatusError } {
  const events: WatchEvent<T>[] = [];
  for (const { type, object, status } of answer.events ?? []) {
    if (type === "ERROR") return { events, failure: fromStatus(status ?? {}) };
    if (isEventType(type) && object) events.push({ type, object: deepFreeze(object) });
  }
  return { events };
}

function isEventType(type: string | undefined): type is WatchEvent<unknown>["type"] {
  return type === "ADDED" || type === "MODIFIED" || type === "DELETED" || type === "BOOKMARK";
}
