import type { CustomResourceDefinition } from "../../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import type { JsonRecord } from "../../../lib/api/records.ts";
import { clonePlain } from "../../../lib/base/plain-data.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import { prune } from "../../../lib/structural/prune.ts";
import type { Core } from "../core.ts";
import { convertByWebhook } from "./convert-by-webhook.ts";
import type { CustomKind } from "./custom-kind.ts";

/** Makes of objects what they are in another version. */
export interface Conversion {
  /** Whether objects of other versions are no more than called otherwise. */
  readonly isTrivial: boolean;
  one(object: ApiObject, kind: CustomKind): ApiObject | Promise<ApiObject>;
  /** @throws StatusError `InternalError` when a webhook fails. */
  all(objects: readonly ApiObject[], kind: CustomKind): Promise<readonly ApiObject[]>;
}

/** How the versions of a definition are made of each other. */
export function conversionOf(core: Core, definition: CustomResourceDefinition): Conversion {
  const webhook = definition.spec?.conversion?.strategy === "Webhook" ? definition.spec.conversion.webhook : undefined;
  if (!webhook) return byName;
  const all = async (objects: readonly ApiObject[], kind: CustomKind): Promise<readonly ApiObject[]> => {
    const { apiVersion } = kind.info;
    const others = objects.filter((object) => object.apiVersion !== apiVersion);
    if (others.length === 0) return objects;
    const converted = await convertByWebhook(core, definition, webhook, others, apiVersion);
    const pruned = converted.map((object) => withoutUnknown(object, kind));
    return objects.map((object) => (object.apiVersion === apiVersion ? object : (pruned.shift() ?? object)));
  };
  return {
    isTrivial: false,
    all,
    async one(object, kind) {
      const [converted = object] = await all([object], kind);
      return converted;
    },
  };
}

/** Objects are the same in all versions, but for what a version's schema does not have. */
const byName: Conversion = {
  isTrivial: true,
  one: renamed,
  all: async (objects, kind) => objects.map((object) => renamed(object, kind)),
};

function renamed(object: ApiObject, kind: CustomKind): ApiObject {
  const { apiVersion } = kind.info;
  if (object.apiVersion === apiVersion) return object;
  return withoutUnknown({ ...clonePlain(object), apiVersion }, kind);
}

function withoutUnknown(object: ApiObject, { structure }: CustomKind): ApiObject {
  prune(object as JsonRecord, structure);
  return object;
}
