import { resourceTypes } from "../../gen/resources.ts";
import type { ResourceSchema } from "../../gen/schema.ts";
import { resourceByMessage } from "../../lib/api/resource-info.ts";
import type { MessageType, ServiceDefinition } from "../../lib/grpc/method.ts";
import { strategies } from "../../lib/resources/list.ts";
import type { ApiObject, Strategy } from "../../lib/resources/strategy.ts";
import { contractForm, type ObjectForm, type VersionForm } from "./object-form.ts";

/** Everything a verb needs to know about one kind. */
export interface ResourceInfo {
  readonly schema: ResourceSchema;
  readonly strategy: Strategy;
  readonly form: ObjectForm;
  readonly type: MessageType<ApiObject>;
  readonly service: ServiceDefinition;
  /** Where its objects are in the store; ends in `/`. */
  readonly keyPrefix: string;
  /** As messages name it: `pods`, `deployments.apps`. */
  readonly groupResource: string;
  /** `v1`, `apps/v1`. */
  readonly apiVersion: string;
  /** The kind of lists, where it is not the kind and `List`. */
  readonly listKind?: string;
  /** How another version shows its objects; undefined for versions that are not served. */
  readonly viewOf?: (apiVersion: string) => VersionForm | undefined;
  /**
   * Checks an object, which admission has changed, in the version that its client wrote, where `strategy` does not.
   * @throws StatusError `Invalid`.
   */
  readonly checkWritten?: (stored: ApiObject, old: ApiObject | undefined) => Promise<void>;
}

interface GeneratedType {
  message: string;
  service: ServiceDefinition;
}

/** Everything in the store stands under this prefix. */
export const storeRoot = "/registry/";

/** Kinds of which another version or group keeps the same objects. */
const notStored = new Set(["autoscaling.v1.HorizontalPodAutoscaler", "events.v1.Event"]);

/** Every kind whose objects are kept in the store. */
export function storedResources(): ResourceInfo[] {
  const services = generatedServices();
  const infos: ResourceInfo[] = [];
  for (const strategy of strategies) {
    const { schema } = strategy;
    const service = services.get(schema.message);
    if (service && schema.verbs.includes("watch") && !notStored.has(schema.message)) {
      infos.push(infoOf(strategy, service));
    }
  }
  return infos;
}

/** The key of an object in the store. */
export function storeKey(info: ResourceInfo, namespace: string | undefined, name: string): string {
  return info.schema.namespaced ? `${info.keyPrefix}${namespace}/${name}` : info.keyPrefix + name;
}

function infoOf(strategy: Strategy, service: ServiceDefinition): ResourceInfo {
  const { codec, storagePrefix, qualifiedName, apiVersion } = resourceByMessage(strategy.schema.message);
  return {
    schema: strategy.schema,
    strategy,
    form: contractForm(strategy.schema.message),
    type: codec,
    service,
    keyPrefix: storagePrefix,
    groupResource: qualifiedName,
    apiVersion,
  };
}

function generatedServices(): Map<string, ServiceDefinition> {
  const found = new Map<string, ServiceDefinition>();
  for (const versions of Object.values(resourceTypes)) {
    for (const plurals of Object.values<Record<string, GeneratedType>>(versions)) {
      for (const { message, service } of Object.values(plurals)) found.set(message, service);
    }
  }
  return found;
}
