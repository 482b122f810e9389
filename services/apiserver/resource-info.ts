import { resourceTypes } from "../../gen/resources.ts";
import type { ResourceSchema } from "../../gen/schema.ts";
import type { MessageType, ServiceDefinition } from "../../lib/grpc/method.ts";
import { strategies } from "../../lib/resources/list.ts";
import type { ApiObject, Strategy } from "../../lib/resources/strategy.ts";

/** Everything a verb needs to know about one kind. */
export interface ResourceInfo {
  readonly schema: ResourceSchema;
  readonly strategy: Strategy;
  readonly type: MessageType<ApiObject>;
  readonly service: ServiceDefinition;
  /** Where its objects are in the store; ends in `/`. */
  readonly keyPrefix: string;
  /** As messages name it: `pods`, `deployments.apps`. */
  readonly groupResource: string;
  /** `v1`, `apps/v1`. */
  readonly apiVersion: string;
}

interface GeneratedType {
  message: string;
  object: MessageType<ApiObject>;
  service: ServiceDefinition;
}

/** Everything in the store stands under this prefix. */
export const storeRoot = "/registry/";

/** Kinds of which another version or group already keeps the same objects, and kinds without objects of their own. */
const notStored = new Set(["autoscaling.v1.HorizontalPodAutoscaler", "events.v1.Event"]);

/** Every kind whose objects are kept in the store. */
export function storedResources(): ResourceInfo[] {
  const types = generatedTypes();
  const infos: ResourceInfo[] = [];
  for (const strategy of strategies) {
    const { schema } = strategy;
    const type = types.get(schema.message);
    if (type && schema.verbs.includes("watch") && !notStored.has(schema.message)) infos.push(infoOf(strategy, type));
  }
  return infos;
}

/** The key of an object in the store. */
export function storeKey(info: ResourceInfo, namespace: string | undefined, name: string): string {
  return info.schema.namespaced ? `${info.keyPrefix}${namespace}/${name}` : info.keyPrefix + name;
}

function infoOf(strategy: Strategy, type: GeneratedType): ResourceInfo {
  const { schema } = strategy;
  return {
    schema,
    strategy,
    type: type.object,
    service: type.service,
    keyPrefix: `${storeRoot}${schema.group || "core"}/${schema.plural}/`,
    groupResource: schema.group ? `${schema.plural}.${schema.group}` : schema.plural,
    apiVersion: schema.group ? `${schema.group}/${schema.version}` : schema.version,
  };
}

function generatedTypes(): Map<string, GeneratedType> {
  const found = new Map<string, GeneratedType>();
  for (const versions of Object.values(resourceTypes)) {
    for (const plurals of Object.values<Record<string, GeneratedType>>(versions)) {
      for (const type of Object.values(plurals)) found.set(type.message, type);
    }
  }
  return found;
}
