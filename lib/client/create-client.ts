import { resourceTypes } from "../../gen/resources.ts";
import { type ResourceSchema, resources } from "../../gen/schema.ts";
import type { MethodDefinition, RequestOf, ResponseOf, ServiceDefinition } from "../grpc/method.ts";
import type { CallOptions, Transport } from "../grpc/transport.ts";
import type { Client, TypedResources } from "./client.ts";
import { dynamicResource } from "./dynamic-resource.ts";
import { GrpcResourceClient } from "./grpc-resource-client.ts";
import type { KubernetesObject, ResourceClient } from "./resource-client.ts";

interface Entry {
  message: string;
  service: ServiceDefinition;
}

/** A client of the whole API. Cheap: the client of a kind is made when it is first used. */
export function createClient(transport: Transport): Client {
  const tree = resourceTree(transport);
  return Object.assign(tree, {
    transport,
    dynamic: (group: string, plural: string, version?: string) => {
      const place = placeOf(group, plural, version);
      if (place) return lookUp(tree, place);
      // Kinds without a contract are known to the cluster alone.
      return version === undefined ? undefined : dynamicResource(transport, { group, version, plural });
    },
    call: <S extends ServiceDefinition, M extends keyof S["methods"] & string>(
      service: S,
      method: M,
      request: RequestOf<S["methods"][M]>,
      options?: CallOptions,
    ) => transport.unary(service, methodOf(service, method), request, options),
    stream: <S extends ServiceDefinition, M extends keyof S["methods"] & string>(
      service: S,
      method: M,
      request: RequestOf<S["methods"][M]>,
      options?: CallOptions,
    ) => transport.serverStream(service, methodOf(service, method), request, options),
    duplex: <S extends ServiceDefinition, M extends keyof S["methods"] & string>(
      service: S,
      method: M,
      requests: AsyncIterable<RequestOf<S["methods"][M]>>,
      options?: CallOptions,
    ) => transport.duplex(service, methodOf(service, method), requests, options),
  });
}

/** The method with its own types, which the generic shape of a service has forgotten. */
function methodOf<S extends ServiceDefinition, M extends keyof S["methods"] & string>(
  service: S,
  name: M,
): MethodDefinition<RequestOf<S["methods"][M]>, ResponseOf<S["methods"][M]>> {
  const method = service.methods[name];
  if (!method) throw new TypeError(`${service.fullName} has no method ${name}`);
  return method as MethodDefinition<RequestOf<S["methods"][M]>, ResponseOf<S["methods"][M]>>;
}

function resourceTree(transport: Transport): TypedResources {
  const tree = lazily(Object.entries(resourceTypes), (versions) =>
    lazily(Object.entries(versions), (plurals: Readonly<Record<string, Entry>>) =>
      lazily(Object.entries(plurals), (entry) => {
        return new GrpcResourceClient<KubernetesObject>(transport, schemaOf(entry), entry.service);
      }),
    ),
  );
  // Built from the very tree that the type is derived from; the compiler cannot follow the loop.
  return tree as unknown as TypedResources;
}

/** An object whose members are made when they are first read. */
function lazily<In, Out>(entries: [string, In][], make: (value: In) => Out): Record<string, Out> {
  const target: Record<string, Out> = {};
  for (const [name, value] of entries) {
    let made: Out | undefined;
    Object.defineProperty(target, name, {
      enumerable: true,
      get: () => {
        made ??= make(value);
        return made;
      },
    });
  }
  return target;
}

let schemas: ReadonlyMap<string, ResourceSchema> | undefined;

function schemaOf(entry: Entry): ResourceSchema {
  schemas ??= new Map(resources.map((schema) => [schema.message, schema]));
  const schema = schemas.get(entry.message);
  if (!schema) throw new Error(`the contracts describe no resource ${entry.message}`);
  return schema;
}

interface Place {
  group: string;
  version: string;
  plural: string;
}

let places: ReadonlyMap<string, Place> | undefined;

function placeOf(group: string, plural: string, version: string | undefined): Place | undefined {
  places ??= makePlaces();
  return places.get(version === undefined ? `${group}/${plural}` : `${group}/${version}/${plural}`);
}

/** Where in the tree a resource is, by group and plural, with and without the version. */
function makePlaces(): Map<string, Place> {
  const found = new Map<string, Place>();
  for (const { message, group, version, plural } of resources) {
    const place = { group: message.slice(0, message.indexOf(".")), version, plural };
    found.set(`${group}/${version}/${plural}`, place);
    const other = found.get(`${group}/${plural}`);
    if (!other || isPreferred(version, other.version)) found.set(`${group}/${plural}`, place);
  }
  return found;
}

/** Kubernetes' order of versions: stable ones first, then the higher number. */
function isPreferred(version: string, over: string): boolean {
  const rank = (text: string) => (/^v\d+$/.test(text) ? 1_000 : 0) + Number(/^v(\d+)/.exec(text)?.[1] ?? 0);
  return rank(version) > rank(over);
}

function lookUp(tree: TypedResources, place: Place): ResourceClient<KubernetesObject> | undefined {
  const groups: Readonly<Record<string, unknown>> = tree;
  const versions = groups[place.group] as Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined;
  const client = versions?.[place.version]?.[place.plural];
  return client instanceof GrpcResourceClient ? client : undefined;
}
