import type { Scale } from "../../gen/typernetes/autoscaling/v1/scale.ts";
import { DynamicServiceDefinition } from "../../gen/typernetes/dynamic/v1/dynamic.ts";
import type { CreateOptions, DeleteOptions, ListOptions, UpdateOptions } from "../../gen/typernetes/meta/v1/options.ts";
import { isRecord } from "../api/records.ts";
import { deepFreeze } from "../base/plain-data.ts";
import { StatusError } from "../base/status-error.ts";
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

const { methods } = DynamicServiceDefinition;

/** An object whose type is known only at run time. */
export interface DynamicObject extends KubernetesObject {
  [field: string]: unknown;
}

/** A kind by name: its plural, its kind, or both. */
export interface DynamicType {
  /** Empty or absent for the core group. */
  group?: string;
  version: string;
  plural?: string;
  kind?: string;
  /** Only told on: the server knows. True when absent. */
  namespaced?: boolean;
}

/** A client of any kind that the cluster serves, custom resources among them; its objects are plain JSON. */
export function dynamicResource(transport: Transport, type: DynamicType): ResourceClient<DynamicObject> {
  return new DynamicResource(transport, type);
}

class DynamicResource implements ResourceClient<DynamicObject> {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly #transport: Transport;

  constructor(transport: Transport, { group = "", version, plural = "", kind = "", namespaced = true }: DynamicType) {
    this.group = group;
    this.version = version;
    this.kind = kind;
    this.plural = plural;
    this.namespaced = namespaced;
    this.#transport = transport;
  }

  async create(object: DynamicObject, settings: CreateOptions & CallOptions = {}): Promise<DynamicObject> {
    const [call, options] = split(settings);
    const request = { type: this.#type, namespace: object.metadata?.namespace, object, options };
    return this.#read(await this.#transport.unary(DynamicServiceDefinition, methods.create, request, call));
  }

  async get(name: string, settings: InNamespace & CallOptions = {}): Promise<DynamicObject> {
    const [call, { namespace }] = split(settings);
    const request = { type: this.#type, namespace, name };
    return this.#read(await this.#transport.unary(DynamicServiceDefinition, methods.get, request, call));
  }

  async list(settings: InNamespace & ListOptions & CallOptions = {}): Promise<ObjectList<DynamicObject>> {
    const [call, { namespace, ...options }] = split(settings);
    const request = { type: this.#type, namespace, options };
    return readList(await this.#transport.unary(DynamicServiceDefinition, methods.list, request, call));
  }

  async *watch(settings: InNamespace & ListOptions & CallOptions = {}): AsyncGenerator<WatchEvent<DynamicObject>[]> {
    const [call, { namespace, ...options }] = split(settings);
    const request = { type: this.#type, namespace, options };
    for await (const answer of this.#transport.serverStream(DynamicServiceDefinition, methods.watch, request, call)) {
      const events: WatchEvent<DynamicObject>[] = [];
      for (const { type, object } of answer.events ?? []) {
        if (type === "ERROR") {
          if (events.length > 0) yield events;
          throw fromStatus(isRecord(object) ? object : {});
        }
        if (isEventType(type)) events.push({ type, object: readObject(object) });
      }
      if (events.length > 0) yield events;
    }
  }

  async update(object: DynamicObject, settings: UpdateOptions & CallOptions = {}): Promise<DynamicObject> {
    const [call, options] = split(settings);
    const request = { type: this.#type, object, options };
    return this.#read(await this.#transport.unary(DynamicServiceDefinition, methods.update, request, call));
  }

  async updateStatus(object: DynamicObject, settings: UpdateOptions & CallOptions = {}): Promise<DynamicObject> {
    const [call, options] = split(settings);
    const request = { type: this.#type, object, options };
    return this.#read(await this.#transport.unary(DynamicServiceDefinition, methods.updateStatus, request, call));
  }

  async patch(name: string, patch: object | string, settings: PatchSettings = {}): Promise<DynamicObject> {
    const [call, { namespace, type = "application/merge-patch+json", subresource, ...options }] = split(settings);
    const bytes = Buffer.from(typeof patch === "string" ? patch : JSON.stringify(patch));
    const request = { type: this.#type, namespace, name, patchType: type, patch: bytes, subresource, options };
    return this.#read(await this.#transport.unary(DynamicServiceDefinition, methods.patch, request, call));
  }

  async delete(name: string, settings: InNamespace & DeleteOptions & CallOptions = {}): Promise<DynamicObject> {
    const [call, { namespace, ...options }] = split(settings);
    const request = { type: this.#type, namespace, name, options };
    return this.#read(await this.#transport.unary(DynamicServiceDefinition, methods.delete, request, call));
  }

  async deleteCollection(
    settings: InNamespace & { deleteOptions?: DeleteOptions; listOptions?: ListOptions } & CallOptions = {},
  ): Promise<ObjectList<DynamicObject>> {
    const [call, rest] = split(settings);
    const request = { type: this.#type, ...rest };
    return readList(await this.#transport.unary(DynamicServiceDefinition, methods.deleteCollection, request, call));
  }

  async getScale(name: string, settings: InNamespace & CallOptions = {}): Promise<Scale> {
    const [call, { namespace }] = split(settings);
    const request = { type: this.#type, namespace, name, subresource: "scale" };
    return this.#read(await this.#transport.unary(DynamicServiceDefinition, methods.get, request, call));
  }

  async updateScale(scale: Scale, settings: UpdateOptions & CallOptions = {}): Promise<Scale> {
    const [call, options] = split(settings);
    const request = { type: this.#type, object: scale, options, subresource: "scale" };
    return this.#read(await this.#transport.unary(DynamicServiceDefinition, methods.update, request, call));
  }

  get #type() {
    const { group, version, plural, kind } = this;
    return { group, version, ...(plural && { resource: plural }), ...(kind && { kind }) };
  }

  #read({ object }: { object?: unknown }): DynamicObject {
    return readObject(object);
  }
}

/** Parts what is for the call from what goes into the request. */
function split<O extends CallOptions>(options: O): [CallOptions, Omit<O, keyof CallOptions>] {
  const { signal, timeoutMs, onWarning, ...rest } = options;
  const times = { ...(signal && { signal }), ...(timeoutMs !== undefined && { timeoutMs }) };
  return [{ ...times, ...(onWarning && { onWarning }) }, rest];
}

function readObject(value: unknown): DynamicObject {
  if (!isRecord(value)) throw new StatusError("InternalError", "the server answered what is no object");
  return deepFreeze(value);
}

function readList(answer: { metadata?: object | undefined; items?: unknown[] | undefined }): ObjectList<DynamicObject> {
  return Object.freeze({ metadata: answer.metadata, items: (answer.items ?? []).map(readObject) });
}

function isEventType(type: string | undefined): type is WatchEvent<unknown>["type"] {
  return type === "ADDED" || type === "MODIFIED" || type === "DELETED" || type === "BOOKMARK";
}
